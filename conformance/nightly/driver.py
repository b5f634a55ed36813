"""What a nightly run needs from outside: the index, the cells, their repeats, the unpinned install."""

from __future__ import annotations

import shutil
from collections.abc import Mapping, Sequence
from contextlib import redirect_stderr, redirect_stdout
from functools import partial
from pathlib import Path
from typing import Protocol

from rich.console import Console

from conformance.claims.catalogue import Catalogue
from conformance.comparing.direction import SeenOutcome
from conformance.environments import locking
from conformance.environments.catalogue import Cell, Environment, Releases
from conformance.environments.lock_file import request_for
from conformance.environments.unpinned import UnpinnedInstall, newest_python, observe_unpinned
from conformance.evidence import Record, Unavailable
from conformance.fixtures import load_models
from conformance.judging.narrowing import Narrowing
from conformance.limits import Limits
from conformance.nightly.confirming import Repeat
from conformance.running.cell import Task, measure_cell
from conformance.running.keys import Keys
from conformance.running.matrix import Measured, measure_cells
from conformance.running.options import Options
from conformance.running.places import Places
from conformance.running.resolving import Resolved
from conformance.running.selection import Selection

SCRATCH = "nights"  # below .nox, where the session `nightly` has its own virtualenv under its own name


class NightlyDriver(Protocol):
    """The seam that tests replace."""

    def offered(self, environment: Environment) -> str:
        """The newest version of its TensorFlow on that day; empty if there is none.

        Raises:
            UnavailableError: the index cannot be asked.
        """
        ...

    def resolve(self, environment: Environment) -> Path:
        """Its lock, as of that day.

        Raises:
            UnavailableError: nothing can be resolved.
        """
        ...

    def measure(self, cells: Sequence[Cell], locks: Mapping[str, Path], lost: Mapping[str, Unavailable]) -> Measured:
        """Measures the cells; `locks` and `lost` are those of floating environments, by id."""
        ...

    def repeat(self, cell: Cell, lock: Path, probes: tuple[str, ...], number: int) -> Repeat:
        """Observes some probes again, in a virtualenv and processes of their own."""
        ...

    def unpinned(self) -> UnpinnedInstall:
        """Resolves, installs and imports the unpinned install, as of that day."""
        ...


class ScratchPaths(Places, frozen=True):
    """Places whose virtualenvs are their own, to be built anew and thrown away."""

    @property
    def virtualenvs(self) -> Path:
        """One virtualenv per cell, named after it."""
        return self.work / SCRATCH / self.reports.name


class RealNightlyDriver:
    """Asks the index, builds virtualenvs, runs the probes.

    Args:
        date: names the folder of the night's locks.
        as_of: the day that everything is resolved as of; empty where as of now.
        fresh: whether to observe again what has not changed since it was observed.
    """

    def __init__(
        self,
        places: Places,
        releases: Releases,
        claims: Catalogue,
        console: Console,
        *,
        date: str,
        as_of: str,
        jobs: int,
        limits: Limits,
        fresh: bool,
    ) -> None:
        self._places = places
        self._releases = releases
        self._claims = claims
        self._console = console
        self._locks = places.reports / "locks" / date
        self._as_of = as_of
        self._options = Options(Selection(), places, jobs, limits, fresh)
        self._limits = limits

    def offered(self, environment: Environment) -> str:
        """The newest version of its TensorFlow on that day."""
        return locking.offered(environment, self._locks, as_of=self._as_of)

    def resolve(self, environment: Environment) -> Path:
        """Its lock as of that day; kept, so that the night can be reproduced."""
        path = self._locks / f"{environment.id}.txt"
        locking.resolve(request_for(environment, self._releases), path, as_of=self._as_of)
        return path

    def measure(self, cells: Sequence[Cell], locks: Mapping[str, Path], lost: Mapping[str, Unavailable]) -> Measured:
        """Measures the cells side by side, as a matrix does, and reuses what a matrix would reuse."""
        models = load_models(self._releases)
        keys = partial(Keys, self._places.root, self._claims, models)
        return measure_cells(cells, self._options, Resolved(dict(locks), dict(lost)), keys, self._console)

    def repeat(self, cell: Cell, lock: Path, probes: tuple[str, ...], number: int) -> Repeat:
        """Observes the probes in a virtualenv that is built for it from the same lock, and removed afterwards."""
        places = ScratchPaths(self._places.root, self._places.reports / f"repeat-{number}", narrowed=True)
        places.prepare()
        home = places.virtualenvs / cell.id
        shutil.rmtree(home, ignore_errors=True)
        try:
            with places.log(cell.id).open("w", encoding="utf-8") as log, redirect_stdout(log), redirect_stderr(log):
                record = measure_cell(Task(cell, Narrowing(probes=probes), lock), places, self._claims, self._limits)
        finally:
            shutil.rmtree(home, ignore_errors=True)
        return repeat_of(record)

    def unpinned(self) -> UnpinnedInstall:
        """The unpinned install, on the newest Python that a release is tried on."""
        folder = self._places.work / SCRATCH / "plain"
        try:
            return observe_unpinned(newest_python(self._releases), folder, as_of=self._as_of)
        finally:
            shutil.rmtree(folder, ignore_errors=True)


def repeat_of(record: Record) -> Repeat:
    """What a repeat saw, read from its record."""
    seen = {row.probe: SeenOutcome.of(row) for row in record.observations}
    if record.unavailable:
        return Repeat(seen, record.unavailable.reason)
    return Repeat(seen, "" if record.complete else "the repeat was cut short")
