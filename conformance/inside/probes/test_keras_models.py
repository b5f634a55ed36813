"""Keras models around TF2 SavedModels: Model.save, Model.export, optimizers that were saved with their model."""

import pytest

from conformance.inside import checks
from conformance.inside.models import reference, tf2_savedmodel
from conformance.inside.probe import probe, public, rejects
from conformance.inside.probes import steps, subjects

# Keras 3 says that Model.save writes files of its own format only.
NO_SAVEDMODELS = ("ValueError", r"extension|SavedModel")


@probe("tf2-savedmodel.create.tf2.keras.model-save", "literal")
@rejects(*NO_SAVEDMODELS)
def test_model_save(tf, hub, keras, tmp_path):
    """model.save(path) of a tf.keras model; hub.load(path) infers and trains, with variables and losses."""
    path = str(tmp_path / "model")
    tf2_savedmodel.keras(keras).save(path)
    _check_saved(tf, hub, path)


@probe("tf2-savedmodel.create.tf2.keras.export", "literal")
def test_model_export(tf, hub, keras, tmp_path):
    """model.export(path) of a tf.keras model; hub.load(path).serve(inputs), and its signatures."""
    path = str(tmp_path / "model")
    model = tf2_savedmodel.keras(keras)
    public(model, "export")(path)
    loaded = public(hub, "load")(path)
    steps.check_inference_eagerly(tf, "keras", loaded.serve)
    signature = loaded.signatures["serving_default"]
    steps.check_inference_eagerly(tf, "keras", lambda inputs: next(iter(signature(inputs).values())))


@probe("tf2-savedmodel.create.tf1.keras-model-save", "literal")
@rejects(*NO_SAVEDMODELS)
def test_model_save_in_graph_mode(tf, hub, keras, run, tmp_path):
    """model.save(path, save_format="tf") of a tf.keras model with v2 behaviour off; then hub.load(path)(inputs)."""
    path = str(tmp_path / "model")
    tf2_savedmodel.keras(keras).save(path, save_format="tf")
    public(keras, "backend.clear_session")()
    steps.check_inference_in_graph(tf, run, "keras", public(hub, "load")(path))


@probe("tf2-savedmodel.load.tf2.optimizer-slots", "literal", way="older")
@pytest.mark.parametrize("model", ["tf2-slots"])
def test_optimizer_slots(tf, hub, handle):
    """hub.load and hub.KerasLayer of a Keras model that TF 1.15 saved with the slot variables of its Adam."""
    steps.check_inference_eagerly(tf, "keras", public(hub, "load")(handle))
    steps.check_inference_eagerly(tf, "keras", public(hub, "KerasLayer")(handle))


@probe("tf2-savedmodel.load.tf2.optimizer-slots", "literal", way="here")
def test_optimizer_slots_saved_here(tf, hub, keras, lost, tmp_path):
    """The same of a model that this tf.keras has trained with Adam and that tf.saved_model.save has saved."""
    path = str(tmp_path / "model")
    model = tf2_savedmodel.keras(keras)
    weights = model.get_weights()
    model.compile(keras.optimizers.Adam(0.0), "mse")
    model.fit(reference.INPUTS, reference.TARGETS, epochs=1, verbose=0)
    model.set_weights(weights)
    public(tf, "saved_model.save")(model, path)
    loaded = public(hub, "load")(path)
    if callable(loaded):
        steps.check_inference_eagerly(tf, "keras", loaded)
    else:
        lost("the saved model cannot be called once loaded; only its signature serving_default is left")
        signature = loaded.signatures["serving_default"]
        steps.check_inference_eagerly(tf, "keras", lambda inputs: next(iter(signature(inputs).values())))


def _check_saved(tf, hub, path):
    """A reusable SavedModel: it infers, trains, and has its variables and its regularization loss."""
    loaded, expected = public(hub, "load")(path), subjects.training("keras")
    steps.check_inference_eagerly(tf, "keras", loaded)
    steps.check_roles(loaded.trainable_variables, expected.trained, "just these variables are saved as trainable")
    steps.check_roles(loaded.variables, list(expected.trained) + list(expected.updated), "all variables are saved")
    losses = [loss().numpy() for loss in loaded.regularization_losses]
    checks.equal(losses, [expected.regularization], "the regularization loss is saved")
    inputs = tf.constant(expected.inputs)
    checks.equal(loaded(inputs, training=True).numpy(), expected.outputs, "training=True is saved")
    checks.equal(loaded(inputs, training=False).numpy(), _after_update(expected), "training=False is saved")


def _after_update(expected):
    """Inference after the call with training=True has moved the averages."""
    moving = expected.updated
    return reference.batchnorm(expected.inputs, mean=moving["moving_mean"], variance=moving["moving_variance"])
