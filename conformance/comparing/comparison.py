"""What differs between a run and another one: verdicts, outcomes, probes, cells, and the packages of both.

Whatever is compared (a run with the baseline, a nightly run with the one before, a cell with that of another release)
is compared here; what is made of a difference, the callers say.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from typing import TypeVar

import msgspec

from conformance.changes import (
    SCHEMA,
    ComparedRun,
    Comparison,
    EnvironmentChange,
    OutcomeChange,
    PackageChange,
    VerdictChange,
)
from conformance.comparing.direction import SeenOutcome, outcome_change, promises, verdict_change
from conformance.comparing.error_texts import one_line
from conformance.grouping import grouped
from conformance.results import ObservationRow, Results, Setting, VerdictRow
from conformance.words import Change, Standing

_Row = TypeVar("_Row", Setting, ObservationRow, VerdictRow)


def compare(run: Results, *, reference: Results) -> Comparison:
    """What became of the observations and verdicts of `reference` in `run`; a pure function of the two."""
    cells_before, cells_now = _observed(reference), _observed(run)
    both = cells_before.keys() & cells_now.keys()
    return Comparison(
        schema=SCHEMA,
        old=_side(reference),
        new=_side(run),
        verdicts=tuple(_verdicts(reference, run, both)),
        outcomes=tuple(_outcomes(reference, run, both)),
        cells_new=tuple(cell for cell in cells_now if cell not in both),
        cells_missing=tuple(cell for cell in cells_before if cell not in both),
        environments=tuple(_environments(reference, run)),
    )


def compare_with_baseline(run: Results, baseline: Results) -> Comparison:
    """The same with a baseline, whose `run` says when the first and the last of its parts were observed."""
    comparison = compare(run, reference=baseline)
    old = msgspec.structs.replace(comparison.old, oldest=baseline.run.started)
    return msgspec.structs.replace(comparison, old=old)


def compare_cells(run: Results, references: Mapping[str, str]) -> Comparison:
    """Compares cells with others of the same run.

    Args:
        references: cell -> the cell that it is compared with.
    """
    return compare(part_of(run, references), reference=_as_if(run, references))


def part_of(results: Results, cells: Collection[str]) -> Results:
    """The part of the results that is about these cells."""
    return msgspec.structs.replace(
        results,
        environments=tuple(row for row in results.environments if row.cell in cells),
        observations=tuple(row for row in results.observations if row.cell in cells),
        verdicts=tuple(row for row in results.verdicts if row.cell in cells),
    )


def _as_if(results: Results, references: Mapping[str, str]) -> Results:
    """What was seen in the reference of each cell, as if it had been seen in the cell: so the two can be compared."""
    environment_of = {row.cell: row.environment for row in results.environments}
    there = ((cell, reference) for cell, reference in references.items() if cell in environment_of)
    followers = grouped((reference, (cell, environment_of[cell])) for cell, reference in there)

    def moved(rows: Iterable[_Row]) -> tuple[_Row, ...]:
        return tuple(
            msgspec.structs.replace(row, cell=cell, environment=environment)
            for row in rows
            for cell, environment in followers.get(row.cell, ())
        )

    return msgspec.structs.replace(
        results,
        environments=moved(results.environments),
        observations=moved(results.observations),
        verdicts=moved(results.verdicts),
    )


def package_changes(before: Mapping[str, str], after: Mapping[str, str]) -> tuple[PackageChange, ...]:
    """What differs between two sets of installed packages."""
    names = sorted(before.keys() | after.keys(), key=str.lower)
    pairs = ((name, before.get(name, ""), after.get(name, "")) for name in names)
    return tuple(PackageChange(*pair) for pair in pairs if pair[1] != pair[2])


def _side(results: Results) -> ComparedRun:
    run = results.run
    return ComparedRun(
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

    def keyed(rows: Sequence[VerdictRow]) -> dict[_Subject, VerdictRow]:
        return {_subject_of(row): row for row in rows if row.cell in wanted}

    before, after = keyed(old.verdicts), keyed(new.verdicts)
    for key in dict.fromkeys((*after, *before)):
        was, now = before.get(key), after.get(key)
        change = verdict_change(was, now)
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
    judged_before, judged_after = _VerdictIndex(old.verdicts), _VerdictIndex(new.verdicts)
    for key in dict.fromkeys((*after, *before)):
        was, now = before.get(key), after.get(key)
        if was is now:  # the very same row: a baseline shares those of cells in which nothing changed
            continue
        row = now or was
        judged = judged_after.of(key) or judged_before.of(key)
        change = outcome_change(
            SeenOutcome.of(was) if was else None,
            SeenOutcome.of(now) if now else None,
            promised=any(promises(each.level) for each in judged),
        )
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
                error_before=was.error.type if was and was.error else "",
                claims=tuple(dict.fromkeys(each.claim for each in judged)),
                forecast=_forecast(judged, judged_before) if change is Change.REGRESSION else "",
            )


class _VerdictIndex:
    """The verdicts that an observation took part in."""

    def __init__(self, verdicts: Sequence[VerdictRow]) -> None:
        self._rows = {_subject_of(row): row for row in verdicts}
        self._of = grouped(((row.cell, probe), row) for row in verdicts for probe in row.outcomes)

    def of(self, key: tuple[str, str]) -> Sequence[VerdictRow]:
        return self._of.get(key, ())

    def alike(self, row: VerdictRow) -> VerdictRow | None:
        """The verdict on the same subject."""
        return self._rows.get(_subject_of(row))


_Subject = tuple[str, str, str, Standing]


def _subject_of(row: VerdictRow) -> _Subject:
    return row.cell, row.claim, row.way, row.standing


def _forecast(judged: Sequence[VerdictRow], before: _VerdictIndex) -> str:
    """The expectation that explains a regression in every promise it breaks; "" if there is none.

    One that came true before as well explains no change: what it forecast is that something else does not work.
    """
    found = ""
    for row in judged:
        if promises(row.level):
            was = before.alike(row)
            met = row.expectation.id if row.expected and row.expectation else ""
            if not met or (was is not None and was.expectation is not None and was.expectation.id == met):
                return ""
            found = found or met
    return found


def _environments(old: Results, new: Results) -> Iterator[EnvironmentChange]:
    """Compared cell by cell, since the cells of a floating release may have been built on different days."""
    by_cell = {row.cell: row.packages for row in old.environments if row.packages}
    by_environment = {row.environment: row.packages for row in old.environments if row.packages}
    found: dict[str, dict[PackageChange, None]] = {}
    for row in new.environments:
        before = by_cell.get(row.cell) or by_environment.get(row.environment)
        if before and row.packages:
            found.setdefault(row.environment, {}).update(dict.fromkeys(package_changes(before, row.packages)))
    for environment, changes in found.items():
        if changes:
            yield EnvironmentChange(environment, tuple(changes))


def _words(row: VerdictRow | None) -> str | None:
    if row is None:
        return None
    return f"{row.verdict} ({row.qualifier})" if row.qualifier else str(row.verdict)
