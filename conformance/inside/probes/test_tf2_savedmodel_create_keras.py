"""TF2 SavedModel, creation by Keras: Model.save and Model.export, of tf.keras and of tf_keras."""

from conformance.inside import checks
from conformance.inside.models import reference, tf2_savedmodel
from conformance.inside.probe import probe, public, rejects
from conformance.inside.probes import steps, subjects
from conformance.inside.probes.refusals import NO_SAVEDMODELS


@probe("tf2-savedmodel.create.tf2.keras.model-save", "literal")
@rejects(*NO_SAVEDMODELS)
def test_model_save(tf, hub, keras, outlives, tmp_path):
    """model.save(path) of a tf.keras model; hub.load(path) infers and trains, with variables and losses."""
    path = str(tmp_path / "model")
    tf2_savedmodel.keras(keras).save(path)
    _check_saved(tf, hub, path)
    found = outlives(path, "keras")
    checks.equal(found["losses"], [reference.regularization_loss()], "a fresh process has the regularization loss")


@probe("tf2-savedmodel.create.tf2.keras.export", "literal")
def test_model_export(tf, hub, keras, outlives, tmp_path):
    """model.export(path) of a tf.keras model; hub.load(path).serve(inputs), and its signatures."""
    path = str(tmp_path / "model")
    model = tf2_savedmodel.keras(keras)
    public(model, "export")(path)
    loaded = public(hub, "load")(path)
    steps.check_inference_eagerly(tf, "keras", loaded.serve)
    signature = loaded.signatures["serving_default"]
    steps.check_inference_eagerly(tf, "keras", lambda inputs: next(iter(signature(inputs).values())))
    outlives(path, "keras", call="serve")


@probe("tf2-savedmodel.create.tf1.keras-model-save", "literal")
@rejects(*NO_SAVEDMODELS)
def test_model_save_in_graph_mode(tf, hub, keras, run, outlives, tmp_path):
    """model.save(path, save_format="tf") of a tf.keras model with v2 behaviour off; then hub.load(path)(inputs)."""
    path = str(tmp_path / "model")
    tf2_savedmodel.keras(keras).save(path, save_format="tf")
    public(keras, "backend.clear_session")()
    steps.check_inference_in_graph(tf, run, "keras", public(hub, "load")(path))
    outlives(path, "keras")


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


@probe("tf2-savedmodel.create.tf2.keras.tf-keras", "literal")
def test_save_a_tf_keras_model(tf, hub, tf_keras, outlives, tmp_path):
    """tf.saved_model.save(model, path) of a tf_keras model; hub.load(path) infers and trains."""
    path = str(tmp_path / "model")
    public(tf, "saved_model.save")(tf2_savedmodel.keras(tf_keras), path)
    loaded, expected = public(hub, "load")(path), subjects.training("keras")
    steps.check_inference_eagerly(tf, "keras", loaded)
    steps.check_roles(loaded.trainable_variables, expected.trained, "just these variables are saved as trainable")
    outputs = loaded(tf.constant(expected.inputs), training=True)
    checks.equal(outputs.numpy(), expected.outputs, "training behaviour is saved")
    outlives(path, "keras")
