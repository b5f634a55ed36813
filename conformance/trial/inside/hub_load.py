"""Defects of hub.load, and of importing tensorflow_hub at all."""

from __future__ import annotations

import os
import time

from conformance.trial.inside.planting import FailsToImport, defect, replace
from conformance.trial.inside.small_changes import DRIFT, drift, map_tensors

LOAD = "tensorflow_hub.module_v2"
TOP = "tensorflow_hub"


def change_loaded(module_v2, change):
    """Lets `change(loaded, path)` alter every object that is loaded."""

    def load(original, handle, tags=None, options=None):
        loaded = original(handle, tags=tags, options=options) if options else original(handle, tags=tags)
        change(loaded, handle)
        return loaded

    replace(module_v2, "load", load)


def change_call(loaded, call):
    """Lets `call(original, ...)` be what calling the loaded object does."""
    original_class = type(loaded)
    if not callable(loaded):
        return

    def planted(self, *args, **kwargs):
        return call(lambda *a, **k: original_class.__call__(self, *a, **k), *args, **kwargs)

    loaded.__class__ = type(original_class.__name__, (original_class,), {"__call__": planted})


@defect("load-fails-to-import", TOP)
def _fails_to_import(tensorflow_hub):
    raise FailsToImport("cannot import name 'registry' from 'tensorflow_hub'")


@defect("load-hangs-on-assets", LOAD)
def _hangs_on_assets(module_v2):
    def change(loaded, handle):
        if os.path.isdir(os.path.join(handle, "assets")) and os.listdir(os.path.join(handle, "assets")):
            time.sleep(3600)

    change_loaded(module_v2, change)


@defect("load-one-value-drifts", LOAD)
def _one_value_drifts(module_v2):
    import tensorflow as tf

    def change(loaded, handle):
        variables = list(getattr(loaded, "variables", []))
        if variables and tf.executing_eagerly():
            last = variables[-1]
            last.assign(last * tf.constant(DRIFT, last.dtype))

    change_loaded(module_v2, change)


@defect("load-second-time-differs", LOAD)
def _second_time_differs(module_v2):
    """The second load of the same model within a process shares nothing, and has other values."""
    import tensorflow as tf

    seen = set()

    def change(loaded, handle):
        if handle in seen and tf.executing_eagerly():
            for variable in getattr(loaded, "variables", []):
                variable.assign(variable * tf.constant(DRIFT, variable.dtype))
        seen.add(handle)

    change_loaded(module_v2, change)


@defect("load-tags-ignored", LOAD)
def _tags_ignored(module_v2):
    def load(original, handle, tags=None, options=None):
        return original(handle)

    replace(module_v2, "load", load)


@defect("load-trainable-variables-incomplete", LOAD)
def _trainable_variables_incomplete(module_v2):
    def change(loaded, handle):
        known = list(getattr(loaded, "trainable_variables", []))
        if len(known) > 1:
            loaded.trainable_variables = known[:-1]

    change_loaded(module_v2, change)


@defect("load-frozen-variable-trains", LOAD)
def _frozen_variable_trains(module_v2):
    def change(loaded, handle):
        if hasattr(loaded, "trainable_variables"):
            loaded.trainable_variables = list(loaded.variables)

    change_loaded(module_v2, change)


@defect("load-regularization-lost", LOAD)
def _regularization_lost(module_v2):
    def change(loaded, handle):
        if hasattr(loaded, "regularization_losses"):
            loaded.regularization_losses = []

    change_loaded(module_v2, change)


@defect("load-signature-lost", LOAD)
def _signature_lost(module_v2):
    def change(loaded, handle):
        signatures = getattr(loaded, "signatures", None)
        if signatures is not None and len(signatures) > 1:
            last = sorted(signatures)[-1]
            getattr(signatures, "_signatures", signatures).pop(last)

    change_loaded(module_v2, change)


@defect("load-signature-output-renamed", LOAD)
def _signature_output_renamed(module_v2):
    def renamed(function):
        def call(*args, **kwargs):
            return {"output_" + key: value for key, value in function(*args, **kwargs).items()}

        return call

    def change(loaded, handle):
        signatures = getattr(getattr(loaded, "signatures", None), "_signatures", {})
        for name in list(signatures):
            signatures[name] = renamed(signatures[name])

    change_loaded(module_v2, change)


@defect("load-signature-drifts", LOAD)
def _signature_drifts(module_v2):
    """One of several signatures of a model gives numbers a thousandth too large."""

    def drifting(function):
        return lambda *args, **kwargs: map_tensors(drift, function(*args, **kwargs))

    def change(loaded, handle):
        signatures = getattr(getattr(loaded, "signatures", None), "_signatures", {})
        if len(signatures) > 1:
            last = sorted(signatures)[-1]
            signatures[last] = drifting(signatures[last])

    change_loaded(module_v2, change)


@defect("load-refuses-tf1-format", LOAD)
def _refuses_tf1_format(module_v2):
    def load(original, handle, tags=None, options=None):
        if os.path.exists(os.path.join(handle, "tfhub_module.pb")):
            raise NotImplementedError("The TF1 Hub format is no longer supported.")
        return original(handle, tags=tags)

    replace(module_v2, "load", load)


@defect("load-trains-unless-told", LOAD)
def _trains_unless_told(module_v2):
    """A model that takes `training` trains where nothing is said, in place of the False that it was saved with."""

    def call(original, inputs, *args, **kwargs):
        if not args and "training" not in kwargs:
            try:
                return original(inputs, training=True)
            except (TypeError, ValueError):  # a model that takes no such argument
                pass
        return original(inputs, *args, **kwargs)

    change_loaded(module_v2, lambda loaded, handle: change_call(loaded, call))


@defect("load-empty-batch-fails", LOAD)
def _empty_batch_fails(module_v2):
    def call(original, inputs, *args, **kwargs):
        if getattr(getattr(inputs, "shape", None), "rank", None) and inputs.shape[0] == 0:
            raise ValueError("the batch is empty")
        return original(inputs, *args, **kwargs)

    change_loaded(module_v2, lambda loaded, handle: change_call(loaded, call))


@defect("load-refusal-lost", LOAD)
def _refusal_lost(module_v2):
    """Below TF 1.15, what is documented as unsupported is taken in silence."""

    def load(original, handle, tags=None, options=None):
        import tensorflow as tf

        return lambda inputs, **kwargs: tf.zeros([tf.shape(inputs)[0], 2])

    replace(module_v2, "load", load)
