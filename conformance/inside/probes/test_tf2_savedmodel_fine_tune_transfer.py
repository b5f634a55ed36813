"""TF2 SavedModel, transfer learning: a frozen model between parts that train."""

import numpy as np
import pytest

from conformance.inside import checks
from conformance.inside.models import reference
from conformance.inside.probe import probe, public, rejects
from conformance.inside.probes import subjects
from conformance.inside.probes.refusals import NOT_A_LAYER_OF_KERAS_3

HEAD_KERNEL = np.array([[0.5, -1.0], [0.25, 2.0]], np.float32)  # [UNITS, UNITS]
HEAD_BIAS = np.array([-0.5, 0.75], np.float32)
UPSTREAM = np.array([[1.0, -2.0], [0.5, 0.0], [-1.0, 3.0], [2.0, 0.25]], np.float32)  # of the loss by the outputs


@probe("tf2-savedmodel.fine-tune.tf1.fit", "implied")
@probe("tf2-savedmodel.fine-tune.tf2.keras-layer", "implied")
@rejects(*NOT_A_LAYER_OF_KERAS_3)
@pytest.mark.parametrize("model", ["tf2-batchnorm"])
def test_keras_layer_fit_of_a_head(tf, hub, keras, role, handle):
    """A frozen hub.KerasLayer below a Dense layer in a tf.keras.Sequential, trained by Model.fit() for one step: the
    Dense layer takes its step, and not a bit of the frozen layer moves."""
    frozen = public(hub, "KerasLayer")(handle, input_shape=[reference.FEATURES])
    head = keras.layers.Dense(reference.UNITS)
    model = keras.Sequential([frozen, head])
    head.set_weights([HEAD_KERNEL, HEAD_BIAS])
    before = frozen.get_weights()
    model.compile(keras.optimizers.SGD(subjects.RATE), "mse")
    model.fit(reference.INPUTS, reference.TARGETS, batch_size=len(reference.INPUTS), epochs=1, verbose=0)
    for was, value in zip(before, frozen.get_weights()):
        checks.holds(bool((was == value).all()), "a frozen layer keeps its weights, to the bit", value)
    features = reference.batchnorm(reference.INPUTS)
    expected = reference.dense_step(
        subjects.RATE, features, regularized=False, kernel=HEAD_KERNEL, bias=HEAD_BIAS, scale=np.float32(1)
    )
    for value, of_step in zip(head.get_weights(), expected):
        checks.equal(value, of_step, "the layer above takes the gradient step computed by hand")


@probe("tf2-savedmodel.fine-tune.tf2.hub-load", "implied")
@probe("tf2-savedmodel.fine-tune.tf2.keras-layer", "implied")
@pytest.mark.parametrize("way", ["load", "KerasLayer"])
@pytest.mark.parametrize("model", ["tf2-dense"])
def test_gradient_of_the_inputs(tf, hub, handle, way):
    """A gradient tape over the inputs of a model that is not trained: parts below it can train through it."""
    call = public(hub, way)(handle)
    inputs = tf.Variable(reference.INPUTS)
    for batch in (inputs, tf.identity(inputs)):
        with tf.GradientTape() as tape:
            tape.watch(batch)
            loss = tf.reduce_sum(call(tf.identity(batch)) * UPSTREAM)
        expected = reference.SCALE * UPSTREAM @ reference.KERNEL.T
        checks.equal(tape.gradient(loss, batch).numpy(), expected, "the gradient by the inputs equals NumPy's")
