"""The documented calls after the ordinary steps that precede them in a real program, and in any legal order."""

import importlib

import numpy as np
import pytest

from conformance.inside import checks
from conformance.inside.models import reference, tf2_savedmodel
from conformance.inside.models.following import START
from conformance.inside.probe import probe, public, rejects
from conformance.inside.probes import orders, programs, steps, subjects
from conformance.inside.probes.api import v2
from conformance.inside.probes.refusals import NOT_A_LAYER_OF_KERAS_3

# What TensorFlow says where the session has run a call whose gradient is only built afterwards.
RAN_BEFORE = "Connecting to invalid output"
# An order costs as much as some generated models, and one with a Keras model as much as many: by default, the kept
# orders are tried, and one more of the cheap ones.
EXAMPLES_PER_ORDER, EXAMPLES_PER_KERAS_ORDER = 4, 8


@pytest.fixture
def keras2(keras):
    """Keras 2: tf.keras, or the package tf_keras where tf.keras is Keras 3."""
    version = getattr(keras, "__version__", "2")
    if not version.startswith("3"):
        return keras
    module = importlib.import_module("tf_keras")
    module.backend.clear_session()
    return module


@probe("tf2-savedmodel.fine-tune.tf2.any-order", "literal", way="object")
@pytest.mark.parametrize("model", ["tf2-batchnorm"])
def test_loaded_object(examples, tf, hub, note, handle, tmp_path):
    """hub.load, then calls, steps under a tape, reads, writes, saves and other loads in any order."""
    public(hub, "load")
    make = programs.LoadedObject
    orders.follow_any_order(
        "object", lambda: make(tf, hub, handle, str(tmp_path)), make.STEPS, examples // EXAMPLES_PER_ORDER, note
    )


@probe("tf2-savedmodel.fine-tune.tf2.any-order", "literal", way="layer")
@pytest.mark.parametrize("model", ["tf2-batchnorm"])
def test_layer(examples, tf, hub, note, handle, tmp_path):
    """hub.KerasLayer, then calls, steps under a tape, get_weights, set_weights and toggling in any order."""
    public(hub, "KerasLayer")
    make = programs.Layer
    orders.follow_any_order(
        "layer", lambda: make(tf, hub, handle, str(tmp_path)), make.STEPS, examples // EXAMPLES_PER_ORDER, note
    )


@probe("tf2-savedmodel.fine-tune.tf2.any-order", "literal", way="keras-model")
@pytest.mark.parametrize("model", ["tf2-batchnorm"])
def test_keras_model(examples, tf, hub, keras2, note, handle, tmp_path):
    """A trainable hub.KerasLayer in a Sequential of Keras 2: predict, evaluate, fit, get and set weights, save and load
    them, freeze and thaw, in any order."""
    public(hub, "KerasLayer")
    make = programs.KerasModel
    orders.follow_any_order(
        "keras-model",
        lambda: make(tf, hub, handle, str(tmp_path), keras2),
        make.STEPS,
        examples // EXAMPLES_PER_KERAS_ORDER,
        note,
    )


@probe("tf1-hub.fine-tune.tf1.module.any-order", "literal")
@pytest.mark.parametrize("model", ["tf1-batchnorm"])
def test_module(examples, tf, hub, note, handle, tmp_path):
    """hub.Module in a session: runs, losses, steps, reads, writes, checkpoints and exports in any order."""
    public(hub, "Module")
    make = programs.Module
    orders.follow_any_order(
        "module", lambda: make(tf, hub, handle, str(tmp_path)), make.STEPS, examples // EXAMPLES_PER_ORDER, note
    )


@probe("tf2-savedmodel.fine-tune.tf1.fit", "literal")
@rejects(*NOT_A_LAYER_OF_KERAS_3)
@pytest.mark.parametrize("model", ["tf2-batchnorm"])
def test_fit_after_predict(hub, keras, lost, handle):
    """Model.predict(), and then Model.fit(): what any program does that looks at the model before it tunes it."""
    try:
        _check_fit_after(hub, keras, handle, _predict)
    except Exception as error:
        if RAN_BEFORE not in str(error):
            raise
        lost("after predict(), fit() fails; where fit() comes first, it works: {}".format(error))


@probe("tf2-savedmodel.fine-tune.tf1.fit.after-other-steps", "literal", way="evaluate")
@rejects(*NOT_A_LAYER_OF_KERAS_3)
@pytest.mark.parametrize("model", ["tf2-batchnorm"])
def test_fit_after_evaluate(hub, keras, handle):
    """Model.evaluate(), and then Model.fit()."""
    _check_fit_after(hub, keras, handle, lambda model: model.evaluate(reference.INPUTS, reference.TARGETS, verbose=0))


@probe("tf2-savedmodel.fine-tune.tf1.fit.after-other-steps", "literal", way="weights")
@rejects(*NOT_A_LAYER_OF_KERAS_3)
@pytest.mark.parametrize("model", ["tf2-batchnorm"])
def test_fit_after_reading_weights(hub, keras, handle):
    """Model.get_weights(), and then Model.fit()."""
    _check_fit_after(hub, keras, handle, lambda model: model.get_weights())


@probe("tf2-savedmodel.fine-tune.tf1.fit.after-other-steps", "literal", way="call")
@rejects(*NOT_A_LAYER_OF_KERAS_3)
@pytest.mark.parametrize("model", ["tf2-batchnorm"])
def test_fit_after_a_call(tf, hub, keras, handle):
    """The model called on a tensor, training switched off and on again, and then Model.fit()."""

    def call_and_toggle(model):
        model(tf.constant(reference.INPUTS))
        for trainable in (False, True):
            model.layers[0].trainable = trainable
            model.compile(keras.optimizers.SGD(subjects.RATE), "mse")

    _check_fit_after(hub, keras, handle, call_and_toggle)


@probe("tf2-savedmodel.fine-tune.tf1.fit.after-other-steps", "literal", way="fit")
@rejects(*NOT_A_LAYER_OF_KERAS_3)
@pytest.mark.parametrize("model", ["tf2-batchnorm"])
def test_fit_before_everything(hub, keras, handle):
    """Model.fit() first; then predict, evaluate, reading and writing weights, and Model.fit() again."""

    def fit_first(model):
        model.fit(reference.INPUTS, reference.TARGETS, batch_size=len(reference.INPUTS), epochs=1, verbose=0)
        model.predict(reference.INPUTS, verbose=0)
        model.evaluate(reference.INPUTS, reference.TARGETS, verbose=0)
        roles = [weight.name.split(":")[0].split("/")[-1] for weight in model.weights]
        model.set_weights([START[role] for role in roles])

    _check_fit_after(hub, keras, handle, fit_first)


@probe("tf2-savedmodel.create.tf1.save.after-running", "literal")
@pytest.mark.parametrize("role", ["batchnorm", "text"])
def test_save_after_running(cell, tf, hub, run, role, tmp_path):
    """tf.saved_model.save in a session that has run the model before; what is saved infers."""
    path = str(tmp_path / "model")
    model, _ = tf2_savedmodel.RECIPES[role](v2(), str(tmp_path))
    outputs = model(steps.tensor(tf, subjects.batches(role)[0]))
    with tf.Session() as session:
        session.run([tf.global_variables_initializer(), tf.tables_initializer()])
        checks.equal(session.run(outputs), subjects.outputs(role, subjects.batches(role)[0]), "it runs before")
        v2().saved_model.save(model, path)
    tf.reset_default_graph()
    steps.check_inference(tf, cell, run, role, public(hub, "load")(path))


@probe("tf2-savedmodel.create.tf2.keras", "implied")
def test_save_after_predict(tf, hub, keras, lost, tmp_path):
    """tf.saved_model.save of a tf.keras model that has predicted before."""
    path = str(tmp_path / "model")
    model = tf2_savedmodel.keras(keras)
    _predict(model)
    public(tf, "saved_model.save")(model, path)
    loaded = public(hub, "load")(path)
    if not callable(loaded):
        lost("the saved model cannot be called once loaded; only its signature serving_default is left")
        signature = loaded.signatures["serving_default"]
        steps.check_inference_eagerly(tf, "keras", lambda inputs: next(iter(signature(inputs).values())))
        return
    steps.check_inference_eagerly(tf, "keras", loaded)
    checks.equal(
        loaded(tf.constant(reference.INPUTS), training=True).numpy(),
        reference.batchnorm_training(reference.INPUTS),
        "training behaviour is saved",
    )


def _predict(model):
    checks.equal(
        model.predict(reference.INPUTS, verbose=0), reference.batchnorm(reference.INPUTS), "Model.predict() before"
    )


def _check_fit_after(hub, keras, handle, before):
    """The steps `before`, and then one step by Model.fit(); compares the loss and all weights with NumPy."""
    expected = subjects.training("batchnorm")
    layer = public(hub, "KerasLayer")(handle, trainable=True, input_shape=[reference.FEATURES])
    model = keras.Sequential([layer])
    model.compile(keras.optimizers.SGD(subjects.RATE), "mse")
    before(model)
    history = model.fit(expected.inputs, expected.targets, batch_size=len(expected.inputs), epochs=1, verbose=0)
    checks.equal(np.float32(history.history["loss"][0]), expected.loss, "the loss that fit() reports equals NumPy's")
    values = checks.by_role(list(zip([weight.name for weight in layer.weights], layer.get_weights())))
    steps.check_after_step(values, expected)
