"""What a nightly run needs from outside: the index, the cells, their repeats, the unpinned install."""

from __future__ import annotations

import shutil
from collections.abc import Mapping, Sequence
from contextlib import redirect_stderr, redirect_stdout
from functools import partial
from pathlib import Path

from rich.console import Console

from conformance.comparing.direction import SeenOutcome
from conformance.environments import locking
from conformance.environments.catalogue import Cell, Environment
from conformance.environments.lock_file import request_for
from conformance.environments.unpinned import UnpinnedInstall, newest_python, observe_unpinned
from conformance.evidence import Record, Unavailable
from conformance.fixtures import load_models
from conformance.judging.judge import Rules
from conformance.judging.narrowing import Narrowing
from conformance.nightly.confirming import Repeat
from conformance.running.cell import Task, measure_cell
from conformance.running.keys import Keys
from conformance.running.matrix import Measured, measure_cells
from conformance.running.options import Options
from conformance.running.places import Places
from conformance.running.resolving import Resolved

SCRATCH = "nights"  # below .nox, where the session `nightly` has its own virtualenv under its own name


class NightlyDriver:
    """Asks the index, builds virtualenvs, runs the probes: the seam that tests replace.

    Args:
        options: how cells are measured; its places are those of the nightly run.
        date: names the folder of the night's locks.
        as_of: the day that everything is resolved as of; empty where as of now.
    """

    def __init__(self, options: Options, rules: Rules, console: Console, *, date: str, as_of: str) -> None:
        self._options = options
        self._rules = rules
        self._console = console
        self._locks = options.places.reports / "locks" / date
        self._as_of = as_of

    def offered(self, environment: Environment) -> str:
        """The newest version of its TensorFlow on that day; empty if there is none.

        Raises:
            UnavailableError: the index cannot be asked.
        """
        return locking.offered(environment, self._locks, as_of=self._as_of)

    def resolve(self, environment: Environment) -> Path:
        """Its lock as of that day; kept, so that the night can be reproduced.

        Raises:
            UnavailableError: nothing can be resolved.
        """
        path = self._locks / f"{environment.id}.txt"
        locking.resolve(request_for(environment, self._rules.releases), path, as_of=self._as_of)
        return path

    def measure(self, cells: Sequence[Cell], locks: Mapping[str, Path], lost: Mapping[str, Unavailable]) -> Measured:
        """Measures the cells as a matrix does; `locks` and `lost` are those of floating environments, by id."""
        models = load_models(self._rules.releases)
        keys = partial(Keys, self._options.places.root, self._rules.claims, models)
        return measure_cells(cells, self._options, Resolved(dict(locks), dict(lost)), keys, self._console)

    def repeat(self, cell: Cell, lock: Path, probes: tuple[str, ...], number: int) -> Repeat:
        """Observes the probes in a virtualenv that is built for it from the same lock, and removed afterwards."""
        root, name = self._options.places.root, f"repeat-{number}"
        places = Places(root, self._options.places.reports / name, narrowed=True, cells=f"{SCRATCH}/{name}")
        places.prepare()
        home = places.virtualenvs / cell.id
        shutil.rmtree(home, ignore_errors=True)
        try:
            with places.log(cell.id).open("w", encoding="utf-8") as log, redirect_stdout(log), redirect_stderr(log):
                task = Task(cell, Narrowing(probes=probes), lock)
                record = measure_cell(task, places, self._rules.claims, self._options.limits)
        finally:
            shutil.rmtree(home, ignore_errors=True)
        return repeat_of(record)

    def unpinned(self) -> UnpinnedInstall:
        """The unpinned install, on the newest Python that a release is tried on."""
        folder = self._options.places.work / SCRATCH / "plain"
        try:
            return observe_unpinned(newest_python(self._rules.releases), folder, as_of=self._as_of)
        finally:
            shutil.rmtree(folder, ignore_errors=True)


def repeat_of(record: Record) -> Repeat:
    """What a repeat saw, read from its record."""
    seen = {row.probe: SeenOutcome.of(row) for row in record.observations}
    if record.unavailable:
        return Repeat(seen, record.unavailable.reason)
    return Repeat(seen, "" if record.complete else "the repeat was cut short")
