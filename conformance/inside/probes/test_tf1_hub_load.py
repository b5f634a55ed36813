"""TF1 Hub format, loading and inference."""

import pytest

from conformance.inside import checks
from conformance.inside.models import reference
from conformance.inside.probe import probe, public, rejects
from conformance.inside.probes import steps, subjects
from conformance.inside.probes.refusals import NOT_A_LAYER_OF_KERAS_3

MODELS = ["tf1-dense", "tf1-tuned", "tf1-batchnorm", "tf1-signatures", "tf1-text"]


@probe("tf1-hub.load.tf1.module", "literal")
@pytest.mark.parametrize("model", MODELS)
def test_module(tf, hub, run, role, handle):
    """m = hub.Module(handle); outputs = m(inputs), fed two batches of different sizes in a session."""
    module = public(hub, "Module")(handle)
    steps.check_inference_in_graph(tf, run, role, module)


@probe("tf1-hub.load.tf1.module", "implied")
@pytest.mark.parametrize("model", ["tf1-signatures"])
def test_module_signatures(tf, hub, run, handle):
    """m(inputs, signature=..., as_dict=True), with one input and with a dict of two."""
    module = public(hub, "Module")(handle)
    left, right = tf.constant(reference.INPUTS), tf.constant(reference.INPUTS[::-1])
    doubled = module(left, signature="double", as_dict=True)
    paired = module({"left": left, "right": right}, signature="pair", as_dict=True)
    got = run({"double": doubled, "pair": paired})
    checks.same_outputs(got["double"], reference.doubled(reference.INPUTS), "all outputs equal NumPy's")
    checks.same_outputs(
        got["pair"], reference.paired(reference.INPUTS, reference.INPUTS[::-1]), "inputs are matched by their names"
    )


@probe("tf1-hub.load.tf2.hub-load", "literal")
@pytest.mark.parametrize("model", MODELS)
def test_hub_load(tf, hub, role, handle):
    """m = hub.load(handle); outputs = m.signatures["default"](inputs)["default"]."""
    loaded = public(hub, "load")(handle)
    steps.check_inference_eagerly(tf, role, lambda inputs: loaded.signatures["default"](inputs)["default"])


@probe("tf1-hub.load.tf2.hub-load", "implied")
@pytest.mark.parametrize("model", ["tf1-signatures"])
def test_hub_load_signatures(tf, hub, run, handle):
    """Other signatures of the loaded object: several outputs, and several inputs by keyword."""
    loaded = public(hub, "load")(handle)
    left, right = tf.constant(reference.INPUTS), tf.constant(reference.INPUTS[::-1])
    checks.same_outputs(
        run(loaded.signatures["double"](left)), reference.doubled(reference.INPUTS), "all outputs equal NumPy's"
    )
    checks.same_outputs(
        run(loaded.signatures["pair"](left=left, right=right)),
        reference.paired(reference.INPUTS, reference.INPUTS[::-1]),
        "inputs are matched by their names",
    )


@probe("tf1-hub.load.tf2.keras-layer", "literal")
@pytest.mark.parametrize("model", MODELS)
def test_keras_layer(tf, hub, role, handle):
    """m = hub.KerasLayer(handle, signature="default"); outputs = m(inputs)."""
    layer = public(hub, "KerasLayer")(handle, signature="default")
    steps.check_inference_eagerly(tf, role, layer)


@probe("tf1-hub.load.tf2.keras-layer", "implied")
@rejects(*NOT_A_LAYER_OF_KERAS_3)
@pytest.mark.parametrize("model", ["tf1-dense", "tf1-batchnorm"])
def test_keras_layer_in_model(tf, hub, keras, role, handle):
    """The layer inside a tf.keras.Sequential, by Model.predict()."""
    layer = public(hub, "KerasLayer")(handle, signature="default", input_shape=[reference.FEATURES])
    model = keras.Sequential([layer])
    for batch in subjects.batches(role):
        checks.equal(model.predict(batch), subjects.outputs(role, batch), "Model.predict() equals NumPy's")
