"""Runs cells side by side, each as a nox of its own; whatever happens to one, the others go on."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

import msgspec

from conformance.command_line.measuring import CELL_COMMAND
from conformance.command_line.parsing import render
from conformance.environments.catalogue import Cell
from conformance.running import process
from conformance.running.options import Options
from conformance.running.progress import Progress, Running
from conformance.running.records import end_of_log
from conformance.running.schedule import Schedule
from conformance.running.watch import Watch

_POLL = 0.25  # seconds
_GRACE = 15.0  # seconds that a cell has to end pytest and itself
_BUILDING = 20 * 60.0  # seconds that a cell may take beside its own limit, to download and to install


class CellProcess(msgspec.Struct):
    """A cell's nox, running."""

    cell: Cell
    process: subprocess.Popen[bytes]
    shown: Running
    deadline: float


class Fleet:
    """The cells that run at the moment, and those that are to run."""

    def __init__(self, schedule: Schedule, progress: Progress, options: Options, locks: Mapping[str, Path]) -> None:
        """Prepares everything and starts nothing.

        Args:
            locks: those that are not committed, by environment id: resolved once, for all cells of a floating one.
        """
        self._schedule = schedule
        self._progress = progress
        self._options = options
        self._places = options.places
        self._locks = locks
        self._children: list[CellProcess] = []

    def run(self) -> None:
        """Measures every cell of the schedule.

        Raises:
            KeyboardInterrupt: we were interrupted; every child has been ended, and what it observed is in its record.
        """
        try:
            while self._schedule.waiting or self._children:
                while self._schedule.waiting and len(self._children) < self._options.jobs:
                    self._children.append(self._start(self._schedule.take([child.cell for child in self._children])))
                self._update()
                time.sleep(_POLL)
                for child in tuple(self._children):
                    self._look_after(child)
        finally:
            process.end([child.process for child in self._children], grace=_GRACE)
            for child in tuple(self._children):
                self._settle(child, "interrupted", last_words=False)

    def _start(self, cell: Cell) -> CellProcess:
        lock = self._locks.get(cell.environment.id)
        with self._places.log(cell.id).open("wb") as log:
            started = process.start(
                cell_command(cell, self._options, lock),
                environment=os.environ | {"NOX_SCRIPT_MODE": "none"},  # what the noxfile needs is here already
                folder=self._places.root,
                output=log.fileno(),
            )
        now = time.monotonic()
        return CellProcess(
            cell=cell,
            process=started,
            shown=Running(cell.id, now, Watch(self._places.partial(cell.id))),
            deadline=now + self._options.limits.cell * self._options.count + _BUILDING,
        )

    def _look_after(self, child: CellProcess) -> None:
        child.shown.watch.look()
        code = child.process.poll()
        if code is None and time.monotonic() > child.deadline:
            process.end([child.process], grace=_GRACE)
            self._settle(child, "it hung, and was ended")
        elif code is not None:
            self._settle(child, "" if code == 0 else how_it_ended(code))

    def _settle(self, child: CellProcess, problem: str, *, last_words: bool = True) -> None:
        self._children.remove(child)
        cell_id, watch = child.cell.id, child.shown.watch
        if not problem:
            watch.look(self._places.record(cell_id))  # where the record has been moved to by now
        self._progress.state.done += 1
        self._update()
        if problem:
            log = self._places.log(cell_id)
            self._progress.failed(cell_id, problem, str(log), end_of_log(log) if last_words else "")
        else:
            self._progress.finished(cell_id, watch, time.monotonic() - child.shown.started)

    def _update(self) -> None:
        now = time.monotonic()
        state = self._progress.state
        state.running = tuple(child.shown for child in self._children)
        state.seconds_left = self._schedule.seconds_left(
            {child.cell.id: now - child.shown.started for child in self._children}, self._options.jobs
        )


def cell_command(cell: Cell, options: Options, lock: Path | None) -> Sequence[str]:
    """The child nox that measures `cell`, with the Python that runs us."""
    _, *arguments = render(
        CELL_COMMAND,
        {
            "cell": cell.id,
            "lock": lock,
            "models": options.models,
            "exchange": options.exchange,
            "first": options.first,
            "reuse": not options.fresh,
            **options.selection.narrowing.arguments,
            "probe_limit": options.limits.probe,
            "cell_limit": options.limits.cell,
            "examples": options.limits.examples,
            "reports": options.places.reports,
            "virtualenvs": options.places.cells,
        },
    )
    return [
        *(sys.executable, "-m", "nox", "--noxfile", str(options.places.root / "noxfile.py")),
        *("--session", f"cell({cell.id})", "--", *arguments),
    ]


def how_it_ended(code: int) -> str:
    """An exit code in words."""
    return f"its process was ended by signal {-code}" if code < 0 else f"its session failed with exit code {code}"
