"""Made-up runs, small enough to tell by eye what should follow from them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta

from conformance.environments.catalogue import Cell, load_releases
from conformance.evidence import Tested
from conformance.snapshot import SCHEMA, CellSnapshot, Snapshot
from conformance.words import Outcome, Standing

FIRST = datetime.fromisoformat("2026-01-05T03:00:00+00:00")
CLAIM = "tf2-savedmodel.load.tf2.hub-load"
PROBE = "tf2_savedmodel_load.hub_load[tf2-dense]"
CELL = "tf2.15-hub0.16-tf2"
OTHER_CELL = "tf2.21-hub0.16-tf2-keras3"


def cell_snapshot(cell_id: str, started: datetime, outcomes: Mapping[str, Outcome], **changes: object) -> CellSnapshot:
    """What was observed in a cell that began then."""
    cell = _cell(cell_id)
    by_outcome: dict[Outcome, tuple[str, ...]] = {}
    for probe in sorted(outcomes):
        by_outcome[outcomes[probe]] = (*by_outcome.get(outcomes[probe], ()), probe)
    defaults: dict[str, object] = {
        "cell": cell.id,
        "environment": cell.environment.id,
        "mode": cell.mode,
        "keras": cell.keras,
        "tf": f"{cell.environment.release.tf}.1",
        "hub": "0.16.1",
        "python": "3.11.9",
        "keras_version": "2.15.0",
        "packages": {"tensorflow-cpu": f"{cell.environment.release.tf}.1", "numpy": "1.26.4"},
        "lock": "sha256:" + "0" * 64,
        "started": started.isoformat(),
        "outcomes": by_outcome,
    }
    return CellSnapshot(**{**defaults, **changes})  # type: ignore[arg-type]


def snapshot(cells: Iterable[CellSnapshot], finished: datetime, claim: str = CLAIM) -> Snapshot:
    """A run whose probes all speak to one claim."""
    cells = tuple(cells)
    probes = {probe for cell in cells for names in cell.outcomes.values() for probe in names}
    return Snapshot(
        schema=SCHEMA,
        finished=finished.isoformat(),
        harness="abc123",
        selection="everything",
        probes={probe: (Tested(claim, Standing.LITERAL),) for probe in sorted(probes)},
        cells=cells,
    )


def night(number: int, outcome: Outcome = Outcome.WORKS, cell_id: str = CELL, **changes: object) -> Snapshot:
    """The run of one night, with one probe in one cell."""
    begun = FIRST + timedelta(days=number)
    return snapshot(
        [cell_snapshot(cell_id, begun, {PROBE: outcome}, **changes)], finished=begun + timedelta(minutes=20)
    )


def _cell(cell_id: str) -> Cell:
    return next(cell for cell in load_releases().cells if cell.id == cell_id)
