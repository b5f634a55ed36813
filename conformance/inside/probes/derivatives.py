"""Derivatives of a call, as data: how each is computed by TensorFlow, and what it is by NumPy.

The call is the dense model: scale * (inputs @ kernel + bias). Its sum of squares has a gradient that depends on the
inputs, and a gradient of that gradient's own sum of squares; its outputs have a constant Jacobian.
"""

import numpy as np

from conformance.inside.models import reference
from conformance.inside.probe import public

INPUTS = reference.INPUTS
DIRECTION = reference.INPUTS[::-1].copy()  # in which a forward derivative is taken
_KERNEL, _SCALE = reference.KERNEL.astype(np.float64), np.float64(reference.SCALE)


def of_inputs():
    """The gradient of the sum of squared outputs with respect to the inputs."""
    return (2 * _SCALE * reference.dense(INPUTS).astype(np.float64) @ _KERNEL.T).astype(np.float32)


def of_gradient():
    """The gradient of that gradient's own sum of squares."""
    return (2 * of_inputs().astype(np.float64) @ (2 * _SCALE**2 * _KERNEL @ _KERNEL.T)).astype(np.float32)


def of_each_row():
    """The Jacobian of each row: [batch, outputs, inputs]."""
    return np.tile((_SCALE * _KERNEL.T).astype(np.float32), [len(INPUTS), 1, 1])


def along():
    """The derivative of the outputs along DIRECTION."""
    return (_SCALE * DIRECTION.astype(np.float64) @ _KERNEL).astype(np.float32)


def _squares(tf, outputs):
    return tf.reduce_sum(tf.square(outputs))


def _inputs(tf, call):
    inputs = tf.constant(INPUTS)
    with tf.GradientTape() as tape:
        tape.watch(inputs)
        squares = _squares(tf, call(inputs))
    return tape.gradient(squares, inputs)


def _second_order(tf, call):
    inputs = tf.constant(INPUTS)
    with tf.GradientTape() as outer:
        outer.watch(inputs)
        with tf.GradientTape() as inner:
            inner.watch(inputs)
            squares = _squares(tf, call(inputs))
        again = _squares(tf, inner.gradient(squares, inputs))
    return outer.gradient(again, inputs)


def _batch_jacobian(tf, call):
    inputs = tf.constant(INPUTS)
    with tf.GradientTape(persistent=True) as tape:
        tape.watch(inputs)
        outputs = call(inputs)
    return tape.batch_jacobian(outputs, inputs)


def _forward(tf, call):
    inputs = tf.constant(INPUTS)
    with public(tf, "autodiff.ForwardAccumulator")(inputs, tf.constant(DIRECTION)) as accumulator:
        outputs = call(inputs)
    return accumulator.jvp(outputs)


def _gradients_in_function(tf, call):
    """tf.gradients inside a tf.function."""
    return tf.function(lambda inputs: tf.gradients(_squares(tf, call(inputs)), [inputs])[0])(tf.constant(INPUTS))


EAGERLY = {
    "inputs": (_inputs, of_inputs),
    "second-order": (_second_order, of_gradient),
    "batch-jacobian": (_batch_jacobian, of_each_row),
    "forward": (_forward, along),
    "gradients-in-function": (_gradients_in_function, of_inputs),
}


def _graph_inputs(tf, call):
    inputs = tf.constant(INPUTS)
    return tf.gradients(_squares(tf, call(inputs)), [inputs])[0]


def _graph_second_order(tf, call):
    inputs = tf.constant(INPUTS)
    first = tf.gradients(_squares(tf, call(inputs)), [inputs])[0]
    return tf.gradients(_squares(tf, first), [inputs])[0]


def _graph_stopped(tf, call):
    """What tf.stop_gradient keeps from the inputs; only what goes past it comes back."""
    inputs = tf.constant(INPUTS)
    outputs = call(inputs)
    return tf.gradients(_squares(tf, outputs) + _squares(tf, tf.stop_gradient(outputs)), [inputs])[0]


IN_GRAPHS = {
    "inputs": (_graph_inputs, of_inputs),
    "second-order": (_graph_second_order, of_gradient),
    "stopped": (_graph_stopped, of_inputs),
}
