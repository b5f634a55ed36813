"""The ways to keep a Keras model with a hub.KerasLayer in it, as a table: how each saves, how a fresh process loads.

A save takes (tf, model, place), writes below the folder `place`, and gives the path to load. A load runs in a fresh
process; it takes that path, or builds the model of `handle` anew where the way keeps values only.
"""

from __future__ import annotations

import os
from collections import namedtuple

from conformance.inside.fresh.loading import keras_computed, keras_model, keras_named, keras_session
from conformance.inside.probes import hub_in_keras

Way = namedtuple("Way", "save load outlives")
Way.__doc__ = """save, load: see above; outlives: whether what it saves is whole without the handle, for who knows no
custom objects as well."""


def _file(ending):
    def save(_tf, model, place):
        model.save(os.path.join(place, "model" + ending))
        return os.path.join(place, "model" + ending)

    return save


def _folder(_tf, model, place):
    model.save(os.path.join(place, "model"), save_format="tf")
    return os.path.join(place, "model")


def _checkpoint(tf, model, place):
    return tf.train.Checkpoint(model=model).save(os.path.join(place, "checkpoint"))


def _weights_beside(path):
    return os.path.splitext(path)[0] + ".weights.h5"


def _json(_tf, model, place):
    path = os.path.join(place, "model.json")
    with open(path, "w") as file:
        file.write(model.to_json())
    model.save_weights(_weights_beside(path))
    return path


def of_file(tf, hub, path, role, handle, keras):
    """keras.models.load_model(path, custom_objects={"KerasLayer": hub.KerasLayer})."""
    return keras_model(tf, hub, path, hub_in_keras.batches(role), keras)


def in_scope(tf, hub, path, role, handle, keras):
    """with keras.utils.custom_object_scope({"KerasLayer": hub.KerasLayer}): keras.models.load_model(path)."""
    return keras_model(tf, hub, path, hub_in_keras.batches(role), keras, scope=True)


def unknown(tf, hub, path, role, handle, keras):
    """keras.models.load_model(path)."""
    return keras_model(tf, hub, path, hub_in_keras.batches(role), keras, known=())


def of_checkpoint(tf, hub, path, role, handle, keras):
    """The model is built anew; tf.train.Checkpoint(model=model).restore(path)."""
    module = keras_named(tf, keras)
    model = hub_in_keras.build(tf, hub, module, handle, role)
    status = tf.train.Checkpoint(model=model).restore(path)
    status.assert_existing_objects_matched()
    if not tf.executing_eagerly():
        status.initialize_or_restore(keras_session(module))
    return keras_computed(tf, module, model, hub_in_keras.batches(role))


def of_json(tf, hub, path, role, handle, keras):
    """keras.models.model_from_json(text, custom_objects=...), then model.load_weights("model.weights.h5")."""
    module = keras_named(tf, keras)
    with open(path) as file:
        model = module.models.model_from_json(file.read(), custom_objects={"KerasLayer": hub.KerasLayer})
    model.load_weights(_weights_beside(path))
    return keras_computed(tf, module, model, hub_in_keras.batches(role))


WAYS = {
    "h5": Way(_file(".h5"), of_file, outlives=False),
    "keras-file": Way(_file(".keras"), in_scope, outlives=False),
    "folder": Way(_folder, unknown, outlives=True),
    "checkpoint": Way(_checkpoint, of_checkpoint, outlives=False),
    "json": Way(_json, of_json, outlives=False),
}
