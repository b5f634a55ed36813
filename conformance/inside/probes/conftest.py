"""What the probes share: a fresh graph each, and one way to get at values in graph mode and eagerly."""

import importlib

import pytest

from conformance.inside.probe import public
from conformance.inside.probes import devices
from conformance.inside.probes.hosting import cache, hosted, site  # noqa: F401 - fixtures
from conformance.inside.probes.lasting import outlives  # noqa: F401 - a fixture


@pytest.fixture(autouse=True)
def fresh_graph(cell, tf):
    """Gives each probe an empty default graph, so that none sees what another left there."""
    if cell.mode != "tf2":
        tf.reset_default_graph()


@pytest.fixture
def keras(tf):
    """tf.keras as the cell's mode and flavour offer it, without what earlier probes left in it."""
    module = public(tf, "keras")
    public(module, "backend.clear_session")()
    return module


@pytest.fixture
def tf_keras(tf):
    """The package tf_keras, which is Keras 2, whatever tf.keras is; without what earlier probes left in it."""
    module = importlib.import_module("tf_keras")
    module.backend.clear_session()
    return module


@pytest.fixture
def fresh(cell, fresh_processes):
    """A fresh process in the cell's mode, with this TensorFlow and nothing of this process but files.

    In TF2 it has two devices, which a distribution strategy needs, and of which everything else takes the first.
    """
    process = fresh_processes.get(setup=devices.two_cpus if cell.mode == "tf2" else None)
    process.start()
    return process


@pytest.fixture
def run(cell, tf):
    """Computes tensors: `run(fetches, feed=None)` gives arrays, in a dict where the fetches are a dict.

    In graph mode the first call opens a session and runs the initializers of all variables and tables; so it must
    come after the model has been built, and once only per graph.
    """
    runner = _EagerRun() if cell.mode == "tf2" else _GraphRun(tf)
    yield runner
    runner.close()


class _EagerRun:
    def __call__(self, fetches, feed=None):
        if isinstance(fetches, dict):
            return {key: self(value) for key, value in fetches.items()}
        if isinstance(fetches, (list, tuple)):
            return [self(value) for value in fetches]
        return fetches.numpy()

    def close(self):
        pass


class _GraphRun:
    def __init__(self, tf):
        self._tf = tf
        self._session = None

    def __call__(self, fetches, feed=None):
        return self.session.run(fetches, feed)

    @property
    def session(self):
        """The session of the default graph, with everything initialized."""
        if self._session is None:
            self._session = self._tf.Session()
            self._session.run([self._tf.global_variables_initializer(), self._tf.tables_initializer()])
        return self._session

    def close(self):
        if self._session is not None:
            self._session.close()
