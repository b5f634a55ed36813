"""The night in words: one screen, for the console and for a job's summary (`night.md`)."""

from __future__ import annotations

import shlex
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence

import msgspec

from conformance.changes import PackageChange
from conformance.comparing.groups import by_cause
from conformance.environments.unpinned import COMMAND
from conformance.errors import ExitCode
from conformance.grouping import grouped
from conformance.night import (
    Difference,
    Night,
    NightFinding,
    Status,
    Tried,
    UnpinnedState,
)
from conformance.plain_text import printable, some
from conformance.words import Change

LIMIT = 8  # entries per section; all are in night.json
_WIDTH = 200  # characters of an error
# What a reader looks for first among the packages that changed.
_SHOWN_FIRST = ("tensorflow", "tf-", "keras", "numpy", "protobuf", "setuptools")


class Section(msgspec.Struct, frozen=True):
    """A heading, and what is to be said under it; `more` are the entries that are left out."""

    heading: str
    entries: tuple[str, ...]
    more: int = 0


def headline(night: Night) -> str:
    """The night in one sentence."""
    alarming = [finding for finding in night.findings if finding.alarming]
    counts = (
        (sum(finding.status is Status.CONFIRMED for finding in alarming), "new"),
        (sum(finding.status is Status.STANDING for finding in alarming), "standing"),
        (sum(finding.stands and not finding.alarming for finding in night.findings), "reviewed"),
        (len(night.of(Status.UNCONFIRMED)), "not repeated"),
        (len(night.of(Status.FLAKY)), "flaky"),
        (len(_since_before(night, Change.FIXED)), "fixed"),
    )
    counted = ", ".join(f"{count} {what}" for count, what in counts if count)
    said = f"regressions: {counted}" if counted else "no regression"
    said += f"; {len(night.unmeasured)} of {len(night.cells)} cells not measured" if night.unmeasured else ""
    against = ", ".join(sorted(set(night.previous.values()), reverse=True)) or "no earlier night"
    return f"The night of {night.date}: {said}. Compared with {_reference(night)} and with {against}."


def sections(night: Night) -> Iterator[Section]:
    """What there is to say, the most urgent first; a section that would be empty is left out."""
    groups = (
        ("New regressions, confirmed by a repeat", lambda one: one.status is Status.CONFIRMED and one.alarming),
        ("Regressions that still stand, and that nobody has reviewed", _stands_unreviewed),
        ("Suspected, but it could not be repeated", lambda one: one.status is Status.UNCONFIRMED),
        ("Flaky: a repeat saw something else, so this is no alarm", lambda one: one.status is Status.FLAKY),
        ("Regressions that somebody has reviewed", lambda one: one.stands and not one.alarming),
    )
    found = [_findings(heading, night, chosen) for heading, chosen in groups]
    fixed = _section("Fixed since the night before", map(_difference_line, _since_before(night, Change.FIXED)))
    yield from (section for section in (*found, fixed, _otherwise(night), _unmeasured(night)) if section.entries)
    yield _packages(night)
    yield _unpinned(night)
    if how := tuple(_how(night)):
        yield Section("To see it for yourself, and to find the wheel that brought it", how)


def render_markdown(night: Night, code: ExitCode) -> str:
    """`night.md`."""
    lines = [f"# {headline(night)}", "", f"Exit code {int(code)}: {_EXIT[code]}.", ""]
    for section in sections(night):
        lines += [f"## {section.heading}", "", *(f"- {entry}" for entry in section.entries)]
        lines += [f"- ... and {section.more} more in `night.json`"] if section.more else []
        lines.append("")
    return "\n".join(lines)


def render_text(night: Night, code: ExitCode) -> str:
    """What the console shows."""
    lines = ["", headline(night)]
    for section in sections(night):
        lines += ["", section.heading, *(f"  {entry.replace('`', '')}" for entry in section.entries)]
        lines += [f"  ... and {section.more} more in night.json"] if section.more else []
    return "\n".join([*lines, "", f"Exit code {int(code)}: {_EXIT[code]}."])


_EXIT = {
    ExitCode.AS_EXPECTED: "no regression that asks for anybody",
    ExitCode.UNEXPECTED: "a confirmed regression that nobody has reviewed",
    ExitCode.INCOMPLETE: "something could not be measured or repeated",
}


def _stands_unreviewed(finding: NightFinding) -> bool:
    return finding.status is Status.STANDING and finding.alarming


def _findings(heading: str, night: Night, chosen: Callable[[NightFinding], bool]) -> Section:
    """The chosen findings, those that differ only in their cell listed once."""
    groups = by_cause(
        (one for one in night.findings if chosen(one)),
        apart=lambda one: (one.probe, one.observed, one.since, one.reviewed),
    )
    return _section(heading, (_finding_line(group.rows, night) for group in groups))


def _finding_line(members: Sequence[NightFinding], night: Night) -> str:
    one = members[0]
    seen = ", ".join(str(outcome or "nothing") for outcome in one.observed)
    repeats = " (this night, then its repeats)" if len(one.observed) > 1 else ""
    parts = [f"`{one.probe}`: {one.before} → {seen}{repeats}"]
    if one.since != night.date:
        parts.append(f"since {one.since}")
    if one.reviewed:
        parts.append(f"reviewed: {one.reviewed}")
    if one.note:
        parts.append(one.note)
    if one.error:
        parts.append(_code(one.error))
    cells = ", ".join(member.cell for member in members)
    return f"{'; '.join(parts)} ({cells}; worse than {' and '.join(one.against)})"


def _otherwise(night: Night) -> Section:
    """What changed since the night before and is neither a regression nor fixed, in part as numbers only."""
    changed = [one for one in _since_before(night) if one.change not in (Change.FIXED, Change.NEW)]
    entries = [_difference_line(one) for one in changed]
    against = Counter(
        (str(one.change), one.against)
        for one in night.differences
        if one.against in night.reference.values() and one.change in (Change.FIXED, Change.CHANGED)
    )
    better = sum(count for (change, _), count in against.items() if change == Change.FIXED)
    other = sum(count for (change, _), count in against.items() if change == Change.CHANGED)
    lines = []
    if new := len(_since_before(night, Change.NEW)):
        lines.append(f"{new} observations of probes that the night before did not have")
    if better or other:
        lines.append(
            f"against {_reference(night)}: {better} works that did not, {other} fails or refuses in another way"
        )
    section = _section("Changed otherwise", entries)
    return msgspec.structs.replace(section, entries=(*section.entries, *lines))


def _since_before(night: Night, change: Change | None = None) -> list[Difference]:
    """The differences from the night before (of one kind)."""
    return [
        one for one in night.differences if one.against not in night.reference.values() and change in (None, one.change)
    ]


def _difference_line(one: Difference) -> str:
    error = f"; {_code(one.error)}" if one.error else ""
    return f"{one.change}: `{one.probe}`: {one.before or 'none'} → {one.after or 'none'} ({one.cell}){error}"


def _unmeasured(night: Night) -> Section:
    groups = grouped(((one.reason, one.last), one.cell) for one in night.unmeasured)
    entries = [
        f"{', '.join(cells)}: {_code(reason)}; last measured: {last or 'never'}"
        for (reason, last), cells in groups.items()
    ]
    return _section("Not measured", [*entries, *(f"{one.environment}: {one.reason}" for one in night.absent)])


def _packages(night: Night) -> Section:
    entries = [f"{one.environment} is {_named(one)}" for one in night.environments if one.packages]
    ordered = sorted(night.packages, key=lambda each: each.against in _references(night))
    groups = grouped(((one.against, one.packages), one.environment) for one in ordered)
    entries += [_packages_line(environments, *what) for what, environments in groups.items()]
    return Section("Packages", tuple(entries))


def _named(tried: Tried) -> str:
    chosen = [f"{name} {version}" for name, version in tried.packages.items() if name.startswith(_SHOWN_FIRST[:3])]
    return ", ".join(chosen)


def _packages_line(environments: Sequence[str], against: str, changes: Sequence[PackageChange]) -> str:
    names = ", ".join(environments)
    return f"{names} since {against}: {_changed(changes)}" if changes else f"{names}: every package as in {against}"


def _changed(changes: Sequence[PackageChange]) -> str:
    """The packages that changed, those first that explain most; the rest is counted."""
    ordered = sorted(changes, key=lambda change: not change.name.startswith(_SHOWN_FIRST))
    return some(ordered, LIMIT)


def _unpinned(night: Night) -> Section:
    line, seen = night.plain, night.plain.seen
    if line.state is UnpinnedState.UNOBSERVED:
        return Section("The unpinned install", (f"`{COMMAND}` was not observed: {_code(seen.unobserved)}",))
    what = "imports" if seen.imports else f"does not import: {_code(seen.error)}"
    brought = ", ".join(f"{name} {seen.packages[name]}" for name in seen.packages if name.startswith(_SHOWN_FIRST))
    compared = f"{line.state}, compared with {line.against}" if line.against else str(line.state)
    entries = [f"`{COMMAND}` on Python {seen.python} {what} ({compared})", f"It brings {brought}."]
    entries += [f"Changed: {_changed(line.packages)}"] if line.packages else []
    return Section("The unpinned install (no part of the page's verdicts)", tuple(entries))


def _how(night: Night) -> Iterator[str]:
    """Commands for the first of the regressions that are new, or else of those that stand."""
    alarming = sorted((one for one in night.findings if one.alarming), key=lambda one: one.status is Status.STANDING)
    for one in alarming[:1]:
        yield f"`{one.reproduce}`"
    unpinnable = {one.environment for one in night.environments if one.hub_nightly}
    for one in [each for each in alarming if each.cell in night.reference and each.environment not in unpinnable][:1]:
        start = night.reference[one.cell].partition("-")[0].removeprefix("tf")
        yield f"`nox -s bisect -- {shlex.quote(one.probe)} {one.cell} --from {start}`"


def _section(heading: str, entries: Iterable[str]) -> Section:
    every = tuple(entries)
    return Section(heading, every[:LIMIT], max(0, len(every) - LIMIT))


def _reference(night: Night) -> str:
    return ", ".join(sorted(_references(night)))


def _references(night: Night) -> set[str]:
    return {one.environment for one in night.environments if one.reference}


def _code(text: str) -> str:
    """Foreign text in one line of code: nothing in it is taken for Markdown or HTML."""
    line = " ".join(printable(text).split()).replace("`", "'")
    return f"`{line[:_WIDTH]}{'...' if len(line) > _WIDTH else ''}`"
