"""Keras models with a hub.KerasLayer in them, as people keep them: tuned, with a layer of their own on top.

`role` is that of the fixture model in the layer, "same-names" for one whose two variables have one name.
"""

from collections import namedtuple

import numpy as np

from conformance.inside.models import reference
from conformance.inside.models.tf2_savedmodel import reusable

HEAD_KERNEL = np.array([[0.5, -1.0], [0.25, 2.0], [-1.5, 0.75], [1.0, -0.5]], np.float32)  # its first rows are used
HEAD_BIAS = np.array([-0.5, 0.75], np.float32)
FIRST, SECOND = np.array([1.0, 2.0, -3.0], np.float32), np.array([10.0, -20.0, 0.5], np.float32)  # of "same-names"

Known = namedtuple("Known", "values outputs trainable loss")
Known.__doc__ = """A tuned model by NumPy: the values of its weights in Keras' order, the outputs for each batch, the
names of the weights that train (their last part), the regularization loss (or None)."""

_WEIGHTS = {
    "batchnorm": ["KERNEL", "GAMMA", "BETA", "MOVING_MEAN", "MOVING_VARIANCE"],
    "dense": ["KERNEL", "BIAS", "SCALE"],
    "text": ["EMBEDDING"],
}


def build(tf, hub, keras, handle, role, trainable=True, **options):
    """A tf.keras.Sequential of the layer and a Dense layer, not compiled."""
    shape, dtype = ([], tf.string) if role == "text" else ([reference.FEATURES], tf.float32)
    layer = hub.KerasLayer(handle, trainable=trainable, input_shape=shape, dtype=dtype, **options)
    return keras.Sequential([layer, keras.layers.Dense(2, name="head")])


def tune(model, role):
    """Gives the model's weights values of their own, as a training would; says what it must be from then on."""
    known = tuned(role)
    model.set_weights(known.values)
    return known


def tuned(role):
    """What `tune` makes of the model, by NumPy alone."""
    originals = [FIRST, SECOND] if role == "same-names" else [getattr(reference, name) for name in _WEIGHTS[role]]
    inner = [np.float32(value + (number + 1) / 7) for number, value in enumerate(originals)]
    width = {"text": 4, "same-names": 3}.get(role, 2)
    head = HEAD_KERNEL[:width]
    features = [_features(role, batch, inner) for batch in batches(role)]
    outputs = [(one.astype(np.float64) @ head + HEAD_BIAS).astype(np.float32) for one in features]
    values = inner + [head, HEAD_BIAS]
    names = {
        "batchnorm": ["beta", "bias", "gamma", "kernel", "kernel"],
        "dense": ["bias", "bias", "kernel", "kernel"],
        "text": ["bias", "embedding", "kernel"],
        "same-names": ["Variable", "Variable", "bias", "kernel"],
    }[role]
    loss = reference.regularization_loss(inner[0]) if role in ("batchnorm", "dense") else None
    return Known(values, outputs, names, loss)


def batches(role):
    """Two input batches of different sizes."""
    return (
        [reference.SENTENCES, reference.SENTENCES[1:3]]
        if role == "text"
        else [
            reference.INPUTS,
            reference.OTHER_INPUTS,
        ]
    )


def same_names(tf, _folder):
    """A reusable model whose two variables are both called "Variable", as they are if nobody names them."""

    class SameNames(reusable(tf)):
        def __init__(self):
            super(SameNames, self).__init__()
            self.first, self.second = tf.Variable(FIRST), tf.Variable(SECOND)
            self.holds([self.first, self.second])

        @tf.function(input_signature=[tf.TensorSpec([None, reference.FEATURES], tf.float32)])
        def __call__(self, inputs):
            return inputs * self.first + self.second

    return SameNames(), {}


def _features(role, batch, values):
    if role == "text":
        return reference.text(batch, *values)
    if role == "same-names":
        return batch * values[0] + values[1]
    if role == "dense":
        return reference.dense(batch, *values)
    return reference.batchnorm(batch, *values)
