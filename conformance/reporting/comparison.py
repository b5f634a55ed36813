"""What differs between two runs: verdicts, outcomes, probes, cells, and the packages that changed along with them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence

import msgspec

from conformance.reporting.errors_index import one_line
from conformance.results import ObservationRow, Results, VerdictRow
from conformance.words import Change, Outcome, Standing, Verdict

SCHEMA = "diff/1"


class Side(msgspec.Struct, frozen=True):
    """One of the two runs."""

    finished: str
    harness: str
    selection: str
    cells: int
    observations: int


class PackageChange(msgspec.Struct, frozen=True, order=True):
    """A package of an environment; a version is "" on the side that does not have it."""

    name: str
    before: str
    after: str

    def __str__(self) -> str:
        if not self.before:
            return f"{self.name} {self.after} is new"
        return f"{self.name} {self.before} → {self.after}" if self.after else f"{self.name} {self.before} is gone"


class EnvironmentChange(msgspec.Struct, frozen=True):
    """The packages that changed in an environment (a lock, or what a floating release resolved to)."""

    environment: str
    packages: tuple[PackageChange, ...]


class VerdictChange(msgspec.Struct, frozen=True):
    """A verdict that differs; None on the side that has none.

    Attributes:
        before, after: with their qualifiers: "contradicts (minor)".
        expected: whether the new verdict is what the page says or an expectation forecasts.
        why: the new verdict's own explanation, or the old one's where there is no new one.
    """

    change: Change
    claim: str
    way: str
    standing: Standing
    environment: str
    cell: str
    before: str | None
    after: str | None
    expected: bool
    why: str


class OutcomeChange(msgspec.Struct, frozen=True):
    """A probe whose outcome differs, or that only one side ran in a cell that both have.

    Attributes:
        error: the new error in one line; "" if there is none.
    """

    change: Change
    probe: str
    environment: str
    cell: str
    before: Outcome | None
    after: Outcome | None
    error: str
    reproduce: str


class Comparison(msgspec.Struct, frozen=True):
    """Everything that differs between two runs.

    Attributes:
        cells_new: observed in the new run only.
        cells_missing: observed in the old run only.
        environments: whose packages differ, of those that both runs have.
    """

    schema: str
    old: Side
    new: Side
    verdicts: tuple[VerdictChange, ...]
    outcomes: tuple[OutcomeChange, ...]
    cells_new: tuple[str, ...]
    cells_missing: tuple[str, ...]
    environments: tuple[EnvironmentChange, ...]

    @property
    def differs(self) -> bool:
        """Whether anything that was observed does; packages alone do not count."""
        return bool(self.verdicts or self.outcomes or self.cells_new or self.cells_missing)

    def packages_of(self, environments: Iterable[str]) -> tuple[PackageChange, ...]:
        """What changed in any of these environments."""
        wanted = set(environments)
        return tuple(sorted({each for one in self.environments if one.environment in wanted for each in one.packages}))


class Alike(msgspec.Struct, frozen=True):
    """Changes that differ only in the cell they were met in."""

    change: Change
    subject: str
    before: str
    after: str
    detail: str
    cells: tuple[str, ...]
    packages: tuple[PackageChange, ...]


def compare(old: Results, new: Results) -> Comparison:
    """What became of the old run's observations and verdicts in the new one; a pure function of the two."""
    cells_old, cells_new = _observed(old), _observed(new)
    both = cells_old.keys() & cells_new.keys()
    return Comparison(
        schema=SCHEMA,
        old=_side(old),
        new=_side(new),
        verdicts=tuple(_verdicts(old, new, both)),
        outcomes=tuple(_outcomes(old, new, both)),
        cells_new=tuple(cell for cell in cells_new if cell not in both),
        cells_missing=tuple(cell for cell in cells_old if cell not in both),
        environments=tuple(_environments(old, new)),
    )


def since(old: Results, new: Results) -> str:
    """What changed since an earlier run, as a sentence for the headline; literal verdicts only."""
    comparison = compare(old, new)
    counts = Counter(row.change for row in comparison.verdicts if row.standing is Standing.LITERAL)
    parts = [f"{counts[change]} {name}" for change, name in _HEADLINES.items() if counts[change]]
    ended = old.run.finished[:10] or "an unknown day"
    return f"Since the run of {ended}: {', '.join(parts) or 'no verdict changed'}."


_HEADLINES = {
    Change.REGRESSION: "verdicts regressed",
    Change.CHANGED: "changed otherwise",
    Change.FIXED: "agree again",
    Change.NEW: "are new",
    Change.MISSING: "are missing",
}


def package_changes(before: Mapping[str, str], after: Mapping[str, str]) -> tuple[PackageChange, ...]:
    """What differs between two sets of installed packages."""
    names = sorted(before.keys() | after.keys(), key=str.lower)
    pairs = ((name, before.get(name, ""), after.get(name, "")) for name in names)
    return tuple(PackageChange(*pair) for pair in pairs if pair[1] != pair[2])


def alike(comparison: Comparison) -> tuple[tuple[Alike, ...], tuple[Alike, ...]]:
    """The changed verdicts and the changed outcomes, each told once with all its cells; regressions first."""
    verdicts = (
        (
            (row.change, _subject(row), row.before or "", row.after or "", "" if row.expected else "unexpected"),
            row.cell,
            row.environment,
        )
        for row in comparison.verdicts
    )
    outcomes = (
        ((row.change, row.probe, row.before or "", row.after or "", row.error), row.cell, row.environment)
        for row in comparison.outcomes
    )
    return _grouped(verdicts, comparison), _grouped(outcomes, comparison)


_Key = tuple[Change, str, str, str, str]


def _grouped(rows: Iterable[tuple[_Key, str, str]], comparison: Comparison) -> tuple[Alike, ...]:
    groups: dict[_Key, list[tuple[str, str]]] = {}
    for key, cell, environment in rows:
        groups.setdefault(key, []).append((cell, environment))
    ordered = sorted(groups.items(), key=lambda item: list(Change).index(item[0][0]))
    return tuple(
        Alike(
            *key,
            cells=tuple(cell for cell, _ in where),
            packages=comparison.packages_of(environment for _, environment in where),
        )
        for key, where in ordered
    )


def _subject(row: VerdictChange) -> str:
    way = f" [{row.way}]" if row.way else ""
    return f"{row.claim}{way}{' (implied)' if row.standing is Standing.IMPLIED else ''}"


def _side(results: Results) -> Side:
    run = results.run
    return Side(
        finished=run.finished,
        harness=run.harness,
        selection=run.selection,
        cells=len(_observed(results)),
        observations=len(results.observations),
    )


def _observed(results: Results) -> dict[str, str]:
    """The cells that could be observed, with their environments."""
    return {row.cell: row.environment for row in results.environments if not row.unavailable}


def _verdicts(old: Results, new: Results, both: Iterable[str]) -> Iterator[VerdictChange]:
    wanted = set(both)

    def keyed(rows: Sequence[VerdictRow]) -> dict[tuple[str, str, str, Standing], VerdictRow]:
        return {(row.cell, row.claim, row.way, row.standing): row for row in rows if row.cell in wanted}

    before, after = keyed(old.verdicts), keyed(new.verdicts)
    for key in dict.fromkeys((*after, *before)):
        was, now = before.get(key), after.get(key)
        change = _verdict_change(was, now)
        row = now or was
        if change is not Change.UNCHANGED and row is not None:
            yield VerdictChange(
                change=change,
                claim=row.claim,
                way=row.way,
                standing=row.standing,
                environment=row.environment,
                cell=row.cell,
                before=_words(was),
                after=_words(now),
                expected=row.expected,
                why=row.why,
            )


def _outcomes(old: Results, new: Results, both: Iterable[str]) -> Iterator[OutcomeChange]:
    wanted = set(both)

    def keyed(rows: Sequence[ObservationRow]) -> dict[tuple[str, str], ObservationRow]:
        return {(row.cell, row.probe): row for row in rows if row.cell in wanted}

    before, after = keyed(old.observations), keyed(new.observations)
    for key in dict.fromkeys((*after, *before)):
        was, now = before.get(key), after.get(key)
        change = _outcome_change(was.outcome if was else None, now.outcome if now else None)
        row = now or was
        if change is not Change.UNCHANGED and row is not None:
            yield OutcomeChange(
                change=change,
                probe=row.probe,
                environment=row.environment,
                cell=row.cell,
                before=was.outcome if was else None,
                after=now.outcome if now else None,
                error=one_line(now.error) if now and now.error else "",
                reproduce=row.reproduce,
            )


def _environments(old: Results, new: Results) -> Iterator[EnvironmentChange]:
    before = {row.environment: row.packages for row in old.environments if row.packages}
    after = {row.environment: row.packages for row in new.environments if row.packages}
    for environment in after:
        if environment in before and (changes := package_changes(before[environment], after[environment])):
            yield EnvironmentChange(environment, changes)


def _verdict_change(was: VerdictRow | None, now: VerdictRow | None) -> Change:
    if was is None or now is None:
        return Change.NEW if was is None else Change.MISSING
    if (was.verdict, was.qualifier) == (now.verdict, now.qualifier):
        return Change.UNCHANGED
    if now.verdict is was.verdict:
        return Change.CHANGED
    if was.verdict is Verdict.AGREES and now.verdict is Verdict.CONTRADICTS:
        return Change.REGRESSION
    return Change.FIXED if now.verdict is Verdict.AGREES else Change.CHANGED


def _outcome_change(was: Outcome | None, now: Outcome | None) -> Change:
    """An outcome alone is neither good nor bad: only the verdict knows what the page promises."""
    if was is None or now is None:
        return Change.NEW if was is None else Change.MISSING
    return Change.UNCHANGED if was is now else Change.CHANGED


def _words(row: VerdictRow | None) -> str | None:
    if row is None:
        return None
    return f"{row.verdict} ({row.qualifier})" if row.qualifier else str(row.verdict)
