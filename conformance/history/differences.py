"""What changed from run to run in each cell, against what was last known of it.

A night without evidence must not hide a change: each probe is compared with its last outcome that said something,
however many nights ago. That its evidence is missing is reported once, when it goes missing.
"""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

from conformance.changes import Comparison, OutcomeChange, VerdictChange
from conformance.comparing.comparison import compare
from conformance.comparing.direction import SeenOutcome
from conformance.grouping import grouped
from conformance.history.today import ObservedCell, Today
from conformance.snapshot import CellSnapshot
from conformance.words import Change


class Differences:
    """Compares each run with what is known from those before it."""

    def __init__(self, today: Today) -> None:
        self._today = today
        self._latest: dict[str, ObservedCell] = {}
        self._known: dict[str, ObservedCell] = {}
        self._gone: dict[str, frozenset[object]] = {}

    def take(self, run: list[ObservedCell]) -> Comparison | None:
        """What changed with the cells that a run observed; None where nothing did, and for the first run of all."""
        first = not self._known
        changed = [one for one in run if not self._says_the_same(one)]
        before = [self._known[one.cell.cell] for one in changed if one.cell.cell in self._known]
        found = None
        if changed and not first:
            compared = compare(self._today.results(changed), reference=self._today.results(before))
            found = self._unreported(compared, changed)
        for one in changed:
            self._known[one.cell.cell] = _carried(self._known.get(one.cell.cell), one)
        for one in run:
            self._latest[one.cell.cell] = one
            self._known[one.cell.cell] = _updated(self._known[one.cell.cell], one.cell)
        return found if found and found.differs else None

    def _says_the_same(self, one: ObservedCell) -> bool:
        latest = self._latest.get(one.cell.cell)
        return latest is not None and latest.content == one.content

    def _unreported(self, compared: Comparison, changed: list[ObservedCell]) -> Comparison:
        """The comparison without the evidence that was missing the last time as well."""
        reported = self._gone
        gone: dict[str, set[object]] = {cell: {cell} for cell in compared.cells_missing}
        rows: tuple[VerdictChange | OutcomeChange, ...] = (*compared.verdicts, *compared.outcomes)
        for row in rows:
            if row.change is Change.MISSING:
                gone.setdefault(row.cell, set()).add(_key(row))
        self._gone = {**reported, **{one.cell.cell: frozenset(gone.get(one.cell.cell, ())) for one in changed}}
        return msgspec.structs.replace(
            compared,
            verdicts=tuple(row for row in compared.verdicts if _is_news(row, reported)),
            outcomes=tuple(row for row in compared.outcomes if _is_news(row, reported)),
            cells_missing=tuple(cell for cell in compared.cells_missing if cell not in reported.get(cell, ())),
        )


def _is_news(row: VerdictChange | OutcomeChange, reported: Mapping[str, frozenset[object]]) -> bool:
    return row.change is not Change.MISSING or _key(row) not in reported.get(row.cell, ())


def _key(row: VerdictChange | OutcomeChange) -> object:
    return row.probe if isinstance(row, OutcomeChange) else (row.claim, row.way, row.standing)


def _updated(known: ObservedCell, cell: CellSnapshot) -> ObservedCell:
    """What is known of a cell, as of the packages of a run in which all of it was seen."""
    if cell.outcomes != known.cell.outcomes:
        return known  # of some of it the packages of an earlier run are to be named, should it change
    return msgspec.structs.replace(
        known, cell=msgspec.structs.replace(known.cell, packages=cell.packages, tf=cell.tf, hub=cell.hub)
    )


def _carried(known: ObservedCell | None, new: ObservedCell) -> ObservedCell:
    """What is known of a cell after another run: the new outcomes, and the old ones where the new say nothing."""
    if known is None:
        return new
    before = {probe: outcome for outcome, probes in known.cell.outcomes.items() for probe in probes}
    after = {probe: outcome for outcome, probes in new.cell.outcomes.items() for probe in probes}
    complete = not new.cell.missing and not new.cell.unavailable
    kept = {
        probe: outcome
        for probe, outcome in before.items()
        if (not complete and probe not in after)
        or SeenOutcome(after.get(probe, outcome), 2 if probe in new.cell.repeated else 1).inconclusive
    }
    if not kept:
        return new
    outcomes = grouped((outcome, probe) for probe, outcome in sorted({**after, **kept}.items()))
    old, cell = known.cell, new.cell
    return ObservedCell(
        cell=msgspec.structs.replace(
            old,
            outcomes={outcome: tuple(probes) for outcome, probes in outcomes.items()},
            errors={**cell.errors, **{probe: old.errors[probe] for probe in kept if probe in old.errors}},
            repeated=tuple(sorted({*cell.repeated} - kept.keys() | {*old.repeated} & kept.keys())),
            missing="",
            unavailable="",
        ),
        run=msgspec.structs.replace(new.run, probes={**known.run.probes, **new.run.probes}),
        probes=new.probes,
    )
