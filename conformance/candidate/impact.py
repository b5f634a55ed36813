"""Chooses the probes that reach what candidates change, by the maps of the cells; and makes those maps."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from conformance.candidate import reach
from conformance.candidate.asked import Kind, TypedCandidate
from conformance.candidate.building import build
from conformance.environments.catalogue import Cell
from conformance.environments.lock_file import read_lock
from conformance.errors import EvidenceError, ExitCode, UsageError
from conformance.judging.narrowing import Narrowing
from conformance.limits import Limits
from conformance.running.cell import built_from, lock_for
from conformance.running.keys import Keys
from conformance.running.places import Places
from conformance.trial.runs import EndedRun, RunSettings, TrialRun, run_all

WHEELS = "candidates"  # below .nox
MAPS = "candidate-maps"  # below the reports: the runs that were traced


def impacted_probes(
    asked: Sequence[TypedCandidate], cells: Sequence[Cell], keys: Keys, places: Places, limits: Limits
) -> tuple[str, ...] | str:
    """The probes of the cells that reach what the candidates change; or why nobody can say, so that all are to run.

    Raises:
        UsageError: a candidate does not build, a map is missing or out of date, or no probe reaches what is changed.
    """
    if outside := [one.typed for one in asked if one.kind is Kind.REQUIREMENT]:
        return f"what {', '.join(outside)} changes is not known before it is installed"
    wheels = [build(one, places.work / WHEELS) for one in asked]
    found: set[str] = set()
    functions: dict[str, None] = {}
    for cell in cells:
        known = reach.load(cell.id, keys_of(cell, keys, places, limits), places)
        for wheel in wheels:
            changes = reach.changed_in(wheel.path, known)
            probes = None if changes is None else known.of_changes(changes)
            if changes is None or probes is None:
                return f"the map of {cell.id} does not cover all that {wheel.name} changes"
            found |= probes
            functions |= {
                f"{file}: {name or '(outside of functions)'}": None for file in changes for name in changes[file]
            }
    if not found:
        raise UsageError(
            f"no probe of these cells reaches what is changed: {'; '.join(functions) or 'no function differs'}.",
            where="candidate, --impacted",
            remedy="Leave out --impacted, and all probes run.",
        )
    return tuple(sorted(found))


def make_maps(
    cells: Sequence[Cell], keys: Keys, places: Places, limits: Limits, *, jobs: int, say: Callable[[str], None]
) -> ExitCode:
    """Traces each cell, and keeps which probes reach which functions."""
    folder = places.reports / MAPS
    runs = {cell.id: TrialRun("reach", cell.id, reach.PLANTED, limits.probe) for cell in cells}

    def report(ended: EndedRun, left: int) -> None:
        say(f"{ended.run.cell}: traced in {ended.seconds:.0f} s, {left} to go")

    run_all(runs.values(), RunSettings(folder, places.root, jobs, report))
    complete = True
    for cell in cells:
        try:
            made = reach.reach_of(
                cell.id,
                keys_of(cell, keys, places, limits),
                runs[cell.id].trace(folder),
                places.virtualenvs / cell.id,
            )
        except EvidenceError as error:
            say(f"error: {error}")
            complete = False
            continue
        functions = sum(map(len, made.reached.values()))
        say(f"{cell.id}: {functions} functions reached; {reach.save(made, places)}")
    return ExitCode.AS_EXPECTED if complete else ExitCode.INCOMPLETE


def keys_of(cell: Cell, keys: Keys, places: Places, limits: Limits) -> dict[str, str]:
    """What the evidence of a cell as it is depends on."""
    built = built_from(read_lock(lock_for(cell.environment, places.resolutions / cell.id)))
    return keys.of(cell, built, Narrowing(), limits.examples) if built else {}
