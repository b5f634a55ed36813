"""Defects that show in what programs do around a model: derivatives, pipelines, copies, files of weights, places."""

from __future__ import annotations

import os
from urllib.parse import unquote

from conformance.trial.inside.planting import defect, replace
from conformance.trial.inside.small_changes import drift, map_tensors

LAYER = "tensorflow_hub.keras_layer"
LOAD = "tensorflow_hub.module_v2"
MODULE = "tensorflow_hub.module"
RESOLVER = "tensorflow_hub.resolver"
LOADER = "tensorflow.python.saved_model.loader_impl"
HDF5 = ("keras.src.saving.legacy.hdf5_format", "tf_keras.src.saving.legacy.hdf5_format")


@defect("layer-stops-second-derivatives", LAYER)
def _stops_second_derivatives(keras_layer):
    """A layer's first derivatives are right; they are constants to whoever derives them once more."""
    import tensorflow as tf

    @tf.custom_gradient
    def once(values):
        return tf.identity(values), lambda upstream: tf.stop_gradient(upstream)

    def call(original, self, inputs, training=None):
        return map_tensors(lambda one: once(one) if one.dtype.is_floating else one, original(self, inputs, training))

    replace(keras_layer.KerasLayer, "call", call)


@defect("load-gradient-of-inputs-scaled", LOAD)
def _gradient_of_inputs_scaled(module_v2):
    """What comes back to the inputs of a loaded model is a hundredth too small; its variables get what is right."""
    from conformance.trial.inside.small_changes import scale_gradient

    def load(original, *args, **kwargs):
        loaded = original(*args, **kwargs)
        if callable(loaded):
            call = type(loaded).__call__

            def changed(self, inputs, *more, **named):
                return call(self, map_tensors(lambda one: scale_gradient(one, 0.99), inputs), *more, **named)

            type(loaded).__call__ = changed
        return loaded

    replace(module_v2, "load", load)


@defect("layer-drifts-in-pipelines", LAYER)
def _drifts_in_pipelines(keras_layer):
    """Right eagerly and in a tf.function; a thousandth too large in the functions of a tf.data pipeline."""
    import tensorflow as tf

    def call(original, self, inputs, training=None):
        outputs = original(self, inputs, training=training)
        graph = None if tf.executing_eagerly() else tf.compat.v1.get_default_graph()
        in_pipeline = "Dataset" in getattr(graph, "name", "")
        return map_tensors(drift, outputs) if in_pipeline else outputs

    replace(keras_layer.KerasLayer, "call", call)


@defect("layer-of-a-config-is-the-same", LAYER)
def _layer_of_a_config_is_the_same(keras_layer):
    """Layers of one handle share what they loaded, so that they share their weights."""
    loaded = {}

    def load(original, handle, *args, **kwargs):
        if handle not in loaded:
            loaded[handle] = original(handle, *args, **kwargs)
        return loaded[handle]

    replace(keras_layer, "load_module", load)


@defect("h5-forgets-momentum", *HDF5)
def _h5_forgets_momentum(hdf5):
    """A model that is loaded from an .h5 file goes on training with the slots of its optimizer empty."""

    def load(original, *args, **kwargs):
        import numpy as np

        return [np.zeros_like(one) if one.ndim else one for one in original(*args, **kwargs)]

    replace(hdf5, "load_optimizer_weights_from_hdf5_group", load)


@defect("load-remembers-failures", LOAD)
def _remembers_failures(module_v2):
    """A load that failed once fails for as long as the process lives."""
    failed = {}

    def load(original, handle, *args, **kwargs):
        if handle in failed:
            raise failed[handle]
        try:
            return original(handle, *args, **kwargs)
        except Exception as error:
            failed[handle] = error
            raise

    replace(module_v2, "load", load)


@defect("resolve-unquotes", RESOLVER)
def _resolve_unquotes(resolver):
    """What looks quoted in a path is unquoted, as if every handle were an address."""

    def resolve(original, self, handle):
        return original(self, unquote(handle))

    replace(resolver.PathResolver, "__call__", resolve)


@defect("cache-locks-before-it-looks", RESOLVER)
def _locks_before_it_looks(resolver):
    """A lock is written even for a model that lies in the cache."""

    def atomic_download(original, handle, download_fn, module_dir, *args, **kwargs):
        os.close(os.open(module_dir + ".seen", os.O_WRONLY | os.O_CREAT))
        return original(handle, download_fn, module_dir, *args, **kwargs)

    replace(resolver, "atomic_download", atomic_download)


@defect("loader-takes-another-signature", LOADER)
def _takes_another_signature(loader):
    """In a session, the outputs of a signature are bound to its inputs: it gives what it gets."""

    def load(original, self, *args, **kwargs):
        found = original(self, *args, **kwargs)
        for signature in found.signature_def.values():
            if len(signature.inputs) == 1 and len(signature.outputs) == 1:
                [outputs], [inputs] = signature.outputs.values(), signature.inputs.values()
                outputs.name = inputs.name
        return found

    replace(loader.SavedModelLoader, "load", load)


@defect("load-leaks-bytes", LOAD)
def _leaks_bytes(module_v2):
    """A load leaves as much memory in use as its variables take, in nothing that Python counts as a model."""
    kept = []

    def load(original, *args, **kwargs):
        loaded = original(*args, **kwargs)
        size = sum(one.shape.num_elements() or 0 for one in getattr(loaded, "variables", ()))
        kept.append(b"\1" * (4 * size))
        return loaded

    replace(module_v2, "load", load)


@defect("module-ignores-its-name", MODULE)
def _ignores_its_name(module):
    """The variables of a module lie in a scope of their own making, whatever name it was given."""

    def make(original, self, spec, trainable=False, name="module", tags=None):
        original(self, spec, trainable=trainable, name="module" if name == "elsewhere" else name, tags=tags)

    replace(module.Module, "__init__", make)


@defect("layer-takes-no-training-tensor", LAYER)
def _takes_no_training_tensor(keras_layer):
    """A layer that is told to train by a tensor infers."""
    import tensorflow as tf

    def call(original, self, inputs, training=None):
        return original(self, inputs, training=False if tf.is_tensor(training) else training)

    replace(keras_layer.KerasLayer, "call", call)
