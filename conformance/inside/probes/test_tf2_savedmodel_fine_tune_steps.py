"""TF2 SavedModel, depth of fine-tuning: several steps, toggling, checkpoints, and saving what was tuned."""

import os

import numpy as np
import pytest

from conformance.inside import checks
from conformance.inside.models import reference
from conformance.inside.probe import probe, public, rejects
from conformance.inside.probes import steps, subjects
from conformance.inside.probes.refusals import NOT_A_LAYER_OF_KERAS_3

MATRICES = ["tf2-dense", "tf2-batchnorm"]
SAVED = ["tf2-dense", "tf2-batchnorm", "tf2-keras", "tf2-text"]


@probe("tf2-savedmodel.fine-tune.tf2.hub-load", "implied")
@pytest.mark.parametrize("model", MATRICES)
def test_two_steps(tf, hub, role, handle):
    """Two steps under gradient tapes, each with training=True; the second starts where the first ended."""
    loaded = public(hub, "load")(handle)
    inputs, targets = tf.constant(reference.INPUTS), tf.constant(reference.TARGETS)
    for _ in range(2):
        with tf.GradientTape() as tape:
            outputs = loaded(inputs, training=True)
            loss = steps.mean_squared_error(tf, outputs, targets) + loaded.regularization_losses[0]()
        _descend(tf, tape, loss, loaded.trainable_variables)
    steps.check_after_step(_by_role(loaded.variables), _after_two_steps(role))


@probe("tf2-savedmodel.fine-tune.tf2.hub-load", "implied")
@pytest.mark.parametrize("model", MATRICES)
def test_step_inside_a_function(tf, hub, role, handle):
    """The training step as a tf.function, called twice."""
    loaded = public(hub, "load")(handle)
    _train_in_function(tf, lambda inputs: loaded(inputs, training=True), loaded.trainable_variables, loaded)
    steps.check_after_step(_by_role(loaded.variables), _after_two_steps(role))


@probe("tf2-savedmodel.fine-tune.tf2.keras-layer", "implied")
@pytest.mark.parametrize("model", MATRICES)
def test_keras_layer_step_inside_a_function(tf, hub, role, handle):
    """The layer's training step as a tf.function, called twice."""
    layer = public(hub, "KerasLayer")(handle, trainable=True)
    _train_in_function(tf, lambda inputs: layer(inputs, training=True), layer.trainable_weights, layer.resolved_object)
    steps.check_after_step(_by_role(layer.weights), _after_two_steps(role))


@probe("tf2-savedmodel.fine-tune.tf1.fit", "implied")
@probe("tf2-savedmodel.fine-tune.tf2.keras-layer", "implied")
@rejects(*NOT_A_LAYER_OF_KERAS_3)
@pytest.mark.parametrize("model", ["tf2-batchnorm"])
def test_keras_layer_fit_twice(tf, hub, keras, role, handle):
    """Model.fit() for two epochs of one batch: the second step starts where the first ended."""
    tuned = public(hub, "KerasLayer")(handle, trainable=True, input_shape=[reference.FEATURES])
    model = keras.Sequential([tuned])
    model.compile(keras.optimizers.SGD(subjects.RATE), "mse")
    model.fit(reference.INPUTS, reference.TARGETS, batch_size=len(reference.INPUTS), epochs=2, verbose=0)
    values = checks.by_role(list(zip([weight.name for weight in tuned.weights], tuned.get_weights())))
    steps.check_after_step(values, _after_two_steps(role))


@probe("tf2-savedmodel.fine-tune.tf2.hub-load", "implied")
@pytest.mark.parametrize("model", ["tf2-batchnorm", "tf2-text"])
def test_checkpoint_round_trip(tf, hub, handle, tmp_path):
    """tf.train.Checkpoint of the tuned object, restored into a fresh load: the tuned values, to the bit."""
    tuned = public(hub, "load")(handle)
    values = _tune(tuned)
    saved = tf.train.Checkpoint(model=tuned).save(os.path.join(str(tmp_path), "tuned"))
    fresh = public(hub, "load")(handle)
    _check_differs(fresh, values)
    tf.train.Checkpoint(model=fresh).restore(saved).assert_existing_objects_matched()
    _check_same(fresh.variables, values, "the checkpoint brings the tuned values back")


@probe("tf2-savedmodel.fine-tune.tf2.keras-layer.frozen", "literal")
@pytest.mark.parametrize("model", MATRICES)
def test_frozen_by_default(tf, hub, role, handle):
    """hub.KerasLayer(handle) called while training, beside a weight that trains: not a bit of its weights moves."""
    layer = public(hub, "KerasLayer")(handle)
    before = _by_role(layer.weights)
    factor = tf.Variable(2.0)
    with tf.GradientTape() as tape:
        outputs = factor * layer(tf.constant(reference.INPUTS), training=True)
        loss = tf.reduce_sum(outputs) + sum(layer.losses)
    _descend(tf, tape, loss, [factor] + list(layer.trainable_weights))
    checks.holds(not layer.trainable_weights, "a frozen layer has no trainable weights", layer.trainable_weights)
    checks.equal(
        outputs.numpy(), 2 * subjects.outputs(role, reference.INPUTS), "a frozen layer computes as in inference"
    )
    checks.equal(np.float32(sum(float(loss) for loss in layer.losses)), np.float32(0), "it adds nothing to the loss")
    _check_same(layer.weights, before, "a frozen layer keeps its weights")


@probe("tf2-savedmodel.fine-tune.tf2.keras-layer.toggle", "literal")
@pytest.mark.parametrize("model", MATRICES)
def test_toggle(tf, hub, role, handle):
    """layer.trainable = True, False and True again: weights, losses and training behaviour follow."""
    layer, expected = public(hub, "KerasLayer")(handle), subjects.training(role)
    inputs = tf.constant(expected.inputs)
    inference = subjects.outputs(role, expected.inputs)
    before = _by_role(layer.weights)
    for trainable in (False, True, False):
        layer.trainable = trainable
        outputs = layer(inputs, training=True).numpy()
        penalty = np.float32(sum(float(loss) for loss in layer.losses))
        if trainable:
            steps.check_roles(layer.trainable_weights, expected.trained, "what can train does once it is switched on")
            checks.equal(outputs, expected.outputs, "switched on, it computes as in training")
            checks.equal(penalty, expected.regularization, "switched on, it has its regularization loss")
            for weight in layer.weights:  # puts moving averages back, so that what follows can be compared
                weight.assign(before[_role_of(weight)])
        else:
            checks.holds(not layer.trainable_weights, "switched off, nothing trains", layer.trainable_weights)
            checks.equal(outputs, inference, "switched off, it computes as in inference")
            checks.equal(penalty, np.float32(0), "switched off, it adds nothing to the loss")
    _check_same(layer.weights, before, "switched off, it keeps its weights")


@probe("tf2-savedmodel.fine-tune.tf2.keras-layer.trainable-and-training", "literal")
@pytest.mark.parametrize("model", ["tf2-batchnorm", "tf2-keras"])
def test_trainable_and_training(tf, hub, role, handle):
    """All four combinations of layer.trainable and the call's training: it trains only if both are true."""
    expected = subjects.training(role)
    for trainable in (False, True):
        layer = public(hub, "KerasLayer")(handle, trainable=trainable)
        before = _by_role(layer.weights)
        for training in (False, True):
            outputs = layer(tf.constant(expected.inputs), training=training).numpy()
            case = "trainable={}, training={}".format(trainable, training)
            if trainable and training:
                checks.equal(outputs, expected.outputs, "{} computes as in training".format(case))
                after = _by_role(layer.weights)
                for name, value in expected.updated.items():
                    checks.equal(after[name], value, "{} moves {}".format(case, name))
            else:
                inference = subjects.outputs(role, expected.inputs)
                checks.equal(outputs, inference, "{} computes as in inference".format(case))
                _check_same(layer.weights, before, "{} moves nothing".format(case))


@probe("tf2-savedmodel.fine-tune.tf2.reexport", "literal", way="object")
@pytest.mark.parametrize("model", SAVED)
def test_save_what_was_tuned(tf, hub, role, handle, outlives, tmp_path):
    """tf.saved_model.save(m, path) of the tuned object; hub.load(path) has its values, and can be tuned again."""
    tuned = public(hub, "load")(handle)
    values = _tune(tuned)
    path = str(tmp_path / "tuned")
    public(tf, "saved_model.save")(tuned, path)
    _check_reloaded(tf, hub, role, path, values, outlives)


@probe("tf2-savedmodel.fine-tune.tf2.reexport", "literal", way="layer")
@pytest.mark.parametrize("model", ["tf2-batchnorm"])
def test_save_a_tuned_layer(tf, hub, role, handle, outlives, tmp_path):
    """tf.saved_model.save(layer.resolved_object, path) of a tuned layer; hub.KerasLayer(path) has its values."""
    layer = public(hub, "KerasLayer")(handle, trainable=True)
    values = _tune(layer)
    path = str(tmp_path / "tuned")
    public(tf, "saved_model.save")(layer.resolved_object, path)
    _check_reloaded(tf, hub, role, path, values, outlives)
    again = public(hub, "KerasLayer")(path, trainable=True)
    _check_same(again.weights, values, "a layer of the saved model has the tuned values")


@probe("tf2-savedmodel.fine-tune.tf2.reexport", "literal", way="keras-model")
@rejects(*NOT_A_LAYER_OF_KERAS_3)
@pytest.mark.parametrize("model", ["tf2-batchnorm"])
def test_save_a_tuned_model(tf, hub, keras, role, handle, outlives, tmp_path):
    """tf.saved_model.save(model, path) of a tf.keras.Sequential with the tuned layer; hub.load(path) has its values."""
    layer = public(hub, "KerasLayer")(handle, trainable=True, input_shape=[reference.FEATURES])
    model = keras.Sequential([layer])
    values = _tune(layer)
    path = str(tmp_path / "tuned")
    public(tf, "saved_model.save")(model, path)
    _check_reloaded(tf, hub, role, path, values, outlives)


@probe("tf2-savedmodel.fine-tune.tf2.keras-layer.signature", "literal")
@pytest.mark.parametrize("model", ["tf2-signatures", "tf2-keras"])
def test_signature_does_not_train(tf, hub, handle):
    """hub.KerasLayer(handle, signature=..., trainable=True) is made, and its call is a ValueError."""
    layer = public(hub, "KerasLayer")(
        handle, signature="serving_default", signature_outputs_as_dict=True, trainable=True
    )
    checks.refused(
        lambda: layer(tf.constant(reference.INPUTS)),
        "ValueError",
        r"trainable.*(unsupported|not supported)",
        "a layer of a signature that is to train is refused when it is called",
    )


def _train_in_function(tf, call, variables, loaded):
    @tf.function
    def step(inputs, targets):
        with tf.GradientTape() as tape:
            loss = steps.mean_squared_error(tf, call(inputs), targets) + loaded.regularization_losses[0]()
        for variable, gradient in zip(variables, tape.gradient(loss, list(variables))):
            variable.assign_sub(subjects.RATE * gradient)

    for _ in range(2):
        step(tf.constant(reference.INPUTS), tf.constant(reference.TARGETS))


def _descend(tf, tape, loss, variables):
    for variable, gradient in zip(variables, tape.gradient(loss, list(variables))):
        checks.holds(gradient is not None, "the tape watches {}".format(variable.name), "no gradient")
        variable.assign_sub(subjects.RATE * tf.convert_to_tensor(gradient))


def _after_two_steps(role):
    """A subjects.Training of what must be there after two steps on the same batch."""
    first = subjects.training(role)
    if role == "dense":
        kernel, bias = reference.dense_step(subjects.RATE, **first.trained)
        return first._replace(trained={"kernel": kernel, "bias": bias})
    kernel, gamma, beta = reference.batchnorm_step(subjects.RATE, **first.trained)
    mean, variance = reference.moving_averages(
        reference.INPUTS, first.trained["kernel"], first.updated["moving_mean"], first.updated["moving_variance"]
    )
    return first._replace(
        trained={"kernel": kernel, "gamma": gamma, "beta": beta},
        updated={"moving_mean": mean, "moving_variance": variance},
    )


def _tune(model):
    """Moves each variable of a loaded object or layer by an amount of its own; gives the values by role."""
    for number, variable in enumerate(model.variables):
        variable.assign_add(np.full(variable.shape.as_list(), (number + 1) / 7, np.float32))
    return _by_role(model.variables)


def _check_reloaded(tf, hub, role, path, values, outlives):
    """What was saved has the tuned values, computes with them, and keeps what trains and the regularization loss."""
    loaded, expected = public(hub, "load")(path), subjects.training(role)
    _check_same(loaded.variables, values, "what was saved has the tuned values")
    steps.check_roles(loaded.trainable_variables, expected.trained, "the same variables train as before")
    outlives(path, batches=[expected.inputs], expected=[_computed(role, expected.inputs, values)])
    inputs = steps.tensor(tf, expected.inputs)
    checks.equal(loaded(inputs).numpy(), _computed(role, expected.inputs, values), "it infers with the tuned values")
    if role != "text":
        losses = [loss().numpy() for loss in loaded.regularization_losses]
        checks.equal(losses, [reference.regularization_loss(values["kernel"])], "its loss is that of the tuned kernel")
    if role in ("batchnorm", "keras"):
        trained = reference.batchnorm_training(expected.inputs, values["kernel"], values["gamma"], values["beta"])
        with tf.GradientTape() as tape:
            outputs = loaded(inputs, training=True)
            loss = steps.mean_squared_error(tf, outputs, expected.targets) + loaded.regularization_losses[0]()
        checks.equal(outputs.numpy(), trained, "it still trains with training=True")
        _descend(tf, tape, loss, loaded.trainable_variables)
        start = {name: values[name] for name in expected.trained}
        after = dict(zip(("kernel", "gamma", "beta"), reference.batchnorm_step(subjects.RATE, **start)))
        for name, value in after.items():
            checks.equal(_by_role(loaded.variables)[name], value, "{} takes a step from there".format(name))


def _computed(role, inputs, values):
    """Inference with these values, by NumPy."""
    if role == "dense":
        return reference.dense(inputs, values["kernel"], values["bias"], values["scale"])
    if role == "text":
        return reference.text(inputs, values["embedding"])
    names = ("kernel", "gamma", "beta", "moving_mean", "moving_variance")
    return reference.batchnorm(inputs, *(values[name] for name in names))


def _by_role(variables):
    return checks.by_role([(variable.name, variable.numpy()) for variable in variables])


def _role_of(variable):
    return next(iter(checks.by_role([(variable.name, None)])))


def _check_same(variables, values, rule):
    """The variables have these values, to the bit."""
    found = _by_role(variables)
    checks.holds(sorted(found) == sorted(values), "{}: the same variables".format(rule), sorted(found))
    for name, value in values.items():
        checks.holds(bool((found[name] == value).all()), "{}, to the bit: {}".format(rule, name), found[name])


def _check_differs(model, values):
    for name, value in _by_role(model.variables).items():
        checks.holds(
            not (value == values[name]).any(), "a fresh load knows nothing of the tuning of {}".format(name), value
        )
