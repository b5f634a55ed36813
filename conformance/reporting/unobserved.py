"""What could not be observed, and why: cells that are missing or unavailable, and verdicts that stayed open."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import msgspec

from conformance.cells import CellInfo, CellStatus
from conformance.claims.catalogue import Catalogue, Claim
from conformance.grouping import grouped
from conformance.reporting.timeline import MarkState, Timeline
from conformance.results import VerdictRow


class LostCells(msgspec.Struct, frozen=True):
    """Cells without (all) their observations, for the same reason."""

    status: CellStatus
    reason: str
    cells: tuple[str, ...]


class OpenVerdict(msgspec.Struct, frozen=True):
    """A claim that stayed `inconclusive` for one reason; `where` gives the intervals."""

    claim: Claim
    way: str
    why: str
    where: tuple[str, ...]


def lost_cells(cells: Iterable[CellInfo]) -> tuple[LostCells, ...]:
    """Missing cells first, then unavailable ones, each grouped by reason."""
    lost = (cell for cell in cells if cell.status is not CellStatus.OBSERVED)
    groups = grouped(((cell.status, cell.reason), cell.id) for cell in lost)
    ordered = sorted(groups.items(), key=lambda item: item[0][0] is not CellStatus.MISSING)
    return tuple(LostCells(status=status, reason=reason, cells=tuple(ids)) for (status, reason), ids in ordered)


def open_verdicts(timelines: Iterable[Timeline], lost: Sequence[LostCells]) -> tuple[OpenVerdict, ...]:
    """Inconclusive verdicts of cells that were observed: those of lost cells are explained by the cells themselves."""
    gone = {cell for group in lost for cell in group.cells}
    found: list[OpenVerdict] = []
    for line in timelines:
        where = grouped(
            (run.first.why, f"{lane.label}: {run.when}" if lane.label else run.when)
            for lane in line.lanes
            for run in lane.runs
            if run.first.state is MarkState.INCONCLUSIVE and not all(set(mark.cells) <= gone for mark in run.marks)
        )
        found.extend(
            OpenVerdict(claim=line.claim, way=line.way, why=why, where=tuple(places)) for why, places in where.items()
        )
    return tuple(found)


def unknown_claims(verdicts: Iterable[VerdictRow], claims: Catalogue) -> tuple[str, ...]:
    """Claims that the results judge and the claims file no longer has: the results are older than it."""
    return tuple(sorted({row.claim for row in verdicts} - claims.claim_by_id.keys()))
