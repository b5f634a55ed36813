"""Alarms as issues: one for each regression, kept up to date, and closed once a run has seen that it is gone."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence

import msgspec

from conformance.alarms.alarm import Alarm, AlarmKind, ProbeInCell
from conformance.markdown import code, text
from conformance.plain_text import printable, some
from conformance.results import Run
from conformance.words import Outcome, Word

LABEL = "conformance-regression"
MOST_NEW = 20  # a run that finds more has a cause of its own, such as a broken harness
_TITLE = 200  # characters; GitHub takes 256
_LISTED = 40  # cells, probes or packages that an issue shows
_MEMORY = 40_000  # characters for the observations that an issue keeps for later runs; GitHub takes 65,536 in all
_KEY = re.compile(r"\[(?P<key>[0-9a-f]{10})\]\s*$")
_MARK = re.compile(r"<!-- observations: (?P<json>.*?) -->")


class Wanted(msgspec.Struct, frozen=True):
    """An issue that there should be."""

    key: str
    title: str
    text: str  # its body, but for what it remembers of `pairs`
    labels: tuple[str, ...]
    pairs: tuple[ProbeInCell, ...]

    def body(self, others: Iterable[ProbeInCell] = ()) -> str:
        """Its body; `others` are observations that it is about as well, since an earlier run made them."""
        pairs = sorted({*self.pairs, *others})
        return f"{self.text}\n<!-- observations: {_remembered(pairs)} -->\n"


class Existing(msgspec.Struct, frozen=True):
    """An open issue, as `gh issue list --json number,title,body` gives it."""

    number: int
    title: str
    body: str

    @property
    def key(self) -> str:
        """The key at the end of its title; empty if somebody took it away."""
        found = _KEY.search(self.title)
        return found["key"] if found else ""

    @property
    def pairs(self) -> frozenset[ProbeInCell]:
        """The observations that it is about; empty if somebody took them away."""
        found = _MARK.search(self.body)
        try:
            cells = msgspec.json.decode(found["json"], type=_Remembered) if found else _Remembered((), {})
            return frozenset(ProbeInCell(cell, cells.probes[n]) for cell, ns in cells.cells.items() for n in ns)
        except (msgspec.DecodeError, IndexError):
            return frozenset()


class Act(Word):
    """What is to be done about an issue."""

    OPEN = "open"
    UPDATE = "update"
    CLOSE = "close"
    LEAVE = "leave"


class IssueStep(msgspec.Struct, frozen=True):
    """One of them."""

    act: Act
    number: int  # of the issue; 0 for one that is to be opened
    title: str
    text: str  # the body to open it or to update it with, the comment to close it with, or why it is left as it is


class _Remembered(msgspec.Struct, frozen=True):
    """Pairs, in few characters: the probes, and for each cell their places among them."""

    probes: tuple[str, ...]
    cells: dict[str, tuple[int, ...]]


def wanted_of(alarms: Iterable[Alarm], run: Run) -> tuple[Wanted, ...]:
    """The issues that there should be after `run`.

    What is incomplete, flaky or stale needs none; nor does what rests on no observation: no run could see it gone.
    """
    return tuple(
        Wanted(
            key=alarm.key,
            title=_title(alarm),
            text=_text(alarm, run),
            labels=(LABEL,),
            pairs=alarm.pairs,
        )
        for alarm in alarms
        if alarm.kind in (AlarmKind.REGRESSION, AlarmKind.UNEXPECTED) and alarm.pairs
    )


def steps(
    wanted: Sequence[Wanted], existing: Sequence[Existing], seen: Mapping[ProbeInCell, Outcome], run: Run
) -> Iterator[IssueStep]:
    """What makes the open issues those that are wanted.

    An issue is that of an alarm where their keys are the same, or where they share an observation: an error message
    that was reworded is no new regression. One that no alarm answers to is closed only where this run observed all
    that it is about; what was not run may still be broken.
    """
    left = {issue.number: issue for issue in existing}
    new = 0
    for one in wanted:
        if issue := _issue_of(one, left.values()):
            del left[issue.number]
            yield IssueStep(Act.UPDATE, issue.number, issue.title, one.body(issue.pairs - seen.keys()))
        elif new < MOST_NEW:
            new += 1
            yield IssueStep(Act.OPEN, 0, one.title, one.body())
        else:
            yield IssueStep(Act.LEAVE, 0, one.title, f"not opened: a run opens no more than {MOST_NEW}")
    alarming = {pair for one in wanted for pair in one.pairs}
    for issue in left.values():
        yield _ending(issue, alarming, seen, run)


def _issue_of(wanted: Wanted, issues: Iterable[Existing]) -> Existing | None:
    candidates = list(issues)
    same = [issue for issue in candidates if issue.key == wanted.key]
    overlapping = [issue for issue in candidates if not issue.pairs.isdisjoint(wanted.pairs)]
    return next(iter([*same, *overlapping]), None)


def _ending(issue: Existing, alarming: set[ProbeInCell], seen: Mapping[ProbeInCell, Outcome], run: Run) -> IssueStep:
    def leave(why: str) -> IssueStep:
        return IssueStep(Act.LEAVE, issue.number, issue.title, why)

    if not issue.pairs:
        return leave("it no longer says what it is about")
    if issue.pairs & alarming:
        return leave("some of it still alarms, as part of another issue")
    if unseen := issue.pairs - seen.keys():
        return leave(f"{len(unseen)} of the {len(issue.pairs)} observations that it is about were not made in this run")
    outcomes = Counter(str(seen[pair]) for pair in issue.pairs)
    counted = ", ".join(f"{count} {outcome}" for outcome, count in outcomes.most_common())
    return IssueStep(
        Act.CLOSE,
        issue.number,
        issue.title,
        f"No longer an alarm in the run that finished {run.finished} (harness {code(run.harness)}): all"
        f" {len(issue.pairs)} observations that this is about were made again, and gave {counted}. Either it is fixed,"
        " or it has been reviewed since (the baseline or an expectation).",
    )


def _title(alarm: Alarm) -> str:
    words = " ".join(printable(f"{str(alarm.kind).capitalize()}: {alarm.title}").split())
    return f"{words if len(words) <= _TITLE else words[:_TITLE] + '…'} [{alarm.key}]"


def _text(alarm: Alarm, run: Run) -> str:
    lines = [f"**{text(str(alarm.kind).capitalize())}**, in {len(alarm.cells)} of {len(run.cells_planned)} cells."]
    if alarm.detail:
        lines += ["", code(alarm.detail)]
    for heading, words in (
        ("Cells", alarm.cells),
        ("Probes", tuple(dict.fromkeys(pair.probe for pair in alarm.pairs))),
        ("Claims", alarm.claims),
        ("Packages that changed along with it", alarm.packages),
    ):
        if words:
            lines += ["", f"**{heading}**: {some([code(word) for word in words], _LISTED)}"]
    if alarm.reproduce:
        lines += ["", "To see it, in a checkout:", "", f"    {' '.join(printable(alarm.reproduce).split())}"]
    lines += [
        "",
        f"Last seen in the run that finished {text(run.finished)}, with the harness at {code(run.harness)}. Each run"
        " that sees it writes this text anew; the issue is closed once a run has observed that it is gone.",
    ]
    return "\n".join(lines) + "\n"


def _remembered(pairs: Iterable[ProbeInCell]) -> str:
    """As many of the pairs as there is room for."""
    places: dict[str, int] = {}
    cells: dict[str, list[int]] = {}
    room = _MEMORY
    for pair in pairs:
        room -= 6 + (pair.probe not in places) * (len(pair.probe) + 3) + (pair.cell not in cells) * (len(pair.cell) + 6)
        if room < 0:
            break
        cells.setdefault(pair.cell, []).append(places.setdefault(pair.probe, len(places)))
    remembered = _Remembered(tuple(places), {cell: tuple(numbers) for cell, numbers in cells.items()})
    encoded = msgspec.json.encode(remembered).decode()
    return encoded.replace("--", "-\\u002d").replace(">", "\\u003e")  # neither may end the comment it stands in
