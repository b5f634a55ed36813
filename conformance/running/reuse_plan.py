"""Plans what a run reuses of the earlier records of its cells, and collects afterwards what there is to judge."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import msgspec

from conformance.environments.catalogue import Cell, Environment
from conformance.environments.lock_file import Lock, read_lock
from conformance.environments.unavailable import UnavailableError
from conformance.evidence import Record
from conformance.running.cell import built_from
from conformance.running.keys import Built, KeyMaker
from conformance.running.options import Options
from conformance.running.places import Places
from conformance.running.records import EarlierRecords, earlier_records, record_since
from conformance.running.reuse import NOTHING, Reused, keep, oldest, seconds_left


class ReusePlan(msgspec.Struct, frozen=True):
    """What there is of each cell of a run, by cell id."""

    earlier: dict[str, EarlierRecords]
    kept: dict[str, Reused]

    @property
    def untouched(self) -> tuple[str, ...]:
        """The cells whose record holds as it is, so that nothing needs to be run."""
        return tuple(cell_id for cell_id, kept in self.kept.items() if kept.whole)

    @property
    def observations(self) -> int:
        """How many observations are taken over."""
        return sum(len(kept.observations) for kept in self.kept.values())

    @property
    def oldest(self) -> str:
        """When the first of them was made (ISO 8601); "" if none is taken over."""
        return oldest(one for kept in self.kept.values() for one in kept.observations)

    @property
    def damaged(self) -> tuple[str, ...]:
        """What is wrong with records that cannot be read."""
        return tuple(what for earlier in self.earlier.values() for what in earlier.damaged)

    def seconds(self) -> dict[str, float]:
        """How long each cell may take, where that is known."""
        found = {cell_id: seconds_left(earlier, self.kept[cell_id]) for cell_id, earlier in self.earlier.items()}
        return {cell_id: seconds for cell_id, seconds in found.items() if seconds is not None}

    def evidence(self, places: Places) -> list[Record]:
        """What there is to judge by now: what the run has recorded, or else what holds of what was there before.

        Raises:
            EvidenceError: a record that the run has written is damaged.
        """
        found = (
            record_since(cell_id, places, earlier) or self.kept[cell_id].as_record()
            for cell_id, earlier in self.earlier.items()
        )
        return [record for record in found if record]


def plan_reuse(
    cells: Sequence[Cell], options: Options, locks: Mapping[str, Path], keys: Callable[[], KeyMaker]
) -> ReusePlan:
    """Reads the records of the cells, each once, and decides what of them is still valid.

    Args:
        locks: of floating environments, by environment id; without a lock, nothing can be valid. Of others, where
            it is not the committed one.
        keys: is called where any record could be valid.
    """
    earlier = {cell.id: earlier_records(cell.id, options.places) for cell in cells}
    kept = dict.fromkeys(earlier, NOTHING)
    if candidates := [cell for cell in cells if earlier[cell.id].keyed and not options.fresh]:
        environments = {cell.environment.id: cell.environment for cell in candidates}
        with ThreadPoolExecutor() as executor:  # interpreters are slow to answer; the sources are read meanwhile
            building = executor.submit(_built, {name: _lock(one, locks) for name, one in environments.items()})
            maker = keys()
        built = building.result()
        for cell in candidates:
            if of := built.get(cell.environment.id):
                now = maker.of(cell, of, options.selection.narrowing, options.limits.examples)
                kept[cell.id] = keep(earlier[cell.id], now, probe_limit=options.limits.probe)
    return ReusePlan(earlier, kept)


def describe(reuse: ReusePlan, cells: Sequence[Cell]) -> Iterable[str]:
    """The plan in words; nothing, where nothing is reused and nothing is damaged."""
    if count := reuse.observations:
        whole = len(reuse.untouched)
        parts = Counter(bool(kept.observations) for kept in reuse.kept.values())[True] - whole
        yield (
            f"Reused: {count} observations, the oldest of {reuse.oldest}: {whole} of {len(cells)} cells as a whole and"
            f" {parts} in part, since nothing that they depend on has changed (--fresh observes them again)"
        )
    for what in reuse.damaged:
        yield f"Damaged, so observed again: {what}"


def _lock(environment: Environment, locks: Mapping[str, Path]) -> Lock | None:
    path = locks.get(environment.id) or (None if environment.release.floating else environment.lock)
    try:
        return read_lock(path) if path else None
    except UnavailableError:  # which the build will say
        return None


def _built(locks: Mapping[str, Lock | None]) -> dict[str, Built]:
    """What each environment is built from; each interpreter is asked for once, side by side."""
    there = {name: lock for name, lock in locks.items() if lock}
    of_python = {lock.python: lock for lock in there.values()}
    with ThreadPoolExecutor() as executor:
        found = dict(zip(of_python, executor.map(built_from, of_python.values()), strict=True))
    return {
        name: Built(lock.content, one.python) for name, lock in there.items() if (one := found[lock.python]) is not None
    }
