"""Other readers of a model than tensorflow_hub, in whichever mode: the same values, or a refusal that tells."""

import os

import numpy as np
import pytest

from conformance.inside import checks
from conformance.inside.models import reference
from conformance.inside.probe import probe, public, rejects
from conformance.inside.probes import steps, subjects


@probe("tf2-savedmodel.load.tf2.readers", "literal", way="saved-model")
@pytest.mark.parametrize("model", ["tf2-text"])
def test_saved_model_load(tf, role, handle):
    """tf.saved_model.load(path)(inputs)."""
    steps.check_inference_eagerly(tf, role, public(tf, "saved_model.load")(handle))


@probe("tf2-savedmodel.load.tf2.readers", "literal", way="session")
@probe("tf2-savedmodel.load.tf1.readers", "literal", way="session")
@pytest.mark.parametrize("model", ["tf2-signatures"])
def test_session(tf, handle):
    """tf.compat.v1.saved_model.load(session, ["serve"], path) of a TF2 SavedModel, and one of its signatures."""
    found = _in_session(tf, ["serve"], handle, "double")
    checks.same_outputs(found, reference.doubled(reference.INPUTS), "the signature's outputs equal NumPy's")


@probe("tf1-hub.load.tf2.readers", "literal", way="session")
@probe("tf1-hub.load.tf1.readers", "literal", way="session")
@pytest.mark.parametrize("model", ["tf1-batchnorm"])
def test_session_of_a_module(tf, handle):
    """tf.compat.v1.saved_model.load(session, [], path) of a TF1 Hub model, and its signature "default"."""
    found = _in_session(tf, [], handle, "default")
    checks.same_outputs(
        found, {"default": reference.batchnorm(reference.INPUTS)}, "the signature's outputs equal NumPy's"
    )
    found = _in_session(tf, ["train"], handle, "default")
    expected = {"default": reference.batchnorm_training(reference.INPUTS)}
    checks.same_outputs(found, expected, "the outputs of the train graph equal NumPy's")


@probe("tf1-hub.load.tf2.readers", "literal", way="saved-model")
@pytest.mark.parametrize("model", ["tf1-text"])
def test_saved_model_load_of_a_module(tf, role, handle):
    """tf.saved_model.load(path, tags=[]).signatures["default"](inputs) of a TF1 Hub model."""
    signature = public(tf, "saved_model.load")(handle, tags=[]).signatures["default"]
    steps.check_inference_eagerly(tf, role, lambda inputs: signature(inputs)["default"])


@probe("tf2-savedmodel.load.tf2.readers", "literal", way="checkpoint")
@probe("tf2-savedmodel.load.tf1.readers", "literal", way="checkpoint")
@pytest.mark.parametrize("model", ["tf2-batchnorm"])
def test_checkpoint(tf, handle):
    """tf.train.load_checkpoint(path + "/variables/variables"): every variable by its place in the object."""
    found = _checkpoint(tf, handle)
    expected = _batchnorm()
    roles = {name.split("/")[0]: value for name, value in found.items() if name.endswith("VARIABLE_VALUE")}
    checks.same_outputs({name: roles.get(name, np.zeros(0)) for name in expected}, expected, "the values are there")


@probe("tf1-hub.load.tf2.readers", "literal", way="checkpoint")
@probe("tf1-hub.load.tf1.readers", "literal", way="checkpoint")
@pytest.mark.parametrize("model", ["tf1-batchnorm"])
def test_checkpoint_of_a_module(tf, handle):
    """The same of a TF1 Hub model, whose variables have their own names there."""
    checks.same_outputs(checks.by_role(list(_checkpoint(tf, handle).items())), _batchnorm(), "the values are there")


@probe("tf2-savedmodel.load.tf2.readers.keras", "literal")
@rejects("ValueError", r"TFSMLayer|File format not supported")
@rejects("AttributeError", r"object has no attribute")
@pytest.mark.parametrize("model", ["tf2-dense"])
def test_keras_load_model(keras, role, handle):
    """tf.keras.models.load_model(path).predict(inputs) of a model that Keras did not save."""
    model = public(keras, "models.load_model")(handle)
    got = model.predict(reference.INPUTS, verbose=0)
    checks.equal(got, subjects.outputs(role, reference.INPUTS), "what it predicts equals NumPy's")


def _in_session(tf, tags, path, name):
    """All outputs of a signature, as TensorFlow 1's loader reads it."""
    import tensorflow.compat.v1 as v1

    with v1.Graph().as_default(), v1.Session() as session:
        signature = v1.saved_model.load(session, tags, path).signature_def[name]
        [inputs] = signature.inputs.values()
        outputs = {key: value.name for key, value in signature.outputs.items()}
        return session.run(outputs, {inputs.name: reference.INPUTS})


def _checkpoint(tf, handle):
    reader = public(tf, "train.load_checkpoint")(os.path.join(handle, "variables", "variables"))
    names = [name for name in reader.get_variable_to_shape_map() if not name.startswith("_CHECKPOINTABLE")]
    return {name: reader.get_tensor(name) for name in names}


def _batchnorm():
    return {
        "kernel": reference.KERNEL,
        "gamma": reference.GAMMA,
        "beta": reference.BETA,
        "moving_mean": reference.MOVING_MEAN,
        "moving_variance": reference.MOVING_VARIANCE,
    }
