"""Small changes of numbers, as regressions of kernels and conversions make them."""

from __future__ import annotations

DRIFT = 1.001


def drift(value, factor=DRIFT):
    """A tensor of floats multiplied by a little more than one; anything else as it is."""
    import tensorflow as tf

    if not tf.is_tensor(value) or not value.dtype.is_floating or not hasattr(value, "shape"):
        return value
    return value * tf.constant(factor, value.dtype)


def scale_gradient(value, factor):
    """The same tensor of floats, through which gradients are multiplied by `factor`."""
    import tensorflow as tf

    if not tf.is_tensor(value) or not value.dtype.is_floating:
        return value
    part = tf.constant(factor, value.dtype)
    return value * part + tf.stop_gradient(value) * (1 - part)


def map_tensors(change, structure):
    """`change` of every tensor in a structure of tensors."""
    import tensorflow as tf

    return tf.nest.map_structure(change, structure)
