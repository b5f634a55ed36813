"""hub.KerasLayer inside what Keras puts around a layer: wrappers, dtype policies, eager switches, two devices."""

import functools

import numpy as np
import pytest

from conformance.inside import checks
from conformance.inside.models import reference
from conformance.inside.probe import probe, public, rejects
from conformance.inside.probes import devices, steps, subjects, surroundings
from conformance.inside.probes.api import v2
from conformance.inside.probes.refusals import NOT_A_LAYER_OF_KERAS_3

NOT_A_LAYER_TO_WRAP = ("ValueError", r"Please initialize `?TimeDistributed|Only instances of|layer to wrap")
OPTIONS = {  # name -> (keras, optimizer) -> the optimizer that is compiled, and more options
    "jit-compile": lambda keras, sgd: (sgd(), {"jit_compile": True}),
    "loss-scale": lambda keras, sgd: (public(keras, "mixed_precision.LossScaleOptimizer")(sgd()), {}),
    "moving-average": lambda keras, sgd: (sgd(use_ema=True, ema_momentum=MOMENTUM), {"kept": MOMENTUM}),
}
MOMENTUM = 0.75  # of the moving averages
SCOPES = {
    "mixed-float16": lambda tf: surroundings.policy(tf, "mixed_float16"),
    "functions-eagerly": surroundings.functions_eagerly,
}
STEPS = 2  # of the sequence that a TimeDistributed gets: four rows become two sequences


def check_fit(keras, layer, role="dense", optimizer=None, kept=0.0, **options):
    """One batch, one step in a Sequential: loss, weights and prediction against NumPy.

    kept: the share of the weights before the step in what fit() leaves.
    """
    expected = subjects.training(role)
    before = layer.get_weights()
    model = keras.Sequential([layer])
    model.compile(optimizer or keras.optimizers.SGD(subjects.RATE), "mse", **options)
    history = model.fit(expected.inputs, expected.targets, batch_size=len(expected.inputs), epochs=1, verbose=0)
    after = [(new - kept * old) / (1 - kept) for old, new in zip(before, layer.get_weights())]
    steps.check_after_step(checks.by_role(list(zip([weight.name for weight in layer.weights], after))), expected)
    checks.equal(np.float32(history.history["loss"][0]), expected.loss, "the loss that fit() reports equals NumPy's")


def trainable(hub, handle, **options):
    """The layer that the probes fit."""
    return public(hub, "KerasLayer")(handle, trainable=True, input_shape=[reference.FEATURES], **options)


@probe("tf2-savedmodel.fine-tune.tf2.fit-surroundings", "literal", way="{surrounding}")
@rejects(*NOT_A_LAYER_OF_KERAS_3)
@pytest.mark.parametrize("surrounding", sorted(SCOPES))
@pytest.mark.parametrize("model", ["tf2-dense"])
def test_fit(tf, hub, keras, handle, surrounding):
    """A trainable hub.KerasLayer in a tf.keras.Sequential, made, compiled and fitted in the surrounding."""
    with SCOPES[surrounding](tf):
        check_fit(keras, trainable(hub, handle))


@probe("tf2-savedmodel.fine-tune.tf2.fit-surroundings", "literal", way="run-eagerly")
@rejects(*NOT_A_LAYER_OF_KERAS_3)
@pytest.mark.parametrize("model", ["tf2-dense"])
def test_fit_run_eagerly(hub, keras, handle):
    """The same with compile(run_eagerly=True)."""
    check_fit(keras, trainable(hub, handle), run_eagerly=True)


@probe("tf2-savedmodel.fine-tune.tf2.fit-surroundings", "literal", way="clear-session")
@rejects(*NOT_A_LAYER_OF_KERAS_3)
@pytest.mark.parametrize("model", ["tf2-dense"])
def test_fit_after_clear_session(hub, keras, handle):
    """hub.KerasLayer(handle, trainable=True), tf.keras.backend.clear_session(), and then the model."""
    layer = trainable(hub, handle)
    public(keras, "backend.clear_session")()
    check_fit(keras, layer)


@probe("tf2-savedmodel.fine-tune.tf2.fit-options", "literal", way="{option}")
@rejects(*NOT_A_LAYER_OF_KERAS_3)
@pytest.mark.parametrize("option", sorted(OPTIONS))
@pytest.mark.parametrize("model", ["tf2-dense"])
def test_fit_options(keras, hub, handle, option):
    """A step of fit() with each option: the loss and the weights are NumPy's.

    With a moving average fit() leaves the average, which begins at the weights before the step.
    """
    optimizer, options = OPTIONS[option](keras, functools.partial(keras.optimizers.SGD, subjects.RATE))
    check_fit(keras, trainable(hub, handle), optimizer=optimizer, **options)


@probe("tf2-savedmodel.fine-tune.tf2.fit-surroundings.float32", "literal")
@rejects(*NOT_A_LAYER_OF_KERAS_3)
@pytest.mark.parametrize("model", ["tf2-dense"])
def test_fit_float32(tf, hub, keras, handle):
    """hub.KerasLayer(handle, trainable=True, dtype="float32") fitted under the policy mixed_float16."""
    with surroundings.policy(tf, "mixed_float16"):
        check_fit(keras, trainable(hub, handle, dtype="float32"), run_eagerly=True)


@probe("tf2-savedmodel.fine-tune.tf2.time-distributed", "literal")
@probe("tf2-savedmodel.fine-tune.tf1.time-distributed", "literal")
@rejects(*NOT_A_LAYER_TO_WRAP)
@pytest.mark.parametrize("model", ["tf2-dense"])
def test_time_distributed(tf, hub, keras, handle):
    """tf.keras.layers.TimeDistributed(hub.KerasLayer(handle, trainable=True)): one step of fit().

    Two sequences of two steps are the four rows of NumPy's batch.
    """
    expected = subjects.training("dense")
    inputs = expected.inputs.reshape(-1, STEPS, reference.FEATURES)
    targets = expected.targets.reshape(-1, STEPS, reference.UNITS)
    layer = public(hub, "KerasLayer")(handle, trainable=True)
    model = keras.Sequential([keras.layers.TimeDistributed(layer, input_shape=[STEPS, reference.FEATURES])])
    model.compile(keras.optimizers.SGD(subjects.RATE), "mse", run_eagerly=tf.executing_eagerly() or None)
    history = model.fit(inputs, targets, batch_size=len(inputs), epochs=1, verbose=0)
    values = checks.by_role(list(zip([weight.name for weight in layer.weights], layer.get_weights())))
    steps.check_after_step(values, expected)
    checks.equal(np.float32(history.history["loss"][0]), expected.loss, "the loss that fit() reports equals NumPy's")


@probe("tf2-savedmodel.fine-tune.tf1.optimizer-object", "literal")
@rejects(*NOT_A_LAYER_OF_KERAS_3)
@pytest.mark.parametrize("model", ["tf2-dense"])
def test_optimizer_object(hub, handle):
    """With v2 behaviour off: Model.compile(tf.keras.optimizers.SGD(...)), both of the TF2 names, and fit()."""
    keras = public(v2(), "keras")
    public(keras, "backend.clear_session")()
    check_fit(keras, trainable(hub, handle))


@probe("tf2-savedmodel.fine-tune.tf2.two-devices.made-outside", "literal")
@rejects(*NOT_A_LAYER_OF_KERAS_3)
@rejects("ValueError", r"created (under|in|outside)|was not created in the distribution strategy scope|strategy\.scope")
@pytest.mark.parametrize("model", ["tf2-dense"])
def test_two_devices_outside(fresh, handle):
    """The layer made before the scope of the strategy in which the model is compiled, and fitted."""
    loss, after = fresh.ask(devices.fit_made_outside, handle)
    expected = subjects.training("dense")
    steps.check_after_step(checks.by_role(list(after.items())), expected)
    checks.equal(np.float32(loss), expected.loss, "the loss that fit() reports equals NumPy's")


@probe("tf2-savedmodel.fine-tune.tf2.two-devices", "literal")
@pytest.mark.parametrize("model", ["tf2-dense"])
def test_two_devices(fresh, handle):
    """hub.KerasLayer(handle, trainable=True) in the scope of the strategy, and an own step in strategy.run()."""
    kernel, _ = reference.dense_step(subjects.RATE, regularized=False)
    checks.equal(fresh.ask(devices.step, handle), kernel, "the kernel took the step of the whole batch")
