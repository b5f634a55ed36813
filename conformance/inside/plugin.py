"""The pytest plugin that runs the probes in an environment under test and records what they show.

Under pytest-xdist the probes run in a worker, so that a crash or a hang takes one probe with it and no more; the
controller writes the record. Without it, one process does both.
"""

from __future__ import annotations

import os
import random
from pathlib import Path
from types import ModuleType
from typing import Callable

import pytest

from conformance.inside import recorder, setting, watchdog
from conformance.inside.cell import Cell, CellError, read_cell
from conformance.inside.observer import Observer

CELL_VARIABLE = "CONFORMANCE_CELL"
_OBSERVER = "conformance-observer"


def pytest_configure(config: pytest.Config) -> None:
    """Reads what the host asks for, and takes up the work of this process."""
    cell = _asked_for()
    workerinput = getattr(config, "workerinput", None)
    folder = None
    if workerinput is not None:
        folder = Path(workerinput[recorder.WATCH_FOLDER])
    else:
        config.pluginmanager.register(recorder.Recorder(cell), "conformance-recorder")
    config.pluginmanager.register(Observer(cell, watchdog.Watchdog(folder, cell.timeout)), _OBSERVER)


@pytest.fixture(scope="session")
def cell() -> Cell:
    """The cell under test: its `mode`, `keras`, `name` and so on."""
    return _asked_for()


@pytest.fixture(scope="session")
def _libraries(request: pytest.FixtureRequest) -> setting.Libraries:
    return _observer(request).load()


@pytest.fixture(scope="session")
def tf(_libraries: setting.Libraries) -> ModuleType:
    """TensorFlow in the cell's mode; in the mode tf1-compat, tensorflow.compat.v1."""
    return _libraries.tf


@pytest.fixture(scope="session")
def hub(_libraries: setting.Libraries) -> ModuleType:
    """The tensorflow_hub package, imported after TensorFlow was put into the cell's mode."""
    return _libraries.hub


@pytest.fixture
def lost(request: pytest.FixtureRequest) -> Callable[[str], None]:
    """Says that the call works but loses something it should keep; may be called several times."""
    return _observer(request).lost


@pytest.fixture
def note(request: pytest.FixtureRequest) -> Callable[[str], None]:
    """Notes something worth knowing that does not matter to the outcome."""
    return _observer(request).remark


@pytest.fixture(autouse=True)
def _same_random_numbers() -> None:
    """Starts every probe with the same random numbers, whichever ran before it."""
    random.seed(0)
    try:
        import numpy
    except ImportError:  # where the plugin itself is tested
        return
    numpy.random.seed(0)


def _asked_for() -> Cell:
    path = os.environ.get(CELL_VARIABLE)
    if not path:
        raise pytest.UsageError(
            "Probes run inside a cell, which the host prepares: "
            'nox -s "cell(<id>)" -- --probe "<glob>" (nox -l lists the cells).'
        )
    try:
        return read_cell(path)
    except CellError as error:
        raise pytest.UsageError("{} is not a cell's description: {}".format(CELL_VARIABLE, error)) from error


def _observer(request: pytest.FixtureRequest) -> Observer:
    observer = request.config.pluginmanager.getplugin(_OBSERVER)
    assert isinstance(observer, Observer)
    return observer
