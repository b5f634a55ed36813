"""Goes through the history once: the line of each claim in each cell, and what changed from run to run."""

from __future__ import annotations

from collections.abc import Callable

import msgspec

from conformance.changes import Comparison
from conformance.errors import EvidenceError
from conformance.history.differences import Differences
from conformance.history.lines import Line, Lines
from conformance.history.store import History, RunInfo
from conformance.history.today import ObservedCell, Today, observed_cells


class RunChanges(msgspec.Struct, frozen=True):
    """What changed with a run."""

    run: RunInfo
    comparison: Comparison


class Retraced(msgspec.Struct, frozen=True):
    """What a history shows under today's claims."""

    runs: tuple[RunInfo, ...]  # those that can be read, by the time they ended
    lines: tuple[Line, ...]  # by cell, in the order in which they begin
    changes: tuple[RunChanges, ...]  # of the runs with which something changed, by the time they ended


def retrace(history: History, today: Today, note: Callable[[str], None]) -> Retraced:
    """Judges all runs of `history` anew. What cells took over from earlier records counts where it was first seen.

    `note` is called with what is left out, each thing once.
    """
    lines, differences = Lines(), Differences(today)
    runs: list[RunInfo] = []
    changes: list[RunChanges] = []
    observed: dict[tuple[str, str], int] = {}
    left_out: dict[str, None] = {}
    for info in history.runs():
        snapshot = history.readable(info)
        if snapshot is None:
            continue
        fresh: list[ObservedCell] = []
        for seen in observed_cells(snapshot):
            cell = seen.cell
            size = sum(map(len, cell.outcomes.values()))
            if size <= observed.get((cell.cell, cell.started), -1):
                continue
            try:
                marks = today.marks(seen)
            except EvidenceError as error:
                left_out[str(error)] = None
                continue
            observed[cell.cell, cell.started] = size
            lines.add(cell.cell, marks, info.finished, complete=not cell.missing)
            fresh.append(seen)
        if fresh or not info.date:  # a nightly run is stored also where it observed nothing new
            runs.append(info)
        if comparison := differences.take(fresh):
            changes.append(RunChanges(info, comparison))
    for what in left_out:
        note(what)
    return Retraced(tuple(runs), lines.drawn(), tuple(changes))
