"""What a fresh process is asked about a Keras model and a SavedModel that it loads, in this order or the other."""

from conformance.inside.fresh.loading import keras_computed


def load_model(tf, hub, path, batches, handle, file_first):
    """hub.load(handle) and tf.keras.models.load_model(path); `of_tf_keras`: whether that gives a tf.keras.Model."""
    if not file_first:
        hub.load(handle)
    model = tf.keras.models.load_model(path)
    if file_first:
        hub.load(handle)
    found = keras_computed(tf, tf.keras, model, batches)
    return dict(found, of_tf_keras=isinstance(model, tf.keras.Model))
