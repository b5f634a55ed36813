"""Defects that show only inside what users put around a call, with other inputs, or after many loads."""

from __future__ import annotations

from conformance.trial.inside.planting import defect, replace
from conformance.trial.inside.small_changes import drift, map_tensors

LAYER = "tensorflow_hub.keras_layer"
LOAD = "tensorflow_hub.module_v2"


@defect("layer-drifts-inside-functions", LAYER)
def _drifts_inside_functions(keras_layer):
    """Right when called eagerly; a thousandth too large wherever a graph is traced around it."""
    import tensorflow as tf

    def call(original, self, inputs, training=None):
        outputs = original(self, inputs, training=training)
        return outputs if tf.executing_eagerly() else map_tensors(drift, outputs)

    replace(keras_layer.KerasLayer, "call", call)


@defect("layer-forgets-its-dtype", LAYER)
def _forgets_its_dtype(keras_layer):
    """The option dtype is dropped, so that the policy of Keras decides."""

    def make(original, self, handle, **options):
        options.pop("dtype", None)
        original(self, handle, **options)

    replace(keras_layer.KerasLayer, "__init__", make)


@defect("layer-adds-a-batch", LAYER)
def _adds_a_batch(keras_layer):
    """An input that lacks its batch is silently given one, instead of being refused."""
    import tensorflow as tf

    def call(original, self, inputs, training=None):
        if tf.is_tensor(inputs) and inputs.shape.rank == 1 and inputs.dtype == tf.float32:
            inputs = tf.expand_dims(inputs, 0)
        return original(self, inputs, training=training)

    replace(keras_layer.KerasLayer, "call", call)


@defect("load-keeps-what-it-loaded", LOAD)
def _keeps_what_it_loaded(module_v2):
    """Everything that was ever loaded stays in memory."""
    kept = []

    def load(original, *args, **kwargs):
        loaded = original(*args, **kwargs)
        kept.append(loaded)
        return loaded

    replace(module_v2, "load", load)
