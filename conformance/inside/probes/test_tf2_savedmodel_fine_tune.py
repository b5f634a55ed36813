"""TF2 SavedModel, fine-tuning."""

import numpy as np
import pytest

from conformance.inside import checks
from conformance.inside.models import reference
from conformance.inside.probe import probe, public, rejects
from conformance.inside.probes import devices, steps, subjects
from conformance.inside.probes.refusals import NOT_A_LAYER_OF_KERAS_3

REPLICA = "/replica_"  # follows a variable's name, for its copies on other devices than the first

TRAINABLE = ["tf2-dense", "tf2-batchnorm", "tf2-keras", "tf2-text"]
REGULARIZED = ["tf2-dense", "tf2-batchnorm", "tf2-keras"]


@probe("tf2-savedmodel.fine-tune.tf2.hub-load", "literal")
@pytest.mark.parametrize("model", TRAINABLE)
def test_hub_load(tf, hub, role, handle):
    """m = hub.load(handle); outputs = m(inputs, training=True) under a gradient tape; one step, then inference."""
    expected = subjects.training(role)
    loaded = public(hub, "load")(handle)
    takes_flag = role != "text"  # a model without the argument is called without it
    with tf.GradientTape() as tape:
        outputs = loaded(steps.tensor(tf, expected.inputs), **({"training": True} if takes_flag else {}))
        penalty = [loss() for loss in getattr(loaded, "regularization_losses", [])]
        loss = steps.mean_squared_error(tf, outputs, expected.targets) + sum(penalty)
    _step(tf, tape, loss, outputs, loaded.trainable_variables, loaded.variables, expected)
    inference = loaded(steps.tensor(tf, expected.inputs), **({"training": False} if takes_flag else {}))
    checks.equal(inference.numpy(), _tuned(role, expected), "inference after the step uses the tuned values")


@probe("tf2-savedmodel.fine-tune.tf2.keras-layer", "literal")
@pytest.mark.parametrize("model", TRAINABLE)
def test_keras_layer(tf, hub, role, handle):
    """m = hub.KerasLayer(handle, trainable=True) called while training under a gradient tape; one step."""
    expected = subjects.training(role)
    layer = public(hub, "KerasLayer")(handle, trainable=True)
    with tf.GradientTape() as tape:
        outputs = layer(steps.tensor(tf, expected.inputs), training=True)
        loss = steps.mean_squared_error(tf, outputs, expected.targets) + sum(layer.losses)
    _step(tf, tape, loss, outputs, layer.trainable_weights, layer.weights, expected)
    inference = layer(steps.tensor(tf, expected.inputs), training=False)
    checks.equal(inference.numpy(), _tuned(role, expected), "inference after the step uses the tuned values")


@probe("tf2-savedmodel.fine-tune.tf2.keras-layer", "implied")
@rejects(*NOT_A_LAYER_OF_KERAS_3)
@pytest.mark.parametrize("model", REGULARIZED)
def test_keras_layer_fit(tf, hub, keras, role, handle):
    """The layer in a tf.keras.Sequential, trained by Model.fit() for one step."""
    _check_fit(hub, keras, role, handle)


@probe("tf2-savedmodel.fine-tune.tf2.keras-layer", "implied")
@pytest.mark.parametrize("model", ["tf2-batchnorm"])
def test_keras_layer_is_frozen_by_default(tf, hub, handle):
    """hub.KerasLayer(handle) while training: inference outputs, no penalty, and not a bit of a weight moves."""
    layer = public(hub, "KerasLayer")(handle)
    before = [(weight.name, weight.numpy()) for weight in layer.weights]
    outputs = layer(tf.constant(reference.INPUTS), training=True)
    checks.equal(outputs.numpy(), reference.batchnorm(reference.INPUTS), "a frozen layer computes as in inference")
    checks.equal(sum(float(loss) for loss in layer.losses), 0.0, "a frozen layer adds nothing to the loss")
    checks.holds(not layer.trainable_weights, "a frozen layer has no trainable weights", layer.trainable_weights)
    for (name, value), weight in zip(before, layer.weights):
        checks.holds((weight.numpy() == value).all(), "{} keeps its value".format(name), weight.numpy())


@probe("tf2-savedmodel.fine-tune.tf2.keras-layer", "implied")
@pytest.mark.parametrize("model", ["tf2-batchnorm", "tf2-keras"])
def test_trainable_keras_layer_called_without_training(tf, hub, role, handle):
    """hub.KerasLayer(handle, trainable=True)(inputs), no word about training: inference, and nothing moves."""
    layer = public(hub, "KerasLayer")(handle, trainable=True)
    before = [(weight.name, weight.numpy()) for weight in layer.weights]
    for batch in subjects.batches(role):
        checks.equal(layer(tf.constant(batch)).numpy(), subjects.outputs(role, batch), "it computes as in inference")
    for (name, value), weight in zip(before, layer.weights):
        checks.holds((weight.numpy() == value).all(), "{} keeps its value".format(name), weight.numpy())


@probe("tf2-savedmodel.fine-tune.tf2.keras-layer", "implied")
@pytest.mark.parametrize("model", ["tf2-dense", "tf2-batchnorm"])
@pytest.mark.parametrize("trainable", [True, False])
def test_keras_layer_from_its_config(tf, hub, role, handle, trainable):
    """KerasLayer.from_config(layer.get_config()): the new layer trains if and only if the first one does."""
    kind = public(hub, "KerasLayer")
    again = kind.from_config(kind(handle, trainable=trainable).get_config())
    checks.holds(again.trainable is trainable, "it is as trainable as the first one", again.trainable)
    expected = subjects.training(role).trained if trainable else []
    steps.check_roles(again.trainable_weights, expected, "just these of its weights are trainable")
    steps.check_inference_eagerly(tf, role, again)


@probe("tf2-savedmodel.fine-tune.tf1.fit", "literal")
@rejects(*NOT_A_LAYER_OF_KERAS_3)
@pytest.mark.parametrize("model", REGULARIZED)
def test_fit(tf, hub, keras, role, handle):
    """A trainable hub.KerasLayer in a tf.keras.Sequential, trained by Model.fit() for one step."""
    _check_fit(hub, keras, role, handle)


@probe("tf2-savedmodel.fine-tune.tf1.estimator", "literal")
@pytest.mark.parametrize("model", ["tf2-dense", "tf2-keras"])
def test_estimator(tf, hub, keras, role, handle, tmp_path):
    """An Estimator whose model_fn wraps a Keras model with a trainable hub.KerasLayer, trained for one step; the
    checkpoint holds the tuned weights, and evaluation computes with them."""
    expected = subjects.training(role)
    estimators = public(tf, "estimator")

    def model_fn(features, labels, mode):
        training = mode == public(estimators, "ModeKeys").TRAIN
        model = keras.Sequential([hub.KerasLayer(handle, trainable=True)])
        outputs = model(features, training=training)
        loss = tf.losses.mean_squared_error(labels, outputs) + tf.add_n(model.losses)
        train = None
        if training:
            optimizer = tf.train.GradientDescentOptimizer(subjects.RATE)
            step = tf.train.get_or_create_global_step()
            train = optimizer.minimize(loss, var_list=model.trainable_weights, global_step=step)
            train = tf.group(train, *model.updates)
        return estimators.EstimatorSpec(mode, loss=loss, train_op=train)

    def input_fn():
        return tf.data.Dataset.from_tensors((expected.inputs, expected.targets))

    estimator = public(estimators, "Estimator")(model_fn, model_dir=str(tmp_path))
    estimator.train(input_fn, steps=1)
    names = [name for name in estimator.get_variable_names() if name != "global_step"]
    values = checks.by_role([(name, estimator.get_variable_value(name)) for name in names])
    steps.check_after_step(values, expected)
    tuned_loss = reference.mean_squared_error(_tuned(role, expected), expected.targets)
    penalty = reference.regularization_loss(expected.trained["kernel"])
    evaluated = estimator.evaluate(input_fn, steps=1)
    checks.equal(evaluated["loss"], tuned_loss + penalty, "evaluation computes with the tuned weights")


@probe("tf2-savedmodel.fine-tune.tf1.estimator.two-devices", "literal")
@pytest.mark.parametrize("model", ["tf2-dense"])
def test_estimator_on_two_devices(tf, fresh_processes, handle, tmp_path):
    """The same with RunConfig(train_distribute=MirroredStrategy(["/cpu:0", "/cpu:1"])): one step on both devices."""
    public(tf, "estimator.Estimator")
    fresh = fresh_processes.get("two-cpus", setup=devices.two_cpus)
    found = fresh.ask(devices.estimator, handle, str(tmp_path))
    first = {name: value for name, value in found.items() if REPLICA not in name}
    for name, value in found.items():
        checks.equal(value, first[name.split(REPLICA)[0]], "both devices have the same {}".format(name))
    values = checks.by_role(list(first.items()))
    stepped = dict(zip(("kernel", "bias"), reference.dense_step(subjects.RATE, regularized=False)))
    steps.check_after_step(values, subjects.training("dense")._replace(trained=stepped))


@probe("tf2-savedmodel.fine-tune.tf1.no-collections", "literal")
@pytest.mark.parametrize("model", REGULARIZED)
def test_graph_collections_stay_empty(tf, hub, run, handle):
    """hub.KerasLayer(handle, trainable=True)(inputs) fills no collection; the layer itself offers the loss."""
    layer = public(hub, "KerasLayer")(handle, trainable=True)
    layer(tf.constant(reference.INPUTS))
    for key in (tf.GraphKeys.REGULARIZATION_LOSSES, tf.GraphKeys.UPDATE_OPS, tf.GraphKeys.LOSSES):
        checks.holds(not tf.get_collection(key), "{} stays empty".format(key), tf.get_collection(key))
    checks.holds(len(layer.losses) == 1, "the layer has the regularization loss", layer.losses)
    checks.equal(run(layer.losses[0]), reference.regularization_loss(), "the layer's loss equals NumPy's")


def _check_fit(hub, keras, role, handle):
    """One batch, one epoch, plain gradient descent: history, weights and what the tuned model predicts."""
    expected = subjects.training(role)
    layer = public(hub, "KerasLayer")(handle, trainable=True, input_shape=[reference.FEATURES])
    model = keras.Sequential([layer])
    model.compile(keras.optimizers.SGD(subjects.RATE), "mse")
    history = model.fit(expected.inputs, expected.targets, batch_size=len(expected.inputs), epochs=1, verbose=0)
    values = checks.by_role(list(zip([weight.name for weight in layer.weights], layer.get_weights())))
    steps.check_after_step(values, expected)
    checks.equal(np.float32(history.history["loss"][0]), expected.loss, "the loss that fit() reports equals NumPy's")
    checks.equal(model.predict(expected.inputs), _tuned(role, expected), "Model.predict() uses the tuned values")


def _step(tf, tape, loss, outputs, trainable, variables, expected):
    """One eager step of gradient descent by hand; checks what is trainable, the loss and all values."""
    steps.check_roles(trainable, expected.trained, "just these variables are trainable")
    checks.equal(outputs.numpy(), expected.outputs, "outputs while training equal NumPy's")
    checks.equal(loss.numpy(), expected.loss, "the loss, with regularization, equals NumPy's")
    for variable, gradient in zip(trainable, tape.gradient(loss, list(trainable))):
        checks.holds(gradient is not None, "the tape watches {}".format(variable.name), "no gradient")
        variable.assign_sub(subjects.RATE * tf.convert_to_tensor(gradient))
    steps.check_after_step(checks.by_role([(variable.name, variable.numpy()) for variable in variables]), expected)


def _tuned(role, expected):
    """What inference on the training batch gives after the step, by NumPy."""
    values = expected.trained
    if role == "dense":
        return reference.dense(expected.inputs, values["kernel"], values["bias"])
    if role == "text":
        return reference.text(expected.inputs, values["embedding"])
    moving = expected.updated
    return reference.batchnorm(
        expected.inputs,
        values["kernel"],
        values["gamma"],
        values["beta"],
        moving["moving_mean"],
        moving["moving_variance"],
    )


@probe("tf2-savedmodel.fine-tune.tf1.fit.tf-keras", "literal")
@probe("tf2-savedmodel.fine-tune.tf2.keras-layer.tf-keras-fit", "literal")
@pytest.mark.parametrize("model", ["tf2-dense", "tf2-batchnorm"])
def test_tf_keras_fit(cell, hub, tf_keras, role, handle):
    """A trainable hub.KerasLayer in a tf_keras.Sequential, trained by Model.fit() for one step; in compat mode with
    one of tf_keras.optimizers.legacy, since the others are eager."""
    expected = subjects.training(role)
    layer = public(hub, "KerasLayer")(handle, trainable=True, input_shape=[reference.FEATURES])
    model = tf_keras.Sequential([layer])
    optimizers = tf_keras.optimizers if cell.mode == "tf2" else tf_keras.optimizers.legacy
    model.compile(optimizers.SGD(subjects.RATE), "mse")
    history = model.fit(expected.inputs, expected.targets, batch_size=len(expected.inputs), epochs=1, verbose=0)
    values = checks.by_role(list(zip([weight.name for weight in layer.weights], layer.get_weights())))
    steps.check_after_step(values, expected)
    loss = checks.np.float32(history.history["loss"][0])
    checks.equal(loss, expected.loss, "the loss that fit() reports equals NumPy's")
