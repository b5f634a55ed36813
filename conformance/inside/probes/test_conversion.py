"""Models of both formats converted to TFLite, and run by its interpreter: all of it in a fresh process."""

import pytest

from conformance.inside import checks
from conformance.inside.models import reference
from conformance.inside.probe import probe, public, rejects
from conformance.inside.probes import converting, hub_in_keras, subjects

INPUTS = [reference.INPUTS, reference.OTHER_INPUTS]


@probe("tf2-savedmodel.load.tf2.tflite", "literal", way="concrete-function")
@pytest.mark.parametrize("model", ["tf2-batchnorm"])
def test_concrete_function(fresh, role, handle):
    """TFLiteConverter.from_concrete_functions of a tf.function that calls hub.load(handle)."""
    _check(fresh.ask(converting.concrete_function, handle, INPUTS), role)


@probe("tf2-savedmodel.load.tf2.tflite", "literal", way="keras-layer")
@pytest.mark.parametrize("model", ["tf2-dense"])
def test_keras_layer(cell, fresh, role, handle):
    """TFLiteConverter.from_keras_model of a tuned model around hub.KerasLayer(handle), of the Keras that is its own."""
    which = "tf_keras" if cell.keras == "keras3" else "keras"
    found = fresh.ask(converting.keras_layer, handle, INPUTS, role, which)
    for got, expected in zip(found["outputs"], hub_in_keras.tuned(role).outputs):
        checks.equal(got, expected, "what TFLite computes equals NumPy's")


@probe("tf2-savedmodel.load.tf2.tflite", "literal", way="one-of-several")
@pytest.mark.parametrize("model", ["tf2-signatures"])
def test_saved_model_with_several_signatures(fresh, role, handle):
    """TFLiteConverter.from_saved_model(path, signature_keys=["serving_default"]) of a model with several."""
    _check(fresh.ask(converting.saved_model, handle, INPUTS, signature_keys=["serving_default"]), role)


@probe("tf2-savedmodel.load.tf2.tflite.plain-keras", "literal")
def test_plain_keras(fresh):
    """TFLiteConverter.from_keras_model of a tf.keras model without anything of hub."""
    _check(fresh.ask(converting.plain_keras, "", INPUTS), "keras")


@probe("tf2-savedmodel.load.tf2.tflite.no-signature", "literal")
@rejects("ValueError", r"signature")
@pytest.mark.parametrize("model", ["tf2-batchnorm"])
def test_saved_model_without_signatures(fresh, role, handle):
    """TFLiteConverter.from_saved_model(path) of a reusable model, which can be called and has no signature."""
    _check(fresh.ask(converting.saved_model, handle, INPUTS), role)


@probe("tf1-hub.load.tf2.tflite", "literal")
@pytest.mark.parametrize("model", ["tf1-dense"])
def test_tf1_format(fresh, role, handle):
    """TFLiteConverter.from_saved_model(path, tags=[], signature_keys=["default"]) of a TF1 Hub model."""
    _check(fresh.ask(converting.saved_model, handle, INPUTS, tags=[], signature_keys=["default"]), role)


@probe("tf1-hub.load.tf1.tflite", "literal", way="module")
@pytest.mark.parametrize("model", ["tf1-batchnorm"])
def test_module(hub, fresh, role, handle):
    """TFLiteConverter.from_session of hub.Module(handle)(inputs)."""
    public(hub, "Module")
    _check(fresh.ask(converting.module, handle, INPUTS), role)


@probe("tf1-hub.load.tf1.tflite", "literal", way="saved-model")
@pytest.mark.parametrize("model", ["tf1-dense"])
def test_module_as_a_saved_model(fresh, role, handle):
    """TFLiteConverter.from_saved_model(path, tag_set=set(), signature_key="default") of a TF1 Hub model."""
    _check(fresh.ask(converting.saved_model, handle, INPUTS, tag_set=set(), signature_key="default"), role)


@probe("tf2-savedmodel.load.tf1.tflite", "literal")
@pytest.mark.parametrize("model", ["tf2-batchnorm"])
def test_loaded_in_a_graph(fresh, role, handle):
    """TFLiteConverter.from_session of hub.load(handle)(inputs)."""
    _check(fresh.ask(converting.loaded, handle, INPUTS), role)


def _check(found, role):
    for got, batch in zip(found["outputs"], INPUTS):
        checks.equal(got, subjects.outputs(role, batch), "what TFLite computes equals NumPy's")
