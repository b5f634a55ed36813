"""TF1 Hub format, fine-tuning in TF2: what is refused, and gradients through control flow."""

import numpy as np
import pytest

from conformance.inside import checks
from conformance.inside.models import reference
from conformance.inside.probe import probe, public, rejects
from conformance.inside.probes import steps, subjects
from conformance.inside.probes.refusals import NOT_A_LAYER_OF_KERAS_3, NOT_TRAINABLE


@probe("tf1-hub.fine-tune.tf2.keras-layer-refuses", "literal")
@pytest.mark.parametrize("model", ["tf1-dense", "tf1-text"])
def test_trainable_layer_is_refused(tf, hub, role, handle):
    """Called while layer.trainable is true, from the start or later, the layer is a ValueError; set back, it works."""
    inputs = steps.tensor(tf, subjects.batches(role)[0])
    layer = public(hub, "KerasLayer")(handle, signature="default", trainable=True)
    checks.refused(lambda: layer(inputs), *NOT_TRAINABLE, rule="a trainable layer is refused")
    checks.refused(lambda: layer(inputs, training=False), *NOT_TRAINABLE, rule="so it is when not training")
    later = hub.KerasLayer(handle, signature="default")
    for trainable in (False, True, False):
        later.trainable = trainable
        if trainable:
            checks.refused(lambda: later(inputs), *NOT_TRAINABLE, rule="what became trainable is refused")
        else:
            steps.check_inference_eagerly(tf, role, later)


@probe("tf1-hub.fine-tune.tf2", "implied", way="keras-layer")
@rejects(*NOT_TRAINABLE)
@rejects(*NOT_A_LAYER_OF_KERAS_3)
@pytest.mark.parametrize("model", ["tf1-dense"])
def test_keras_layer_fit(tf, hub, keras, role, handle):
    """hub.KerasLayer(handle, signature="default", trainable=True) in a tf.keras.Sequential, by Model.fit()."""
    expected = subjects.training(role)
    layer = public(hub, "KerasLayer")(handle, signature="default", trainable=True, input_shape=[reference.FEATURES])
    model = keras.Sequential([layer])
    model.compile(keras.optimizers.SGD(subjects.RATE), "mse")
    model.fit(expected.inputs, expected.targets, batch_size=len(expected.inputs), epochs=1, verbose=0)
    values = checks.by_role([(weight.name, weight.numpy()) for weight in layer.weights])
    steps.check_after_step(values, expected)


@probe("tf1-hub.fine-tune.tf2.loop-gradient", "literal")
@pytest.mark.parametrize("model", ["tf1-variety"])
def test_gradient_through_a_loop(tf, hub, handle):
    """A gradient tape around hub.load(handle).signatures["loop"], whose graph has a tf.while_loop."""
    loop = public(hub, "load")(handle).signatures["loop"]
    inputs = tf.constant(reference.INPUTS)
    checks.equal(loop(inputs)["default"].numpy(), reference.looped(reference.INPUTS), "without a tape it computes")
    with tf.GradientTape() as tape:
        tape.watch(inputs)
        outputs = loop(inputs)["default"]
    checks.equal(outputs.numpy(), reference.looped(reference.INPUTS), "under the tape it computes")
    row = 2.0**reference.LOOPS * reference.KERNEL.sum(axis=1)
    checks.equal(tape.gradient(outputs, inputs).numpy(), np.tile(row, (len(reference.INPUTS), 1)), "the gradient")


@probe("tf1-hub.fine-tune.tf2", "implied", way="gradient-tape")
@pytest.mark.parametrize("model", ["tf1-partitioned"])
def test_gradient_through_a_conditional(tf, hub, handle):
    """A gradient tape over the variables of hub.load(handle), around a signature with a tf.cond in its graph."""
    loaded = public(hub, "load")(handle)
    [kernel] = [variable for variable in loaded.variables if variable.name == "kernel:0"]
    with tf.GradientTape() as tape:
        outputs = loaded.signatures["choice"](tf.constant(reference.INPUTS))["default"]
    expected = np.tile(reference.INPUTS.sum(axis=0)[:, np.newaxis], (1, reference.UNITS))
    checks.equal(tape.gradient(outputs, kernel).numpy(), expected, "the gradient equals NumPy's")
