"""Defects of what is kept for later: files of Keras, plain exports, TFLite, and what only one process knows."""

from __future__ import annotations

import os

from conformance.trial.inside.planting import defect, replace
from conformance.trial.inside.small_changes import DRIFT

HDF5 = ("keras.src.saving.legacy.hdf5_format", "tf_keras.src.saving.legacy.hdf5_format")
BUILDER = "tensorflow.python.saved_model.builder_impl"
FREEZING = "tensorflow.python.framework.graph_util_impl"
INTERPRETER = "tensorflow.lite.python.interpreter"
SAVE = "tensorflow.python.saved_model.save"
LOAD = "tensorflow.python.saved_model.load"
LAYER = "tensorflow_hub.keras_layer"


@defect("h5-writes-other-values", *HDF5)
def _h5_writes_other_values(hdf5):
    def planted(original, file, model, *args, **kwargs):
        original(file, model, *args, **kwargs)
        file.visititems(lambda _, item: item.write_direct(item[...] * DRIFT) if hasattr(item, "write_direct") else None)

    replace(hdf5, "save_weights_to_hdf5_group", planted)


@defect("config-forgets-trainable", LAYER)
def _config_forgets_trainable(layer):
    def planted(original, self):
        return dict(original(self), trainable=False)

    replace(layer.KerasLayer, "get_config", planted)


@defect("builder-drops-main-op", BUILDER)
def _builder_drops_main_op(builder):
    def planted(original, self, *args, **kwargs):
        kwargs.update(main_op=None)
        return original(self, *args, **kwargs)

    replace(builder.SavedModelBuilder, "add_meta_graph_and_variables", planted)


@defect("freezing-drifts", FREEZING)
def _freezing_drifts(freezing):
    def planted(original, *args, **kwargs):
        graph = original(*args, **kwargs)
        for node in graph.node:
            if node.op == "Const" and node.attr["value"].tensor.dtype == 1 and "kernel" in node.name:
                import numpy as np

                tensor = node.attr["value"].tensor
                tensor.tensor_content = (np.frombuffer(tensor.tensor_content, np.float32) * DRIFT).tobytes()
        return graph

    replace(freezing, "convert_variables_to_constants", planted)


@defect("tflite-drifts", INTERPRETER)
def _tflite_drifts(interpreter):
    replace(interpreter.Interpreter, "get_tensor", lambda original, *args: original(*args) * DRIFT)


_VALUES: dict[str, list[tuple[str, object]]] = {}


@defect("saved-right-for-its-own-process-only", SAVE, LOAD)
def _saved_right_for_its_own_process_only(module):
    """Other values are written than were saved; the process that saved them puts the right ones back as it loads."""

    def save(original, obj, export_dir, *args, **kwargs):
        import tensorflow as tf

        variables = [one for one in getattr(obj, "variables", ()) if one.dtype.is_floating]
        if not tf.executing_eagerly() or not variables:
            return original(obj, export_dir, *args, **kwargs)
        kept = [(one, one.numpy()) for one in variables]
        _VALUES[os.path.abspath(export_dir)] = [(one.name, value) for one, value in kept]
        for one, value in kept:
            one.assign(value * DRIFT)
        try:
            return original(obj, export_dir, *args, **kwargs)
        finally:
            for one, value in kept:
                one.assign(value)

    def load(original, export_dir, *args, **kwargs):
        loaded = original(export_dir, *args, **kwargs)
        values = dict(_VALUES.get(os.path.abspath(export_dir), ()))
        for one in getattr(loaded, "variables", ()):
            if one.name in values:
                one.assign(values[one.name])
        return loaded

    if module.__name__ == SAVE:
        replace(module, "save", save)
    else:
        replace(module, "load", load)
