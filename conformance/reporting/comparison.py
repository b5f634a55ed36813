"""What differs between two runs: verdicts, outcomes, probes, cells, and the packages that changed along with them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

import msgspec

from conformance.changes import (
    SCHEMA,
    Comparison,
    EnvironmentChange,
    OutcomeChange,
    PackageChange,
    Side,
    VerdictChange,
)
from conformance.comparing.error_texts import alike_but_for_numbers, one_line
from conformance.judging.direction import Seen, outcome_change, promises, verdict_change
from conformance.results import ObservationRow, Results, VerdictRow
from conformance.words import Change, Standing


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


def compare_with_baseline(baseline: Results, new: Results) -> Comparison:
    """The same with a baseline, whose `run` tells when the first and the last of its parts were observed."""
    comparison = compare(baseline, new)
    old = msgspec.structs.replace(comparison.old, oldest=baseline.run.started)
    return msgspec.structs.replace(comparison, old=old)


def package_changes(before: Mapping[str, str], after: Mapping[str, str]) -> tuple[PackageChange, ...]:
    """What differs between two sets of installed packages."""
    names = sorted(before.keys() | after.keys(), key=str.lower)
    pairs = ((name, before.get(name, ""), after.get(name, "")) for name in names)
    return tuple(PackageChange(*pair) for pair in pairs if pair[1] != pair[2])


def alike(comparison: Comparison) -> tuple[tuple[Alike, ...], tuple[Alike, ...]]:
    """The changed verdicts and the changed outcomes, each told once with all its cells; regressions first."""
    return (
        _grouped(
            (
                ((row.change, _subject(row), row.before or "", row.after or ""), "" if row.expected else "unexpected")
                for row in comparison.verdicts
            ),
            comparison.verdicts,
            comparison,
        ),
        _grouped(
            (((row.change, row.probe, row.before or "", row.after or ""), _detail(row)) for row in comparison.outcomes),
            comparison.outcomes,
            comparison,
        ),
    )


def _detail(row: OutcomeChange) -> str:
    """The error, and what it was before where nothing else differs."""
    if row.before is not row.after or row.error_before == row.error.partition(":")[0]:
        return row.error
    return f"{row.error or 'no error'} (before: {row.error_before or 'no error'})"


_Key = tuple[Change, str, str, str]


def _grouped(
    keys: Iterable[tuple[_Key, str]], rows: Iterable[VerdictChange | OutcomeChange], comparison: Comparison
) -> tuple[Alike, ...]:
    """Rows of one key whose details differ in numbers and folders only; each group tells the first of the details."""
    groups: dict[tuple[_Key, str], list[tuple[str, VerdictChange | OutcomeChange]]] = {}
    for (key, detail), row in zip(keys, rows, strict=True):
        groups.setdefault((key, alike_but_for_numbers(detail)), []).append((detail, row))
    ordered = sorted(groups.items(), key=lambda item: list(Change).index(item[0][0][0]))
    return tuple(
        Alike(
            *key,
            detail=members[0][0],
            cells=tuple(row.cell for _, row in members),
            packages=comparison.packages_of(row.environment for _, row in members),
        )
        for (key, _), members in ordered
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
    judged_before, judged_after = _Judged(old.verdicts), _Judged(new.verdicts)
    for key in dict.fromkeys((*after, *before)):
        was, now = before.get(key), after.get(key)
        if was is now:  # the very same row: a baseline shares those of cells in which nothing changed
            continue
        row = now or was
        judged = judged_after.of(key) or judged_before.of(key)
        change = outcome_change(_seen(was), _seen(now), promised=any(promises(each.level) for each in judged))
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


class _Judged:
    """The verdicts that an observation took part in."""

    def __init__(self, verdicts: Iterable[VerdictRow]) -> None:
        self._of: dict[tuple[str, str], list[VerdictRow]] = {}
        self._rows: dict[_Subject, VerdictRow] = {}
        for row in verdicts:
            self._rows[_subject_of(row)] = row
            for probe in row.outcomes:
                self._of.setdefault((row.cell, probe), []).append(row)

    def of(self, key: tuple[str, str]) -> Sequence[VerdictRow]:
        return self._of.get(key, ())

    def alike(self, row: VerdictRow) -> VerdictRow | None:
        """The verdict on the same subject."""
        return self._rows.get(_subject_of(row))


_Subject = tuple[str, str, str, Standing]


def _subject_of(row: VerdictRow) -> _Subject:
    return row.cell, row.claim, row.way, row.standing


def _forecast(judged: Sequence[VerdictRow], before: _Judged) -> str:
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


def _seen(row: ObservationRow | None) -> Seen | None:
    return Seen(row.outcome, row.attempt, row.error.type if row.error else "") if row else None


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
