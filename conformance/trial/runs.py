"""Runs cells again and again, each run in a process and a folder of its own, never the same cell twice at a time."""

from __future__ import annotations

import os
import subprocess
import time
from collections.abc import Callable, Iterable
from pathlib import Path

import msgspec

from conformance.command_line.maintaining import PLANT
from conformance.command_line.measuring import CELL_COMMAND
from conformance.command_line.parsing import command_of
from conformance.evidence import Record
from conformance.running import process
from conformance.running.places import Places
from conformance.running.records import earlier_records
from conformance.trial.planted import Trace, read_trace

_POLL = 0.25  # seconds
_GRACE = 15.0  # seconds that a run has to end what it started
_LOOK = 2.0  # seconds between looks at a record, for those who need not see its end


class TrialRun(msgspec.Struct, frozen=True):
    """One measurement of a cell.

    Attributes:
        name: of its folder: "clean-1", the defect's id, or the number of a repeat.
        defect: what is planted; None for a cell as it is, "none" for the means of planting without a defect.
        seconds: how long a probe may take, where that is not the usual limit; `cell_seconds`, how long a cell may.
        probes: the only probes to run; all, where there are none.
    """

    name: str
    cell: str
    defect: str | None = None
    seconds: float | None = None
    probes: tuple[str, ...] = ()
    cell_seconds: float | None = None

    def places(self, folder: Path) -> Places:
        """Where its record, its log and its trace are."""
        return Places(folder, folder / self.name, narrowed=bool(self.probes))

    def record(self, folder: Path) -> Record | None:
        """Its record, whole or as far as it goes; None where there is none that can be read."""
        return next(iter(earlier_records(self.cell, self.places(folder)).records), None)

    def trace(self, folder: Path) -> Trace:
        """What became of its defect."""
        return read_trace(trace_file(self.places(folder).reports, self.cell))

    def command(self, folder: Path) -> list[str]:
        """The child that measures it."""
        values = {"cell": self.cell, "reports": self.places(folder).reports, "probe": self.probes}
        if self.seconds:
            values["probe_limit"] = self.seconds
        if self.cell_seconds:
            values["cell_limit"] = self.cell_seconds
        if self.defect is None:
            return command_of(CELL_COMMAND, values)
        return command_of(PLANT, values | {"defect": self.defect})


class EndedRun(msgspec.Struct, frozen=True):
    """A run that is over."""

    run: TrialRun
    code: int
    seconds: float


class RunSettings(msgspec.Struct, frozen=True):
    """How runs are made."""

    folder: Path  # where they leave what they observed, each in a folder of its own
    root: Path  # the checkout that they are made in
    jobs: int  # how many are made side by side
    report: Callable[[EndedRun, int], None]  # called for each that has ended, with the number of those that have not


def trace_file(reports: Path, cell_id: str) -> Path:
    """Where the processes of a cell leave what became of a planted defect."""
    return reports / f"{cell_id}.trace"


class RunProcess(msgspec.Struct):
    """A run's process."""

    run: TrialRun
    process: subprocess.Popen[bytes]
    started: float
    looked: float


def run_all(
    runs: Iterable[TrialRun], settings: RunSettings, enough: Callable[[TrialRun], bool] = lambda _: False
) -> list[EndedRun]:
    """Makes all runs.

    Args:
        enough: whether a run has shown what it was to show, so that it can be ended early.

    Raises:
        KeyboardInterrupt: we were interrupted; every child has been ended.
    """
    waiting, ended = list(runs), list[EndedRun]()
    children: list[RunProcess] = []
    try:
        while waiting or children:
            busy = {child.run.cell for child in children}
            if len(children) < settings.jobs and (
                chosen := next((run for run in waiting if run.cell not in busy), None)
            ):
                waiting.remove(chosen)
                children.append(_start(chosen, settings))
                continue
            time.sleep(_POLL)
            for child in tuple(children):
                if _is_over(child, enough):
                    children.remove(child)
                    seconds = round(time.monotonic() - child.started, 1)
                    ended.append(EndedRun(child.run, child.process.returncode, seconds))
                    settings.report(ended[-1], len(waiting) + len(children))
    finally:
        process.end([child.process for child in children], grace=_GRACE)
    return ended


def _is_over(child: RunProcess, enough: Callable[[TrialRun], bool]) -> bool:
    now = time.monotonic()
    if child.process.poll() is None and now > child.looked + _LOOK:
        child.looked = now
        if enough(child.run):
            process.end([child.process], grace=_GRACE)
    return child.process.poll() is not None


def _start(run: TrialRun, settings: RunSettings) -> RunProcess:
    places = run.places(settings.folder)
    places.reports.mkdir(parents=True, exist_ok=True)
    for left in (places.record(run.cell), places.partial(run.cell), trace_file(places.reports, run.cell)):
        left.unlink(missing_ok=True)  # an earlier trial's must never be taken for this one's
    now = time.monotonic()
    with (places.reports / f"{run.cell}.log").open("wb") as log:
        command = run.command(settings.folder)
        started = process.start(command, environment=os.environ, folder=settings.root, output=log.fileno())
    return RunProcess(run, started, now, now)
