"""Memory that the process has, by the system's count, over loads of a model that would be noticed if it stayed."""

import gc
import os

import numpy as np
import pytest

from conformance.inside import checks
from conformance.inside.models.tf2_savedmodel import reusable
from conformance.inside.probe import probe, public
from conformance.inside.probes.api import v2

FLOATS = 2**21
MEGABYTES = FLOATS * 4 // 2**20  # of the model's only variable
LOADS = 6
ROUNDS = 4  # what the allocator keeps for a while makes one of them grow; what is lost, each


def resident():
    """The megabytes of memory that this process has in use."""
    gc.collect()
    with open("/proc/self/statm") as file:
        return int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE") // 2**20


@pytest.fixture
def large(tf, tmp_path):
    """The path of a model with a variable of MEGABYTES, whose output is a thousandth of its sum."""
    path = str(tmp_path / "large")
    v2().saved_model.save(_make(v2()), path)
    return path


def _make(tf):
    class Large(reusable(tf)):
        def __init__(self):
            super(Large, self).__init__()
            self.table = tf.Variable(np.ones([FLOATS], np.float32), name="table")
            self.holds([self.table])

        @tf.function(input_signature=[tf.TensorSpec([], tf.float32)])
        def __call__(self, factor):
            return factor * tf.reduce_mean(self.table)

    return Large()


@probe("tf2-savedmodel.load.tf2.memory", "literal", way="loads")
def test_loads(tf, hub, large, lost):
    """hub.load and a call, again and again, each result dropped: the process grows by less than half of the models."""
    _check(lambda: public(hub, "load")(large)(tf.constant(2.0)).numpy(), lost)


@probe("tf2-savedmodel.load.tf2.memory", "literal", way="layers")
def test_layers(tf, hub, large, lost):
    """hub.KerasLayer and a call, likewise."""
    _check(lambda: public(hub, "KerasLayer")(large)(tf.constant(2.0)).numpy(), lost)


@probe("tf2-savedmodel.load.tf2.memory", "literal", way="calls")
def test_calls(tf, hub, large, lost):
    """Calls of one loaded model: its variable is there once."""
    loaded = public(hub, "load")(large)
    _check(lambda: loaded(tf.constant(2.0)).numpy(), lost)


@probe("tf2-savedmodel.load.tf1.memory", "literal")
def test_loads_in_graphs(tf, hub, lost, tmp_path):
    """hub.load and a run in a graph and a session of its own, again and again."""
    path = str(tmp_path / "large")
    with tf.Graph().as_default(), tf.Session() as session:
        model = _make(v2())
        session.run(tf.global_variables_initializer())
        v2().saved_model.save(model, path)

    def once():
        with tf.Graph().as_default(), tf.Session() as session:
            outputs = public(hub, "load")(path)(tf.constant(2.0))
            session.run(tf.global_variables_initializer())
            return session.run(outputs)

    _check(once, lost)


@probe("tf1-hub.load.tf1.memory", "literal")
def test_modules(tf, hub, lost, tmp_path):
    """hub.Module and a run in a graph and a session of its own, again and again."""
    path = str(tmp_path / "large")
    module = public(hub, "Module")

    def module_fn():
        table = tf.get_variable("table", initializer=tf.ones([FLOATS]))
        factor = tf.placeholder(tf.float32, [])
        hub.add_signature(inputs=factor, outputs=factor * tf.reduce_mean(table))

    with tf.Graph().as_default(), tf.Session() as session:
        made = module(hub.create_module_spec(module_fn))
        session.run(tf.global_variables_initializer())
        made.export(path, session)

    def once():
        with tf.Graph().as_default(), tf.Session() as session:
            outputs = module(path)(tf.constant(2.0))
            session.run(tf.global_variables_initializer())
            return session.run(outputs)

    _check(once, lost)


def _check(once, lost):
    for _ in range(2):  # what TensorFlow keeps once for all, and the allocator for the next of its size
        checks.holds(abs(once() - 2.0) < 1e-4, "it computes what NumPy does", "another value")
    for _ in range(ROUNDS):
        grown = _growth(once)
        if grown <= LOADS * MEGABYTES / 2:
            return
    lost("memory: the process grew by {} of {} MB that were loaded and dropped".format(grown, LOADS * MEGABYTES))


def _growth(once):
    before = resident()
    for _ in range(LOADS):
        once()
    return resident() - before
