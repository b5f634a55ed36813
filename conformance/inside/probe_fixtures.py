"""The pytest fixtures that every probe can ask for; those that compute with TensorFlow are in probes/conftest.py.

From a fixture model to numbers: a probe is parametrized with `model`, the name of a golden model in fixtures/models,
e.g. "tf2-dense". `handle` is the path of that model, for hub.load and its like. `role` is its name without the format,
"dense", under which probes/subjects.py says what it computes by NumPy alone: outputs(role, batch) and training(role).
"""

from __future__ import annotations

import os
import random
import shutil
from pathlib import Path
from types import ModuleType
from typing import Callable, Iterator

import pytest

from conformance.inside import item, setting
from conformance.inside.cell import CELL_VARIABLE, CellError, CellRequest, CellUnderTest, read_cell
from conformance.inside.fresh.process import FreshProcess, FreshProcesses, seconds_to_answer
from conformance.inside.fresh.spare import Spares
from conformance.inside.observer import Observer

OBSERVER = "conformance-observer"  # the name under which the plugin registers it


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Refuses a test that says nothing about any claim: it would run, and count for nothing."""
    if not item.is_probe(metafunc.definition):
        raise pytest.Collector.CollectError(
            '{} has no @probe: add @probe("<claim id>", standing="literal" or "implied"), '
            "or rename it if it is no probe.".format(metafunc.definition.nodeid)
        )


@pytest.fixture(scope="session")
def cell() -> CellUnderTest:
    """The cell under test: its `mode`, `keras`, `name` and `timeout`."""
    return asked_for().under_test


@pytest.fixture(scope="session")
def models() -> str:
    """The folder of all golden models; a probe that asks for it is tried again when any of them changes."""
    return asked_for().models


@pytest.fixture(scope="session")
def examples() -> int:
    """How many generated models a property-based probe is to try."""
    return asked_for().examples


@pytest.fixture
def handle(request: pytest.FixtureRequest, model: str) -> str:
    """The path of the golden model that the probe's parameter `model` names; where the probe asks for `outlives`, which
    deletes the sources of what it checks, that of a copy."""
    if "outlives" in request.fixturenames:
        copy: str = request.getfixturevalue("source")
        return copy
    return os.path.join(asked_for().models, model, "model")


@pytest.fixture
def source(model: str, tmp_path: Path) -> str:
    """The path of a copy of that model, which the probe can take away."""
    path = str(tmp_path / "source")
    shutil.copytree(os.path.join(asked_for().models, model, "model"), path)
    return path


@pytest.fixture
def role(model: str) -> str:
    """The role of that model: its name without the format."""
    return model.split("-", 1)[1]


@pytest.fixture(scope="session")
def _libraries(request: pytest.FixtureRequest, cell: CellUnderTest, _spares: Spares) -> setting.Libraries:
    return _observer(request).load(lambda libraries: _spares.fork(libraries, seconds_to_answer(cell)))


@pytest.fixture(scope="session")
def _spares() -> Spares:
    return Spares()


@pytest.fixture(scope="session")
def tf(_libraries: setting.Libraries) -> ModuleType:
    """TensorFlow in the cell's mode; in the mode tf1-compat, tensorflow.compat.v1."""
    return _libraries.tf


@pytest.fixture(scope="session")
def hub(_libraries: setting.Libraries) -> ModuleType:
    """The tensorflow_hub package, imported after TensorFlow was put into the cell's mode."""
    return _libraries.hub


@pytest.fixture(scope="session")
def fresh_processes(request: pytest.FixtureRequest, cell: CellUnderTest, _spares: Spares) -> Iterator[FreshProcesses]:
    """The cell's fresh processes by name, for probes that need one in another setting than `fresh`."""
    processes = FreshProcesses(cell, _observer(request).importing_elsewhere, _spares)
    yield processes
    processes.close()


@pytest.fixture
def fresh(fresh_processes: FreshProcesses) -> FreshProcess:
    """A fresh process in the cell's mode, with this TensorFlow and nothing of this process but files."""
    process = fresh_processes.get()
    process.start()
    return process


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


def asked_for() -> CellRequest:
    """What the host asks for.

    Raises:
        UsageError: it asks for nothing, or for what cannot be read.
    """
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
    observer = request.config.pluginmanager.getplugin(OBSERVER)
    assert isinstance(observer, Observer)
    return observer
