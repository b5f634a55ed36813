"""What grows when a model is loaded or called again and again: objects, functions, operations, files."""

import gc
import os
import weakref

import pytest

from conformance.inside import checks
from conformance.inside.models import reference
from conformance.inside.probe import probe, public
from conformance.inside.probes import subjects

AGAIN = 4
COUNTED = ("FuncGraph", "Graph", "ResourceVariable", "UninitializedVariable", "ConcreteFunction")


def alive():
    """How many objects of the classes that a load makes are alive."""
    gc.collect()
    counts = dict.fromkeys(COUNTED, 0)
    for one in gc.get_objects():
        name = type(one).__name__
        if name in counts:
            counts[name] += 1
    return counts


def open_files():
    """The files that this process has open."""
    return len(os.listdir("/proc/self/fd"))


@probe("tf2-savedmodel.load.tf2.growth", "literal", way="{what}")
@pytest.mark.parametrize("what", ["hub-load", "keras-layer"])
@pytest.mark.parametrize("model", ["tf2-dense"])
def test_load_again(tf, hub, lost, handle, what):
    """Loads, calls and drops the model several times: nothing of it stays in memory, and no file stays open."""
    make = public(hub, "load" if what == "hub-load" else "KerasLayer")
    inputs = tf.constant(reference.INPUTS)

    def once():
        loaded = make(handle)
        loaded(inputs)
        return weakref.ref(loaded)

    once()
    before, files = alive(), open_files()
    dropped = [once() for _ in range(AGAIN)]
    after = alive()
    checks.holds(open_files() <= files, "no file stays open", open_files() - files)
    staying = sum(one() is not None for one in dropped)
    grown = {name: after[name] - before[name] for name in COUNTED if after[name] > before[name]}
    if staying or grown:
        lost(
            "memory: after {} loads whose results were dropped, {} of them are alive, and these objects have become "
            "more: {}.".format(AGAIN, staying, grown)
        )


@probe("tf2-savedmodel.load.tf2.growth", "literal", way="calls")
@pytest.mark.parametrize("model", ["tf2-dense"])
def test_call_again(tf, hub, note, handle):
    """Calls one loaded model with batches of several sizes, twice: the second time no graph is traced any more."""
    loaded = public(hub, "load")(handle)
    batches = [reference.INPUTS[:1].repeat(size, 0) for size in (1, 2, 3, 5)]

    def traced():
        before = alive()["FuncGraph"]
        for batch in batches:
            checks.equal(loaded(tf.constant(batch)).numpy(), reference.dense(batch), "the outputs are NumPy's")
        return alive()["FuncGraph"] - before

    first, second = traced(), traced()
    checks.holds(first <= 2 * len(batches), "a batch size traces a graph or two at most", first)
    checks.holds(second <= 0, "a batch size that was seen before traces no graph", second)
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
