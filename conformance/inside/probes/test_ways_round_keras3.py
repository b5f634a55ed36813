"""Ways round a Keras that refuses hub.KerasLayer: not only that they run, but that they train what they should.

Each way is asked the same: does it infer right, does `training` reach the model, do the moving averages move, do the
variables train, does the regularization loss arrive. What it silently loses is said, and how to notice it.
"""

import numpy as np
import pytest

from conformance.inside import checks
from conformance.inside.models import reference
from conformance.inside.models.following import START
from conformance.inside.probe import probe, public
from conformance.inside.probes import hearing, steps, subjects


@probe("tf2-savedmodel.fine-tune.tf2.around", "literal", way="own-layer")
@pytest.mark.parametrize("model", ["tf2-batchnorm"])
def test_own_layer(tf, hub, keras, lost, handle):
    """A layer of our own that calls what hub.load gave with `training`, in a Sequential, trained by Model.fit()."""
    loaded = public(hub, "load")(handle)
    layer = _layer_around(keras.layers.Layer, lambda inputs, training: loaded(inputs, training=training), loaded)
    _check_way(tf, keras, lost, keras.Sequential([layer]), loaded)


@probe("tf2-savedmodel.fine-tune.tf2.around", "literal", way="hub-layer-inside")
@pytest.mark.parametrize("model", ["tf2-batchnorm"])
def test_hub_layer_inside(tf, hub, keras, lost, handle):
    """A layer of our own that calls a trainable hub.KerasLayer, in a Sequential, trained by Model.fit()."""
    inner = public(hub, "KerasLayer")(handle, trainable=True)
    layer = _layer_around(keras.layers.Layer, lambda inputs, training: inner(inputs, training=training), inner)
    _check_way(tf, keras, lost, keras.Sequential([layer]), inner.resolved_object)


@probe("tf2-savedmodel.fine-tune.tf2.around", "literal", way="subclass")
@pytest.mark.parametrize("model", ["tf2-batchnorm"])
def test_subclass(tf, hub, keras, lost, handle):
    """A subclass of tf.keras.Model that calls a trainable hub.KerasLayer, trained by Model.fit()."""
    inner = public(hub, "KerasLayer")(handle, trainable=True)
    model = _layer_around(keras.Model, lambda inputs, training: inner(inputs, training=training), inner)
    _check_way(tf, keras, lost, model, inner.resolved_object, run_eagerly=False)


@probe("tf2-savedmodel.fine-tune.tf2.around", "literal", way="lambda")
@pytest.mark.parametrize("model", ["tf2-batchnorm"])
def test_lambda(tf, hub, keras, lost, handle):
    """tf.keras.layers.Lambda around what hub.load gave, in a Sequential, trained by Model.fit()."""
    loaded = public(hub, "load")(handle)
    _check_way(tf, keras, lost, keras.Sequential([keras.layers.Lambda(lambda inputs: loaded(inputs))]), loaded)


@probe("tf2-savedmodel.fine-tune.tf2.tfsm-layer", "literal")
@pytest.mark.parametrize("model", ["tf2-batchnorm"])
def test_tfsm_layer(tf, keras, lost, handle):
    """TFSMLayer(handle, call_endpoint="__call__", trainable=True) in a Sequential, trained by Model.fit()."""
    layer = public(keras, "layers.TFSMLayer")(handle, call_endpoint="__call__", trainable=True)
    _check_way(tf, keras, lost, keras.Sequential([layer]), layer)


@probe("tf2-savedmodel.load.tf2.tfsm-layer", "literal")
@pytest.mark.parametrize("model", ["tf2-text"])
def test_tfsm_layer_infers(tf, keras, role, handle):
    """TFSMLayer(handle, call_endpoint="__call__")."""
    layer = public(keras, "layers.TFSMLayer")(handle, call_endpoint="__call__")
    steps.check_inference_eagerly(tf, role, layer)


@probe("tf2-savedmodel.load.tf2.tfsm-layer.signatures", "literal")
@pytest.mark.parametrize("model", ["tf2-signatures"])
def test_tfsm_layer_of_two_inputs(tf, keras, handle):
    """TFSMLayer of a signature of two inputs, called with a dict."""
    layer = public(keras, "layers.TFSMLayer")(handle, call_endpoint="pair")
    left, right = tf.constant(reference.INPUTS), tf.constant(reference.INPUTS[::-1])
    got = {key: np.asarray(value) for key, value in layer({"left": left, "right": right}).items()}
    checks.same_outputs(got, reference.paired(reference.INPUTS, reference.INPUTS[::-1]), "outputs equal NumPy's")


@probe("tf1-hub.load.tf2.tfsm-layer", "literal", way="plain")
@pytest.mark.parametrize("model", ["tf1-dense"])
def test_tfsm_layer_of_a_module(tf, keras, role, handle):
    """TFSMLayer(handle, call_endpoint="default") of a TF1 Hub model with one graph."""
    layer = public(keras, "layers.TFSMLayer")(handle, call_endpoint="default")
    steps.check_inference_eagerly(tf, role, lambda inputs: layer(inputs)["default"])


@probe("tf1-hub.load.tf2.tfsm-layer", "literal", way="train-tag")
@pytest.mark.parametrize("model", ["tf1-batchnorm"])
def test_tfsm_layer_of_a_module_with_a_train_graph(tf, keras, role, handle):
    """TFSMLayer(handle, call_endpoint="default") of a TF1 Hub model that has a train graph as well."""
    layer = public(keras, "layers.TFSMLayer")(handle, call_endpoint="default")
    steps.check_inference_eagerly(tf, role, lambda inputs: layer(inputs)["default"])


@probe("tf2-savedmodel.fine-tune.tf2.own-train-step", "literal")
@pytest.mark.parametrize("model", ["tf2-batchnorm"])
def test_own_train_step(tf, hub, keras, handle):
    """A subclass of tf.keras.Model whose train_step descends on the loaded variables itself, by Model.fit()."""
    loaded, expected = public(hub, "load")(handle), subjects.training("batchnorm")

    class Tuned(keras.Model):
        def call(self, inputs, training=False):
            return loaded(inputs, training=training)

        def train_step(self, data):
            inputs, targets = data
            with tf.GradientTape() as tape:
                error = steps.mean_squared_error(tf, loaded(inputs, training=True), targets)
                loss = error + loaded.regularization_losses[0]()
            variables = list(loaded.trainable_variables)
            for variable, gradient in zip(variables, tape.gradient(loss, variables)):
                variable.assign_sub(subjects.RATE * gradient)
            return {"loss": loss}

    model = Tuned()
    model.compile("sgd", "mse", run_eagerly=True)
    model.fit(expected.inputs, expected.targets, batch_size=len(expected.inputs), epochs=1, verbose=0)
    steps.check_after_step(_values(loaded.variables), expected)


def _layer_around(base, call, held):
    class Around(base):
        def __init__(self):
            super(Around, self).__init__()
            self.held = held

        def call(self, inputs, training=False):
            return call(inputs, training)

    return Around()


def _check_way(tf, keras, lost, model, holder, run_eagerly=True):
    """One step by fit(); wrong numbers at inference are wrong values, and what training does not reach is lost.

    Args:
        holder: what has, or tracks, the model's variables.
        run_eagerly: whether fit() traces no graph, which takes most of its time: one way with a graph is enough.
    """
    expected = subjects.training("batchnorm")
    inputs = tf.constant(expected.inputs)
    with hearing.listening() as said:
        model.compile(keras.optimizers.SGD(subjects.RATE), "mse", run_eagerly=run_eagerly)
        inferred = np.asarray(model(inputs, training=False))
        checks.equal(inferred, reference.batchnorm(expected.inputs), "inference equals NumPy's")
        variables = list(getattr(holder, "variables", None) or holder.weights)
        trainable = list(model.trainable_weights)
        history = model.fit(expected.inputs, expected.targets, batch_size=len(expected.inputs), epochs=1, verbose=0)
    values = _values(variables)
    with_penalty = _is(values, expected.trained)
    moved = [name for name in sorted(START) if not _same(values[name], START[name])]
    averages = all(_same(values[name], value) for name, value in expected.updated.items())
    if not averages:
        checks.holds(not set(expected.updated) & set(moved), "moving averages move right or not at all", values)
        lost("training=True does not reach the model: it computes as in inference, and its moving averages stay put")
    loss = history.history["loss"][0]
    outputs = expected.outputs if averages else inferred
    error = reference.mean_squared_error(outputs, expected.targets)
    if not _same(loss, error + expected.regularization):
        checks.equal(np.float32(loss), error, "the loss that fit() reports, without the regularization loss")
        lost("the regularization loss does not arrive: the loss that fit() reports is without it")
    if not set(expected.trained) & set(moved):
        checks.holds(not trainable, "how to notice it: before fit(), model.trainable_weights is empty", trainable)
        lost(
            "nothing is trained, without an error: fit() leaves each of {} variables as it was; {}".format(
                len(expected.trained), hearing.about_training(said)
            )
        )
    elif not with_penalty:
        _check_step_without(values, averages, error, loss, expected)
    if not averages:
        same = [np.asarray(model(inputs, training=training)) for training in (True, False)]
        checks.equal(same[0], same[1], "how to notice it: model(x, training=True) equals model(x, training=False)")


def _check_step_without(values, averages, error, loss, expected):
    """The variables took a step, though not the full one: that of the loss which was minimized."""
    if averages:
        regularized = not _same(loss, error)
        stepped = reference.batchnorm_step(subjects.RATE, regularized=regularized)
        for name, value in zip(("kernel", "gamma", "beta"), stepped):
            checks.equal(values[name], value, "{} takes the step of the loss that is minimized".format(name))
        return
    for name, value in zip(("gamma", "beta"), _inference_step()):
        checks.equal(values[name], value, "{} takes the step of inference".format(name))


def _inference_step():
    """Gamma and beta after one step on the error of inference, whose statistics are constants."""
    hidden = reference.INPUTS.astype(np.float64) @ reference.KERNEL.astype(np.float64)
    normal = (hidden - reference.MOVING_MEAN) / np.sqrt(reference.MOVING_VARIANCE + np.float64(reference.EPSILON))
    outputs = reference.batchnorm(reference.INPUTS).astype(np.float64)
    gradient = 2 * (outputs - reference.TARGETS) / outputs.size
    gamma = reference.GAMMA - subjects.RATE * (gradient * normal).sum(axis=0)
    return gamma.astype(np.float32), (reference.BETA - subjects.RATE * gradient.sum(axis=0)).astype(np.float32)


def _values(variables):
    return checks.by_role([(variable.name, variable.numpy()) for variable in variables])


def _is(values, expected):
    return all(_same(values[name], value) for name, value in expected.items())


def _same(got, expected):
    return np.allclose(got, expected, rtol=checks.RELATIVE, atol=checks.ABSOLUTE)
