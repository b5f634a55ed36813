"""What a run asks somebody to look at: each cause once, with all that it was met in."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator

import msgspec

from conformance.changes import Comparison, OutcomeChange
from conformance.comparing.groups import RegressionGroup, by_cause
from conformance.comparing.surprises import is_unexpected, is_unsettled
from conformance.grouping import grouped
from conformance.night import NightFinding
from conformance.results import Results, VerdictRow
from conformance.words import Word


class AlarmKind(Word):
    """Why somebody should look; the most urgent first."""

    REGRESSION = "regression"  # worse than the reviewed baseline, and nobody forecast it
    UNEXPECTED = "unexpected verdict"  # neither what the page says nor what an expectation forecasts
    INCOMPLETE = "incomplete evidence"
    FLAKY = "flaky"  # a repeat saw something else
    STALE = "stale expectation"  # good news


class ProbeInCell(msgspec.Struct, frozen=True, order=True):
    """A probe in a cell."""

    cell: str
    probe: str


class Alarm(msgspec.Struct, frozen=True):
    """One thing to look at."""

    kind: AlarmKind
    key: str  # the same in every run in which the same thing is wrong in the same way
    title: str  # it, in one line without the cells
    detail: str  # the error or the reason, in one line; may be empty
    cells: tuple[str, ...]  # where, each once
    pairs: tuple[ProbeInCell, ...] = ()  # the observations behind it; empty where there are none
    claims: tuple[str, ...] = ()  # those that it is about
    packages: tuple[str, ...] = ()  # what changed along with it, where it is a change
    reproduce: str = ""  # the command that shows it; empty where there is none


def alarms_of(results: Results) -> tuple[Alarm, ...]:
    """The alarms of a judged run, the most urgent first."""
    changes = results.changes
    regressions = [*_regressions(changes)] if changes else []
    explained = {pair for alarm in regressions for pair in alarm.pairs}
    return (*regressions, *_unexpected(results, explained), *incomplete(_missing(results)), *_stale(results))


def _regressions(changes: Comparison) -> Iterator[Alarm]:
    for group in by_cause(changes.alarms):
        packages = changes.packages_of(row.environment for row in group.rows)
        yield regression_alarm(group, map(str, packages), group.first.error)


def regression_alarm(
    group: RegressionGroup[OutcomeChange] | RegressionGroup[NightFinding], packages: Iterable[str], detail: str
) -> Alarm:
    """The alarm that a group of regressions is."""
    return Alarm(
        kind=AlarmKind.REGRESSION,
        key=key_of(*group.cause),
        title=group.title,
        detail=detail,
        cells=group.cells,
        pairs=tuple(ProbeInCell(row.cell, row.probe) for row in group.rows),
        claims=group.claims,
        packages=tuple(packages),
        reproduce=group.first.reproduce,
    )


def incomplete(missing: Iterable[tuple[str, str]]) -> Iterator[Alarm]:
    """What is missing, as pairs of a reason and a cell: one alarm per reason."""
    for reason, cells in grouped(missing).items():
        yield Alarm(AlarmKind.INCOMPLETE, key_of(reason), reason, "", tuple(dict.fromkeys(cells)))


def key_of(*parts: object) -> str:
    """A short name for what `parts` say."""
    return hashlib.sha256(msgspec.json.encode([str(part) for part in parts])).hexdigest()[:10]


def _unexpected(results: Results, explained: set[ProbeInCell]) -> Iterator[Alarm]:
    """The verdicts that nobody forecast, but for those that a regression explains."""
    rows = (row for row in results.verdicts if is_unexpected(row) and explained.isdisjoint(_pairs(row)))
    subjects = grouped(((row.claim, row.way, str(row.verdict)), row) for row in rows)
    reproduce = {ProbeInCell(row.cell, row.probe): row.reproduce for row in results.observations}
    for (claim, way, verdict), same in sorted(subjects.items()):
        pairs = tuple(pair for row in same for pair in _pairs(row))
        yield Alarm(
            kind=AlarmKind.UNEXPECTED,
            key=key_of(claim, way, verdict),
            title=f"{claim}{f' [{way}]' if way else ''}: {verdict}",
            detail=same[0].why,
            cells=tuple(dict.fromkeys(row.cell for row in same)),
            pairs=pairs,
            claims=(claim,),
            reproduce=next((reproduce[pair] for pair in pairs if pair in reproduce), ""),
        )


def _missing(results: Results) -> Iterator[tuple[str, str]]:
    missing = results.run.cells_missing
    yield from ((f"not observed to its end: {what}", cell) for cell, what in missing.items())
    for row in results.verdicts:
        if is_unsettled(row) and row.cell not in missing:
            yield f"no verdict on {row.claim}: {row.why}", row.cell


def _stale(results: Results) -> Iterator[Alarm]:
    for row in results.stale_expectations:
        title = f'the expectation "{row.id}" no longer comes true: remove or narrow it'
        yield Alarm(AlarmKind.STALE, key_of(row.id), title, row.observed, row.cells)


def _pairs(row: VerdictRow) -> tuple[ProbeInCell, ...]:
    return tuple(ProbeInCell(row.cell, probe) for probe in row.outcomes)
