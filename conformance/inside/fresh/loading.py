"""What a fresh process is asked about an artifact: it loads it in one way, and says what it computes and what it holds.

Every function takes the artifact's path and a list of input batches (arrays, or dicts of them) and gives a dict:
`outputs`, one per batch; `variables`, (name, value) pairs; `trainable`, the names of those that train; `losses`, their
values.
"""

from __future__ import annotations

import importlib

import numpy as np


def hub_load(tf, hub, path, batches, signature=None, tags=None, call="__call__"):
    """hub.load(path), called as it is, by a method of it, or through one of its signatures."""
    loaded = hub.load(path) if tags is None else hub.load(path, tags=tags)
    function = loaded if call == "__call__" else getattr(loaded, call)
    if signature is not None:
        function = by_keyword(loaded.signatures[signature])
    variables = list(getattr(loaded, "variables", ()))
    trainable = list(getattr(loaded, "trainable_variables", ()))
    losses = list(getattr(loaded, "regularization_losses", None) or ())
    return computed(tf, function, batches, variables, trainable, lambda: [loss() for loss in losses])


def keras_layer(tf, hub, path, batches, **options):
    """hub.KerasLayer(path, **options)."""
    layer = hub.KerasLayer(path, **options)
    found = computed(tf, layer, batches, None, None, lambda: [])
    found["trainable"] = [one.name for one in layer.trainable_weights]
    return found


def hub_module(tf, hub, path, batches, signature="default", tags=None):
    """hub.Module(path, trainable=True, tags=tags)(inputs, signature, as_dict=True), with the graph's collections."""
    module = hub.Module(path, trainable=True, tags=tags)
    losses = lambda: tf.get_collection(tf.GraphKeys.REGULARIZATION_LOSSES)  # noqa: E731
    function = lambda batch: module(batch, signature=signature, as_dict=True)  # noqa: E731
    found = computed(tf, function, batches, tf.global_variables(), tf.trainable_variables(), losses)
    found["updates"] = len(tf.get_collection(tf.GraphKeys.UPDATE_OPS))
    return found


def keras_model(tf, hub, path, batches, keras="keras", known=("KerasLayer",), scope=False):
    """keras.models.load_model(path) with these classes of hub as custom objects."""
    module = keras_named(tf, keras)
    custom = {name: getattr(hub, name) for name in known}
    if scope:
        with module.utils.custom_object_scope(custom):
            model = module.models.load_model(path)
    else:
        model = module.models.load_model(path, custom_objects=custom or None)
    return keras_computed(tf, module, model, batches)


def computed(tf, function, batches, variables, trainable, losses):
    """Calls `function` in whichever way the mode does, and reads everything else after the last call."""
    if tf.executing_eagerly():
        outputs = [arrays(function(tensors(tf, batch))) for batch in batches]
        read = lambda found: [np.asarray(one) for one in found]  # noqa: E731
        return described(outputs, variables or (), trainable or (), read, losses)
    inputs = placeholders(tf, batches[0]) if batches else None
    fetches = function(inputs) if batches else None
    with tf.Session() as session:
        session.run([tf.global_variables_initializer(), tf.tables_initializer()])
        outputs = [session.run(fetches, feed(inputs, batch)) for batch in batches]
        return described(outputs, variables or (), trainable or (), session.run, losses)


def described(outputs, variables, trainable, read, losses):
    """The dict that every function here gives; `read` gives the values of variables and tensors."""
    pairs = zip([one.name for one in variables], read(list(variables)) if variables else ())
    of_losses = list(losses())
    return {
        "outputs": outputs,
        "variables": [(name, np.asarray(value)) for name, value in pairs],
        "trainable": [one.name for one in trainable],
        "losses": [np.float32(value) for value in (read(of_losses) if of_losses else ())],
    }


def keras_computed(tf, keras, model, batches):
    """The same of a Keras model; in graph mode, with the tables of its session initialized, as its user has to."""
    if tf.executing_eagerly():
        call = lambda batch: model(tensors(tf, batch), training=False)  # noqa: E731
        outputs = [arrays(call(batch)) for batch in batches]
        read = lambda found: [np.asarray(one) for one in found]  # noqa: E731
        found = described(outputs, (), (), read, lambda: model.losses)
    else:
        session = keras_session(keras)
        session.run(tf.tables_initializer())
        outputs = [session.run(model.outputs[0], {model.inputs[0]: feedable(batch)}) for batch in batches]
        found = described(outputs, (), (), session.run, lambda: model.losses)
    found["variables"] = list(zip([one.name for one in model.weights], model.get_weights()))
    found["trainable"] = [one.name for one in model.trainable_weights]
    return found


def keras_named(tf, name):
    """tf.keras, or the package tf_keras."""
    return tf.keras if name == "keras" else importlib.import_module(name)


def keras_session(keras):
    """The session of Keras in graph mode; tf_keras, where it is not tf.keras, exports it in its v1 API only."""
    if keras.__name__ == "tf_keras":
        keras = importlib.import_module("tf_keras.api._v1.keras")
    return keras.backend.get_session()


def by_keyword(signature):
    """Calls a signature with its only input, whatever that is called, or with a dict of its inputs."""

    def call(batch):
        if isinstance(batch, dict):
            return signature(**batch)
        if signature.structured_input_signature is None:  # a TF1 model's, before 2.4: its only input has no name here
            return signature(batch)
        [name] = signature.structured_input_signature[1]
        return signature(**{name: batch})

    return call


def tensors(tf, batch):
    """A batch as constants; byte strings come as an array of objects."""
    if isinstance(batch, dict):
        return {key: tensors(tf, value) for key, value in batch.items()}
    return tf.constant(feedable(batch))


def placeholders(tf, batch):
    """Placeholders for batches like `batch`, of any size."""
    if isinstance(batch, dict):
        return {key: placeholders(tf, value) for key, value in batch.items()}
    kind = tf.string if batch.dtype == object else tf.as_dtype(batch.dtype)
    return tf.placeholder(kind, [None] + list(batch.shape[1:]))


def feed(inputs, batch):
    """What a session is fed for the batch."""
    if isinstance(batch, dict):
        return {inputs[key]: feedable(value) for key, value in batch.items()}
    return {inputs: feedable(batch)}


def feedable(batch):
    """A batch as TensorFlow takes it."""
    return list(batch) if batch.dtype == object else batch


def arrays(outputs):
    """The arrays of eager tensors."""
    if isinstance(outputs, dict):
        return {key: arrays(value) for key, value in outputs.items()}
    if isinstance(outputs, (list, tuple)):
        return [arrays(value) for value in outputs]
    return outputs.numpy()
