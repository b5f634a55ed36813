"""Loaded models inside tf.data pipelines, in TF2 and in graphs."""

import pytest

from conformance.inside import checks
from conformance.inside.models import reference
from conformance.inside.probe import probe, public
from conformance.inside.probes import pipelines, steps, subjects

OF_LAYER = ["interleave"]
OF_SIGNATURE = ["any-order"]


@pytest.fixture(scope="session")
def calls(hub):
    """Gives the call of a form on a model; loaded once, since a pipeline changes nothing."""
    made = {}

    def get(form, handle):
        if (form, handle) not in made:
            made[form, handle] = _make(hub, form, handle)
        return made[form, handle]

    return get


def _make(hub, form, handle):
    if form == "signature":
        signature = public(hub, "load")(handle).signatures["default"]
        return lambda inputs: signature(inputs)["default"]
    return public(hub, form)(handle)


def _check(tf, role, call, way):
    expected = subjects.outputs(role, reference.INPUTS)
    if way == pipelines.FILTER:
        expected = expected[expected[:, 0] > 0]
    got = pipelines.ROWS[way](tf, reference.INPUTS, call)
    checks.equal(got, expected, "what comes out of the pipeline equals NumPy's")


@probe("tf2-savedmodel.load.tf2.pipelines", "literal", way="{way}")
@pytest.mark.parametrize("way", sorted(pipelines.ROWS))
@pytest.mark.parametrize("model", ["tf2-batchnorm"])
def test_hub_load(tf, calls, role, handle, way):
    """hub.load(handle), called inside the pipeline."""
    _check(tf, role, calls("load", handle), way)


@probe("tf2-savedmodel.load.tf2.pipelines", "implied", way="{way}")
@pytest.mark.parametrize("way", OF_LAYER)
@pytest.mark.parametrize("model", ["tf2-batchnorm"])
def test_layer(tf, calls, role, handle, way):
    """hub.KerasLayer(handle), called inside the pipeline."""
    _check(tf, role, calls("KerasLayer", handle), way)


@probe("tf1-hub.load.tf2.pipelines", "literal", way="{way}")
@pytest.mark.parametrize("way", OF_SIGNATURE)
@pytest.mark.parametrize("model", ["tf1-dense"])
def test_signature(tf, calls, role, handle, way):
    """hub.load(handle).signatures["default"], called inside the pipeline."""
    _check(tf, role, calls("signature", handle), way)


@probe("tf2-savedmodel.load.tf1.pipelines", "literal")
@pytest.mark.parametrize("model", ["tf2-text"])
def test_loaded_in_a_graph(tf, hub, role, handle):
    """hub.load(handle), called inside Dataset.map in a graph, by an iterator that is initialized after its variables
    and tables."""
    batch = subjects.batches(role)[0]
    loaded = public(hub, "load")(handle)
    iterator = tf.data.make_initializable_iterator(_dataset(tf, batch).map(loaded))
    outputs = iterator.get_next()
    with tf.Session() as session:
        session.run([tf.global_variables_initializer(), tf.tables_initializer()])
        session.run(iterator.initializer)
        checks.equal(session.run(outputs), subjects.outputs(role, batch), "what comes out equals NumPy's")


@probe("tf1-hub.load.tf1.pipelines.refused", "literal")
@pytest.mark.parametrize("model", ["tf1-text"])
def test_module_in_map(tf, hub, role, handle):
    """hub.Module(handle), made outside and called inside Dataset.map: an error that says that the graph is another."""
    dataset = _dataset(tf, subjects.batches(role)[0])
    module = public(hub, "Module")(handle)
    pattern = r"must be applied in the graph it was instantiated for"
    checks.refused(lambda: dataset.map(module), "RuntimeError", pattern, "the module is refused")


@probe("tf1-hub.load.tf1.pipelines", "literal")
@pytest.mark.parametrize("model", ["tf1-text"])
def test_module_after_map(tf, hub, run, role, handle):
    """hub.Module(handle), applied to what a one-shot iterator of a dataset gives."""
    batch = subjects.batches(role)[0]
    sentences = tf.data.make_one_shot_iterator(_dataset(tf, batch).map(tf.identity).prefetch(1)).get_next()
    outputs = public(hub, "Module")(handle)(sentences)
    checks.equal(run(outputs), subjects.outputs(role, batch), "what comes out equals NumPy's")


def _dataset(tf, batch):
    return tf.data.Dataset.from_tensor_slices(steps.tensor(tf, batch)).batch(len(batch))
