"""What a run asks somebody to look at: each cause once, with all that it was met in."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from itertools import groupby

import msgspec

from conformance.changes import OutcomeChange
from conformance.comparing.error_texts import alike_but_for_numbers
from conformance.results import Results, VerdictRow
from conformance.words import Standing, Verdict, Word


class Kind(Word):
    """Why somebody should look; the most urgent first."""

    REGRESSION = "regression"  # worse than the reviewed baseline, and nobody forecast it
    UNEXPECTED = "unexpected verdict"  # neither what the page says nor what an expectation forecasts
    INCOMPLETE = "incomplete evidence"
    FLAKY = "flaky"  # a repeat saw something else
    STALE = "stale expectation"  # good news


class Pair(msgspec.Struct, frozen=True, order=True):
    """A probe in a cell."""

    cell: str
    probe: str


class Alarm(msgspec.Struct, frozen=True):
    """One thing to look at.

    Attributes:
        key: the same in every run in which the same thing is wrong in the same way.
        title: it, in one line without the cells.
        detail: the error or the reason, in one line; may be empty.
        cells: where, each once.
        pairs: the observations behind it; empty where there are none.
        claims: those that it is about.
        packages: what changed along with it, where it is a change.
        reproduce: the command that shows it; empty where there is none.
    """

    kind: Kind
    key: str
    title: str
    detail: str
    cells: tuple[str, ...]
    pairs: tuple[Pair, ...] = ()
    claims: tuple[str, ...] = ()
    packages: tuple[str, ...] = ()
    reproduce: str = ""


def alarms_of(results: Results) -> tuple[Alarm, ...]:
    """The alarms of a judged run, the most urgent first."""
    regressions = tuple(_regressions(results))
    told = {pair for alarm in regressions for pair in alarm.pairs}
    return (*regressions, *_unexpected(results, told), *_incomplete(results), *_stale(results))


def key_of(*parts: object) -> str:
    """A short name for what `parts` say."""
    return hashlib.sha256(msgspec.json.encode([str(part) for part in parts])).hexdigest()[:10]


def worsened(before: object, after: object, error: str, probe: str) -> tuple[str, str, str]:
    """What makes two worsened probes one regression: the outcomes and the error; without one, the probe alone can say.

    Numbers and paths in the error do not count, nor does the cell: the same error everywhere has one cause.
    """
    return str(before), str(after), alike_but_for_numbers(error) or probe


def regression_title(before: object, after: object, error: str, probe: str) -> str:
    """E.g. "works became failed: ValueError: no such layer"."""
    return f"{before} became {after}: {error or probe}"


def _regressions(results: Results) -> Iterator[Alarm]:
    changes = results.changes
    if changes is None:
        return
    groups: dict[tuple[str, str, str], list[OutcomeChange]] = {}
    for row in changes.alarms:
        groups.setdefault(worsened(row.before, row.after, row.error, row.probe), []).append(row)
    for same, rows in groups.items():
        first = rows[0]
        yield Alarm(
            kind=Kind.REGRESSION,
            key=key_of(*same),
            title=regression_title(first.before, first.after, first.error, first.probe),
            detail=first.error,
            cells=tuple(dict.fromkeys(row.cell for row in rows)),
            pairs=tuple(Pair(row.cell, row.probe) for row in rows),
            claims=tuple(dict.fromkeys(claim for row in rows for claim in row.claims)),
            packages=tuple(map(str, changes.packages_of(row.environment for row in rows))),
            reproduce=first.reproduce,
        )


def _unexpected(results: Results, told: set[Pair]) -> Iterator[Alarm]:
    """The verdicts that nobody forecast, but for those that a regression explains."""
    rows = [
        row
        for row in results.verdicts
        if _is_surprise(row) and row.verdict is not Verdict.INCONCLUSIVE and told.isdisjoint(_pairs(row))
    ]
    reproduce = {Pair(row.cell, row.probe): row.reproduce for row in results.observations}
    for (claim, way, verdict), same in _grouped(rows):
        pairs = tuple(pair for row in same for pair in _pairs(row))
        yield Alarm(
            kind=Kind.UNEXPECTED,
            key=key_of(claim, way, verdict),
            title=f"{claim}{f' [{way}]' if way else ''}: {verdict}",
            detail=same[0].why,
            cells=tuple(dict.fromkeys(row.cell for row in same)),
            pairs=pairs,
            claims=(claim,),
            reproduce=next((reproduce[pair] for pair in pairs if pair in reproduce), ""),
        )


def _incomplete(results: Results) -> Iterator[Alarm]:
    reasons: dict[str, list[str]] = {}
    for cell, what in results.run.cells_missing.items():
        reasons.setdefault(f"not observed to its end: {what}", []).append(cell)
    for row in results.verdicts:
        if _is_surprise(row) and row.verdict is Verdict.INCONCLUSIVE and row.cell not in results.run.cells_missing:
            reasons.setdefault(f"no verdict on {row.claim}: {row.why}", []).append(row.cell)
    for reason, cells in reasons.items():
        yield Alarm(Kind.INCOMPLETE, key_of(reason), reason, "", tuple(dict.fromkeys(cells)))


def _stale(results: Results) -> Iterator[Alarm]:
    for row in results.stale_expectations:
        title = f'the expectation "{row.id}" no longer comes true: remove or narrow it'
        yield Alarm(Kind.STALE, key_of(row.id), title, row.observed, row.cells)


def _is_surprise(row: VerdictRow) -> bool:
    return row.standing is Standing.LITERAL and not row.expected


def _pairs(row: VerdictRow) -> tuple[Pair, ...]:
    return tuple(Pair(row.cell, probe) for probe in row.outcomes)


def _grouped(rows: Iterable[VerdictRow]) -> Iterator[tuple[tuple[str, str, str], list[VerdictRow]]]:
    def subject(row: VerdictRow) -> tuple[str, str, str]:
        return row.claim, row.way, str(row.verdict)

    for key, same in groupby(sorted(rows, key=subject), key=subject):
        yield key, list(same)
