"""What grows when a model is loaded or called again and again: objects, functions, operations, files."""

import gc
import os
import weakref
from collections import Counter

import pytest

from conformance.inside import checks
from conformance.inside.models import reference
from conformance.inside.probe import probe, public
from conformance.inside.probes import subjects

AGAIN = 3
COUNTED = ("FuncGraph", "Graph", "ResourceVariable", "UninitializedVariable", "ConcreteFunction")


class Younger:
    """Counts the objects that a load or a trace makes and that are alive, beyond those alive when it was made."""

    def __init__(self):
        self._before = self._alive()

    def count(self):
        """By class."""
        alive = self._alive()
        return {name: alive[name] - self._before[name] for name in COUNTED}

    @staticmethod
    def _alive():
        gc.collect()
        return Counter(type(one).__name__ for one in gc.get_objects())


def open_files():
    """The files that this process has open."""
    return len(os.listdir("/proc/self/fd"))


@probe("tf2-savedmodel.load.tf2.growth", "literal", way="loads")
@pytest.mark.parametrize("model", ["tf2-dense"])
def test_load_again(tf, hub, lost, handle):
    """Loads, wraps in a hub.KerasLayer, calls and drops the model, several times: no memory, no file stays in use."""
    load, layer_of = public(hub, "load"), public(hub, "KerasLayer")
    inputs = tf.constant(reference.INPUTS)

    def once():
        loaded = load(handle)
        layer = layer_of(loaded)
        layer(inputs)
        return [weakref.ref(loaded), weakref.ref(layer)]

    once()
    files = open_files()
    younger = Younger()
    dropped = [one for _ in range(AGAIN) for one in once()]
    counts = younger.count()
    checks.holds(open_files() <= files, "no file stays open", open_files() - files)
    staying = sum(one() is not None for one in dropped)
    grown = {name: count for name, count in counts.items() if count >= AGAIN}  # some for each load
    if staying or grown:
        lost(
            "memory: after {} loads whose results were dropped, {} of these and of their layers are alive, and these "
            "objects have become more: {}.".format(AGAIN, staying, grown)
        )


@probe("tf2-savedmodel.load.tf2.growth", "literal", way="calls")
@pytest.mark.parametrize("model", ["tf2-dense"])
def test_call_again(tf, hub, note, handle):
    """Calls one loaded model with batches of several sizes, twice: the second time no graph is traced any more."""
    loaded = public(hub, "load")(handle)
    batches = [reference.INPUTS[:1].repeat(size, 0) for size in (1, 3)]

    def traced():
        younger = Younger()
        for batch in batches:
            checks.equal(loaded(tf.constant(batch)).numpy(), reference.dense(batch), "the outputs are NumPy's")
        return younger.count()["FuncGraph"]

    first, second = traced(), traced()
    checks.holds(first <= 2 * len(batches), "a batch size traces a graph or two at most", first)
    checks.holds(second == 0, "a batch size that was seen before traces no graph", second)
    note("{} batch sizes made {} graphs, which stay as long as the model".format(len(batches), first))


@probe("tf1-hub.load.tf1.growth", "literal")
@pytest.mark.parametrize("model", ["tf1-dense"])
def test_module_runs_again(tf, hub, run, handle):
    """Runs one application of hub.Module again and again: the graph has no more operations than after the first."""
    inputs = tf.placeholder(tf.float32, [None, reference.FEATURES])
    outputs = public(hub, "Module")(handle)(inputs)
    run(outputs, {inputs: reference.INPUTS})
    before = len(tf.get_default_graph().get_operations())
    for batch in subjects.batches("dense") * AGAIN:
        checks.equal(run(outputs, {inputs: batch}), reference.dense(batch), "the outputs are NumPy's")
    after = len(tf.get_default_graph().get_operations())
    checks.holds(after == before, "running adds no operation to the graph", after - before)


@probe("tf1-hub.load.tf1.growth", "literal")
@pytest.mark.parametrize("model", ["tf1-dense"])
def test_module_is_applied_again(tf, hub, handle):
    """Applies one hub.Module several times: every time adds the same number of operations, and no variable."""
    module = public(hub, "Module")(handle)
    variables, sizes = len(tf.global_variables()), []
    for _ in range(AGAIN):
        before = len(tf.get_default_graph().get_operations())
        module(tf.constant(reference.INPUTS))
        sizes.append(len(tf.get_default_graph().get_operations()) - before)
    checks.holds(len(set(sizes[1:])) == 1, "each application adds as much as the one before", sizes)
    checks.holds(len(tf.global_variables()) == variables, "no application adds variables", tf.global_variables())
