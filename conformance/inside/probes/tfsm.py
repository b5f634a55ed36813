"""A Keras model around keras.layers.TFSMLayer, the way of Keras 3 to have a SavedModel in a model."""

from conformance.inside.fresh.loading import keras_computed
from conformance.inside.probe import public


def build(tf, handle, role):
    """A tf.keras.Sequential of the layer alone."""
    keras = tf.keras
    layer = public(keras, "layers.TFSMLayer")(handle, call_endpoint="__call__", trainable=True)
    inputs = keras.Input([], dtype="string") if role == "text" else keras.Input([3])
    return keras.Sequential([inputs, layer])


def of_file(tf, hub, path, batches, **options):
    """tf.keras.models.load_model(path, ...)."""
    return keras_computed(tf, tf.keras, tf.keras.models.load_model(path, **options), batches)


def of_weights(tf, hub, path, batches, handle, role):
    """The model is built anew; model.load_weights(path)."""
    model = build(tf, handle, role)
    model.load_weights(path)
    return keras_computed(tf, tf.keras, model, batches)
