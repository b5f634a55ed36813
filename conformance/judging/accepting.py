"""What accepting a run as the new baseline would write, and writing it: all of it, or nothing."""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Mapping
from pathlib import Path
from tempfile import mkdtemp

import msgspec

from conformance import json_file
from conformance.changes import OutcomeChange
from conformance.environments.catalogue import Environment, Releases, cells_of
from conformance.errors import writing
from conformance.judging.baseline import Baseline
from conformance.results import Results
from conformance.snapshot import CellSnapshot, Snapshot, snapshot_of
from conformance.words import Change


class Proposal(msgspec.Struct, frozen=True):
    """The baseline as it would be.

    Attributes:
        snapshots: one per environment, by its id.
        written: the environments whose file would be new or another.
        removed: those whose file would go, since they exist no more.
        taken: how many cells of the run have complete evidence.
        kept: cells of the run that keep what the baseline has of them (or stay out of it), with the reason.
        losing: what got worse unforecast, or is observed no more: whoever accepts it loses the alarm.
    """

    snapshots: Mapping[str, Snapshot]
    written: tuple[str, ...]
    removed: tuple[str, ...]
    taken: int
    kept: Mapping[str, str]
    losing: tuple[OutcomeChange, ...]

    def __bool__(self) -> bool:
        """Whether anything would be written or removed."""
        return bool(self.written or self.removed)


def propose(baseline: Baseline, results: Results, releases: Releases) -> Proposal:
    """What accepting `results`, a whole run compared with `baseline`, amounts to.

    Only complete evidence is accepted. An environment of which nothing but times differs keeps its file, and its date.
    """
    kept = dict(_incomplete(results))
    observed = snapshot_of(results)
    taken = {
        cell.cell: cell for cell in observed.cells if cell.cell in results.run.cells_planned and cell.cell not in kept
    }
    old = baseline.snapshots
    new = {
        environment.id: merged
        for environment in releases.environments
        if (merged := _merged(environment, old.get(environment.id), observed, taken))
    }
    return Proposal(
        snapshots=new,
        written=tuple(name for name, snapshot in new.items() if snapshot is not old.get(name)),
        removed=tuple(name for name in old if name not in new),
        taken=len(taken),
        kept=kept,
        losing=_losing(results, taken),
    )


def write_baseline(proposal: Proposal, folder: Path) -> None:
    """Replaces the folder of the baseline in one step."""
    remedy = "Make the folder writable (or free some space) and accept it again."
    with writing(folder, what="the baseline", kept="the old one is untouched", remedy=remedy):
        folder.parent.mkdir(parents=True, exist_ok=True)
        draft = Path(mkdtemp(prefix=f".{folder.name}-", dir=folder.parent))
        try:
            for environment, snapshot in proposal.snapshots.items():
                (draft / f"{environment}.json").write_bytes(json_file.encode(snapshot))
            draft.chmod(0o755)  # temporary folders are private; the baseline is not
            _swap(draft, folder)
        finally:
            shutil.rmtree(draft, ignore_errors=True)


def _swap(draft: Path, folder: Path) -> None:
    """Puts `draft` in the place of `folder`, or leaves both as they were."""
    if not folder.exists():
        draft.rename(folder)
        return
    aside = folder.with_name(f"{draft.name}-old")
    folder.rename(aside)
    try:
        draft.rename(folder)
    except OSError:
        aside.rename(folder)
        raise
    shutil.rmtree(aside, ignore_errors=True)


def _incomplete(results: Results) -> Iterator[tuple[str, str]]:
    """The planned cells whose evidence is not complete, with what is wrong."""
    unavailable = {row.cell: row.unavailable for row in results.environments if row.unavailable}
    seen = {row.cell for row in results.observations}
    for cell in results.run.cells_planned:
        if cell in unavailable:
            yield cell, f"unavailable: {unavailable[cell]}"
        elif why := results.run.cells_missing.get(cell) or ("" if cell in seen else "nothing was observed"):
            yield cell, why


def _merged(
    environment: Environment, old: Snapshot | None, observed: Snapshot, taken: Mapping[str, CellSnapshot]
) -> Snapshot | None:
    """The new snapshot of an environment; the old one itself where it says the same, None where there is nothing."""
    before = {cell.cell: cell for cell in old.cells} if old else {}
    ids = [cell.id for cell in cells_of(environment)]
    cells = tuple(cell for name in ids if (cell := taken.get(name) or before.get(name)))
    if not cells:
        return None
    base = observed if old is None or any(name in taken for name in ids) else old
    marks = {**(old.probes if old else {}), **base.probes}
    tried = {probe for cell in cells for probes in cell.outcomes.values() for probe in probes}
    probes = {probe: marks[probe] for probe in sorted(tried & marks.keys())}
    if old and probes == old.probes and _timeless(cells) == _timeless(old.cells):
        return old
    return msgspec.structs.replace(base, probes=probes, cells=cells)


def _timeless(cells: tuple[CellSnapshot, ...]) -> list[CellSnapshot]:
    return [msgspec.structs.replace(cell, started="") for cell in cells]


def _losing(results: Results, taken: Mapping[str, CellSnapshot]) -> tuple[OutcomeChange, ...]:
    return tuple(
        row
        for row in (results.changes.outcomes if results.changes else ())
        if row.cell in taken and (row.alarming or (row.change is Change.MISSING and row.after is not None))
    )
