"""Which probes of the cells a candidate can concern, by the maps of the cells; and makes those maps."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial

import msgspec

from conformance.candidate import choosing, reach
from conformance.candidate.asked import Kind, TypedCandidate
from conformance.candidate.building import build
from conformance.candidate.reach import ReachMap
from conformance.environments.catalogue import Cell
from conformance.environments.lock_file import read_lock
from conformance.errors import EvidenceError, ExitCode
from conformance.judging.narrowing import Narrowing
from conformance.limits import Limits
from conformance.running.cell import built_from, lock_for
from conformance.running.keys import Keys
from conformance.running.places import Places
from conformance.trial.runs import EndedRun, RunSettings, TrialRun, run_all

WHEELS = "candidates"  # below .nox
MAPS = "candidate-maps"  # below the reports: the runs that were traced


class Impact(msgspec.Struct, frozen=True):
    """The probes that reach what candidates change, in any of the cells."""

    chosen: tuple[str, ...] = ()  # those by which it is noticed; where no probe reaches it, the quickest of all
    order: tuple[str, ...] = ()  # all that reach it, in the order in which they are worth running
    unreached: tuple[str, ...] = ()  # what is changed and is reached by no probe in any of the cells
    unknown: str = ""  # why nobody can say which probes reach it; empty where the others are known

    @property
    def notes(self) -> tuple[str, ...]:
        """What a reader should know of it."""
        if self.unreached:
            return (f"No probe reaches what is changed in {', '.join(self.unreached)}: what it does goes unnoticed.",)
        if not self.unknown and not self.order:
            return ("No statement differs from what is installed without the candidate.",)
        return ()


def impact_of(asked: Sequence[TypedCandidate], maps: Mapping[str, ReachMap], places: Places) -> Impact:
    """The probes that reach what the candidates change, by the maps of cells."""
    if not maps:
        return Impact(unknown="there is no map of these cells, which --map makes")
    if outside := [one.typed for one in asked if one.kind is Kind.REQUIREMENT]:
        return Impact(unknown=f"what {', '.join(outside)} changes is not known before it is installed")
    wheels = [build(one, places.work / WHEELS) for one in asked]
    choices: list[choosing.Choice] = []
    for cell_id, known in maps.items():
        for wheel in wheels:
            changes = choosing.changed_in(wheel.path, known)
            if changes is None:
                return Impact(unknown=f"the map of {cell_id} does not cover all that {wheel.name} changes")
            choices.append(choosing.choose(known, changes))
    unreached = (name for name in choices[0].unreached if all(name in choice.unreached for choice in choices))
    chosen = dict.fromkeys(probe for choice in choices for probe in choice.chosen)
    others = dict.fromkeys(probe for choice in choices for probe in choice.others)
    return Impact(tuple(chosen or [choices[0].quickest]), tuple(chosen | others), tuple(unreached))


def maps_of(
    cells: Sequence[Cell], keys: Keys, places: Places, limits: Limits, *, all_of_them: bool
) -> dict[str, ReachMap]:
    """The maps of the cells; of those that have one, or of all.

    Raises:
        NoMapError: one that is needed is missing or out of date.
    """
    found: dict[str, ReachMap] = {}
    for cell in cells:
        try:
            found[cell.id] = reach.load(cell.id, partial(keys_of, cell, keys, places, limits), places)
        except reach.NoMapError:
            if all_of_them:
                raise
    return found


def make_maps(
    cells: Sequence[Cell], keys: Keys, places: Places, limits: Limits, *, jobs: int, say: Callable[[str], None]
) -> ExitCode:
    """Traces each cell, and keeps which probes reach which statements."""
    folder = places.reports / MAPS
    runs = {
        cell.id: TrialRun("reach", cell.id, reach.PLANTED, limits.probe, cell_seconds=limits.cell) for cell in cells
    }

    def report(ended: EndedRun, left: int) -> None:
        say(f"{ended.run.cell}: traced in {ended.seconds:.0f} s, {left} to go")

    run_all(runs.values(), RunSettings(folder, places.root, jobs, report))
    complete = True
    for cell in cells:
        run = runs[cell.id]
        try:
            made = reach.reach_of(
                cell.id,
                keys_of(cell, keys, places, limits),
                run.trace(folder),
                run.record(folder),
                places.virtualenvs / cell.id,
            )
        except EvidenceError as error:
            say(f"error: {error}")
            complete = False
            continue
        statements = sum(bool(probes) for lines in made.reached.values() for probes in lines.values())
        say(f"{cell.id}: {statements} statements reached by {len(made.probes)} probes; {reach.save(made, places)}")
    return ExitCode.AS_EXPECTED if complete else ExitCode.INCOMPLETE


def keys_of(cell: Cell, keys: Keys, places: Places, limits: Limits) -> dict[str, str]:
    """What the evidence of a cell as it is depends on."""
    built = built_from(read_lock(lock_for(cell.environment, places.resolutions / cell.id)))
    return keys.of(cell, built, Narrowing(), limits.examples) if built else {}
