"""TF2 SavedModel, loading and inference, and the floor below which it is documented as unsupported."""

import pytest

from conformance.inside import checks
from conformance.inside.models import reference
from conformance.inside.probe import probe, public, rejects
from conformance.inside.probes import steps, subjects
from conformance.inside.probes.page_claims import HUB_LOAD, KERAS_LAYER
from conformance.inside.probes.refusals import BEFORE_TF_115, NOT_A_LAYER_OF_KERAS_3

MODELS = ["tf2-dense", "tf2-batchnorm", "tf2-keras", "tf2-text"]


@probe(HUB_LOAD, "literal")
@probe("tf2-savedmodel.load.tf1.eager-and-graph", "literal", way="hub-load-graph")
@pytest.mark.parametrize("model", MODELS)
def test_hub_load(cell, tf, hub, run, role, handle):
    """m = hub.load(handle); outputs = m(inputs), for two batches of different sizes."""
    loaded = public(hub, "load")(handle)
    steps.check_inference(tf, cell, run, role, loaded)


@probe(HUB_LOAD, "implied")
@pytest.mark.parametrize("model", ["tf2-signatures"])
def test_hub_load_structures_and_signatures(tf, hub, run, handle):
    """A call with a dict of inputs and of outputs, and the model's named signatures."""
    loaded = public(hub, "load")(handle)
    left, right = tf.constant(reference.INPUTS), tf.constant(reference.INPUTS[::-1])
    called = loaded({"left": left, "right": right})
    doubled = loaded.signatures["double"](left)
    paired = loaded.signatures["pair"](left=left, right=right)
    expected = reference.paired(reference.INPUTS, reference.INPUTS[::-1])
    checks.same_outputs(run(called), expected, "the call's dict of outputs equals NumPy's")
    checks.same_outputs(run(doubled), reference.doubled(reference.INPUTS), "all outputs of the signature equal NumPy's")
    checks.same_outputs(run(paired), expected, "a signature's inputs are matched by their names")


@probe(KERAS_LAYER, "literal")
@probe("tf2-savedmodel.load.tf1.eager-and-graph", "literal", way="keras-layer-graph")
@pytest.mark.parametrize("model", MODELS)
def test_keras_layer(cell, tf, hub, run, role, handle):
    """m = hub.KerasLayer(handle); outputs = m(inputs), for two batches of different sizes; nothing is trainable."""
    layer = public(hub, "KerasLayer")(handle)
    steps.check_inference(tf, cell, run, role, layer)
    checks.holds(not layer.trainable_weights, "nothing is trainable unless asked for", layer.trainable_weights)


@probe(KERAS_LAYER, "implied")
@rejects(*NOT_A_LAYER_OF_KERAS_3)
@pytest.mark.parametrize("model", ["tf2-dense", "tf2-keras"])
def test_keras_layer_in_sequential(tf, hub, keras, role, handle):
    """The layer inside a tf.keras.Sequential, by Model.predict()."""
    layer = public(hub, "KerasLayer")(handle, input_shape=[reference.FEATURES])
    model = keras.Sequential([layer])
    for batch in subjects.batches(role):
        checks.equal(model.predict(batch), subjects.outputs(role, batch), "Model.predict() equals NumPy's")


@probe(KERAS_LAYER, "implied")
@pytest.mark.parametrize("model", ["tf2-keras"])
def test_keras_layer_in_functional_model(tf, hub, keras, role, handle):
    """The layer called on a tf.keras.Input in a functional model, by Model.predict()."""
    layer = public(hub, "KerasLayer")(handle)
    inputs = keras.Input([reference.FEATURES])
    model = keras.Model(inputs, layer(inputs))
    for batch in subjects.batches(role):
        checks.equal(model.predict(batch), subjects.outputs(role, batch), "Model.predict() equals NumPy's")


@pytest.fixture
def eager(tf):
    """Eager execution for one probe: tf.enable_eager_execution() itself works only at the start of a program."""
    from tensorflow.python.eager import context

    with context.eager_mode():
        yield


@probe("tf2-savedmodel.load.pre115", "literal", way="hub-load-graph")
@probe("tf2-savedmodel.load.pre115.since-1.14", "literal", way="graph")
@probe("tf2-savedmodel.load.pre115.refused-before-1.14", "literal", way="graph")
@rejects(*BEFORE_TF_115)
@pytest.mark.parametrize("model", ["tf2-dense", "tf2-batchnorm"])
def test_hub_load_before_115(tf, hub, run, role, handle):
    """m = hub.load(handle); m(inputs), in a graph."""
    loaded = public(hub, "load")(handle)
    steps.check_inference_in_graph(tf, run, role, loaded)


@probe("tf2-savedmodel.load.pre115", "literal", way="hub-load-eager")
@probe("tf2-savedmodel.load.pre115.since-1.14", "literal", way="eager")
@probe("tf2-savedmodel.load.pre115.refused-before-1.14", "literal", way="eager")
@probe("tf2-savedmodel.load.tf1.eager-and-graph", "literal", way="hub-load-eager")
@rejects(*BEFORE_TF_115)
@pytest.mark.parametrize("model", ["tf2-dense", "tf2-batchnorm"])
def test_hub_load_eagerly_in_tf1(tf, hub, eager, role, handle):
    """m = hub.load(handle); m(inputs), eagerly."""
    loaded = public(hub, "load")(handle)
    steps.check_inference_eagerly(tf, role, loaded)


@probe("tf2-savedmodel.load.pre115", "literal", way="keras-layer-graph")
@rejects(*BEFORE_TF_115)
@pytest.mark.parametrize("model", ["tf2-dense", "tf2-batchnorm"])
def test_keras_layer_before_115(tf, hub, run, role, handle):
    """m = hub.KerasLayer(handle); m(inputs), in a graph."""
    layer = public(hub, "KerasLayer")(handle)
    steps.check_inference_in_graph(tf, run, role, layer)


@probe("tf2-savedmodel.load.pre115", "literal", way="keras-layer-eager")
@probe("tf2-savedmodel.load.tf1.eager-and-graph", "literal", way="keras-layer-eager")
@rejects(*BEFORE_TF_115)
@pytest.mark.parametrize("model", ["tf2-dense", "tf2-batchnorm"])
def test_keras_layer_eagerly_in_tf1(tf, hub, eager, role, handle):
    """m = hub.KerasLayer(handle); m(inputs), eagerly."""
    layer = public(hub, "KerasLayer")(handle)
    steps.check_inference_eagerly(tf, role, layer)
