"""`plant`: measures one cell with one defect planted, into a folder of its own."""

from __future__ import annotations

import shutil
from collections import Counter
from pathlib import Path

from conformance.claims.catalogue import load_claims
from conformance.command_line.parsing import Arguments
from conformance.commands.selecting import limits_of, narrowing_of
from conformance.environments import virtualenv
from conformance.environments.catalogue import Cell, load_releases
from conformance.errors import ExitCode, UsageError, refuse_unknown
from conformance.running.cell import Task, lock_for, measure_cell
from conformance.running.places import ROOT, Places, default_places
from conformance.trial.defects import load_defects
from conformance.trial.inside.planting import NO_DEFECT
from conformance.trial.planted import REACH, Trace, is_changed_copy, overlay, read_trace, write_copies
from conformance.trial.runs import trace_file


def run(arguments: Arguments) -> int:
    """Measures the cell; never into the folder of the real records."""
    releases, catalogue = load_releases(), load_claims()
    known = {defect.id for defect in load_defects(releases)} | {NO_DEFECT}
    if not is_changed_copy(arguments.defect):
        refuse_unknown(arguments.defect, known, where="plant, DEFECT")
    cell = releases.cell(arguments.cell)
    narrowing = narrowing_of(arguments)
    reports = arguments.reports or ROOT / "reports" / "trial" / arguments.defect
    places = default_places(reports, narrowed=bool(narrowing))
    if places.reports == default_places().reports:
        raise UsageError(
            "a record with a planted defect must not stand among the real ones.",
            where="plant, --reports",
            remedy="Name another folder.",
        )
    places.prepare()
    traces = trace_file(places.reports, cell.id)
    traces.unlink(missing_ok=True)
    task = Task(cell, narrowing, overlay=_overlay(arguments.defect, cell, traces, places))
    record = measure_cell(task, places, catalogue, limits_of(arguments))
    trace = read_trace(traces)
    if arguments.defect != NO_DEFECT and not arguments.defect.startswith(REACH):
        print(describe(trace, of_library=not is_changed_copy(arguments.defect)))
    counts = Counter(str(observation.outcome) for observation in record.observations)
    print(f"{cell.id}: {', '.join(f'{count} {outcome}' for outcome, count in counts.items()) or 'no observation'}")
    print(f"Record: {record.path}")
    return ExitCode.AS_EXPECTED


def describe(trace: Trace, *, of_library: bool) -> str:
    """What became of what was planted; whether it was reached, only a patch of the library says of itself."""
    reached = f"; reached: {', '.join(trace.reached) or 'no'}" if of_library else ""
    return trace.trouble or f"Planted into {', '.join(trace.planted)}{reached}."


def _overlay(planted: str, cell: Cell, traces: Path, places: Places) -> dict[str, str]:
    """The variables that plant it; changed copies are written anew, from what the cell has installed."""
    if not is_changed_copy(planted):
        return overlay(traces, places.root, defect=planted)
    lock = lock_for(cell.environment, places.resolutions / cell.id)
    virtualenv.build(cell, root=places.virtualenvs, lock=lock)
    folder = places.reports / f"{cell.id}.copies"
    shutil.rmtree(folder, ignore_errors=True)
    return overlay(traces, places.root, copies=write_copies(planted, places.virtualenvs / cell.id, folder))
