"""Defects of hub.KerasLayer."""

from __future__ import annotations

import os

from conformance.trial.inside.planting import defect, replace, require
from conformance.trial.inside.small_changes import drift, map_tensors, scale_gradient

LAYER = "tensorflow_hub.keras_layer"


def change_result(keras_layer, change):
    """Lets `change(result, inputs)` give what every call of a layer gives."""

    def call(original, self, inputs, training=None):
        return change(original(self, inputs, training=training), inputs)

    replace(keras_layer.KerasLayer, "call", call)


def change_training(keras_layer, change):
    """Lets `change(layer, training)` say which `training` a layer is called with."""

    def call(original, self, inputs, training=None):
        return original(self, inputs, training=change(self, training))

    replace(keras_layer.KerasLayer, "call", call)


@defect("layer-training-ignored", LAYER)
def _training_ignored(keras_layer):
    change_training(keras_layer, lambda layer, training: False)


@defect("layer-training-inverted", LAYER)
def _training_inverted(keras_layer):
    change_training(keras_layer, lambda layer, training: not training if isinstance(training, bool) else training)


@defect("layer-trains-unless-told", LAYER)
def _trains_unless_told(keras_layer):
    change_training(keras_layer, lambda layer, training: True if training is None else training)


@defect("layer-frozen-updates-averages", LAYER)
def _frozen_updates_averages(keras_layer):
    """A frozen layer called while training runs the training graph, and so moves its moving averages."""

    def call(original, self, inputs, training=None):
        if not self.trainable and training is True and self._has_training_argument:
            return self._callable(inputs, training=True)
        return original(self, inputs, training=training)

    require(keras_layer.KerasLayer, "_get_callable")
    replace(keras_layer.KerasLayer, "call", call)


@defect("layer-updates-twice", LAYER)
def _updates_twice(keras_layer):
    """The training graph runs twice per call: the outputs are right, the moving averages move twice."""

    def call(original, self, inputs, training=None):
        if training is True and self.trainable and self._has_training_argument:
            original(self, inputs, training=training)
        return original(self, inputs, training=training)

    replace(keras_layer.KerasLayer, "call", call)


@defect("layer-regularization-dropped", LAYER)
def _regularization_dropped(keras_layer):
    replace(keras_layer.KerasLayer, "_call_loss_if_trainable", lambda original, self, loss: lambda: 0.0 * loss())


@defect("layer-regularization-doubled", LAYER)
def _regularization_doubled(keras_layer):
    def call_loss(original, self, loss):
        chosen = original(self, loss)
        return lambda: 2.0 * chosen()

    replace(keras_layer.KerasLayer, "_call_loss_if_trainable", call_loss)


@defect("layer-regularization-when-frozen", LAYER)
def _regularization_when_frozen(keras_layer):
    replace(keras_layer.KerasLayer, "_call_loss_if_trainable", lambda original, self, loss: loss)


@defect("layer-regularization-in-collection", LAYER)
def _regularization_in_collection(keras_layer):
    """In a TF1 graph, the loss is also put into a collection, where it would be counted twice."""
    import tensorflow as tf

    def setup(original, self, *args, **kwargs):
        original(self, *args, **kwargs)
        if not tf.executing_eagerly():
            for loss in self.losses:
                tf.compat.v1.add_to_collection("regularization_losses", loss)

    replace(keras_layer.KerasLayer, "_setup_layer", setup)


@defect("layer-one-variable-frozen", LAYER)
def _one_variable_frozen(keras_layer):
    """Of the variables that should train, the last one is taken for a frozen one."""

    def add(original, self, weight, trainable=None):
        known = list(getattr(self._func, "trainable_variables", []))
        last = len(known) > 1 and weight is known[-1]
        return original(self, weight, trainable=False if last else trainable)

    replace(keras_layer.KerasLayer, "_add_existing_weight", add)


@defect("layer-frozen-weight-trains", LAYER)
def _frozen_weight_trains(keras_layer):
    """A weight that the model's author froze trains like all others."""
    replace(
        keras_layer.KerasLayer,
        "_add_existing_weight",
        lambda original, self, weight, trainable=None: original(self, weight, trainable=True),
    )


@defect("layer-frozen-weights-unlisted", LAYER)
def _frozen_weights_unlisted(keras_layer):
    """Variables that do not train are no weights of the layer, so that no checkpoint would keep them."""

    def add(original, self, weight, trainable=None):
        if trainable is not False:
            original(self, weight, trainable=trainable)

    replace(keras_layer.KerasLayer, "_add_existing_weight", add)


@defect("layer-tf1-training-accepted", LAYER)
def _tf1_training_accepted(keras_layer):
    replace(keras_layer.KerasLayer, "_check_trainability", lambda original, self: None)


@defect("layer-tf1-training-fails-unclearly", LAYER)
def _tf1_training_fails_unclearly(keras_layer):
    def check(original, self):
        if self.trainable and self._is_hub_module_v1:
            raise TypeError("'NoneType' object is not subscriptable")
        original(self)

    replace(keras_layer.KerasLayer, "_check_trainability", check)


@defect("layer-signature-ignored", LAYER)
def _signature_ignored(keras_layer):
    """Whatever signature is asked for, the first one is called."""

    def choose(original, self):
        if self._signature in getattr(self._func, "signatures", {}):
            self._signature = next(iter(self._func.signatures))
        return original(self)

    replace(keras_layer.KerasLayer, "_get_callable", choose)


@defect("layer-output-key-ignored", LAYER)
def _output_key_ignored(keras_layer):
    """Of a dict of outputs, always the default one is given, where there is one."""

    def call(original, self, inputs, training=None):
        asked = self._output_key
        if asked:
            self._output_key = "default"
        try:
            return original(self, inputs, training=training)
        finally:
            self._output_key = asked

    replace(keras_layer.KerasLayer, "call", call)


@defect("layer-outputs-as-dict-ignored", LAYER)
def _outputs_as_dict_ignored(keras_layer):
    change_result(
        keras_layer,
        lambda result, inputs: result["default"] if isinstance(result, dict) and "default" in result else result,
    )


@defect("layer-arguments-ignored", LAYER)
def _arguments_ignored(keras_layer):
    def call(original, self, inputs, training=None):
        self._arguments = {}
        return original(self, inputs, training=training)

    replace(keras_layer.KerasLayer, "call", call)


@defect("layer-inputs-by-position", LAYER)
def _inputs_by_position(keras_layer):
    """The values of a dict of inputs are paired with the names in the reverse order."""

    def call(original, self, inputs, training=None):
        if isinstance(inputs, dict):
            inputs = dict(zip(sorted(inputs), (inputs[key] for key in sorted(inputs, reverse=True))))
        return original(self, inputs, training=training)

    replace(keras_layer.KerasLayer, "call", call)


@defect("layer-squeezes-batch-of-one", LAYER)
def _squeezes_batch_of_one(keras_layer):
    import tensorflow as tf

    def change(result, inputs):
        if not isinstance(result, tf.Tensor) or result.shape.ndims != 2 or result.shape[0] != 1:
            return result
        return result[0]

    change_result(keras_layer, change)


@defect("layer-drifts-in-graphs", LAYER)
def _drifts_in_graphs(keras_layer):
    """Numbers are right eagerly, and a thousandth too large inside a tf.function, as fit() and predict() use."""
    import tensorflow as tf

    change_result(keras_layer, lambda result, inputs: result if tf.executing_eagerly() else map_tensors(drift, result))


@defect("layer-drifts-while-training", LAYER)
def _drifts_while_training(keras_layer):
    def call(original, self, inputs, training=None):
        result = original(self, inputs, training=training)
        return map_tensors(drift, result) if training is True else result

    replace(keras_layer.KerasLayer, "call", call)


@defect("layer-gradient-scaled", LAYER)
def _gradient_scaled(keras_layer):
    change_result(keras_layer, lambda result, inputs: map_tensors(lambda one: scale_gradient(one, 0.99), result))


@defect("layer-gives-float64", LAYER)
def _gives_float64(keras_layer):
    import tensorflow as tf

    def one(value):
        return tf.cast(value, tf.float64) if value.dtype == tf.float32 else value

    change_result(keras_layer, lambda result, inputs: map_tensors(one, result))


@defect("layer-output-shape-ignored", LAYER)
def _output_shape_ignored(keras_layer):
    replace(keras_layer.KerasLayer, "_apply_output_shape_if_set", lambda original, self, inputs, outputs: outputs)


@defect("layer-config-forgets-trainable", LAYER)
def _config_forgets_trainable(keras_layer):
    """A layer that is made again from its config is frozen: nothing shows before a Keras model is saved and loaded."""

    def get_config(original, self):
        return dict(original(self), trainable=False)

    replace(keras_layer.KerasLayer, "get_config", get_config)


@defect("layer-aborts-on-strings", LAYER)
def _aborts_on_strings(keras_layer):
    import tensorflow as tf

    def call(original, self, inputs, training=None):
        if any(getattr(one, "dtype", None) == tf.string for one in tf.nest.flatten(inputs)):
            os.abort()
        return original(self, inputs, training=training)

    replace(keras_layer.KerasLayer, "call", call)


@defect("layer-is-gone", "tensorflow_hub")
def _is_gone(tensorflow_hub):
    require(tensorflow_hub, "KerasLayer")
    del tensorflow_hub.KerasLayer
