"""Defects of TensorFlow and of Keras, where the behaviour that the page claims lives there."""

from __future__ import annotations

import os
import tempfile

from conformance.trial.inside.planting import defect, replace, require
from conformance.trial.inside.small_changes import DRIFT

SAVE = "tensorflow.python.saved_model.save"
TAPE = "tensorflow.python.eager.backprop"
HOOKS = "tensorflow.python.training.basic_session_run_hooks"
COMPAT = "tensorflow.python.compat.v2_compat"
LOSSES = ("keras.src.engine.compile_utils", "tf_keras.src.engine.compile_utils")
OPTIMIZER = ("keras.src.optimizers.optimizer", "tf_keras.src.optimizers.optimizer")
TRAINING = ("keras.src.engine.training", "tf_keras.src.engine.training")
GRAPH_OPTIMIZER = (
    "keras.src.optimizers.legacy.optimizer_v2",
    "tensorflow.python.keras.optimizer_v2.optimizer_v2",
)


def change_saved(save, change):
    """Lets `change(proto)` alter the saved_model.pb of everything that is saved."""

    def planted(original, obj, export_dir, *args, **kwargs):
        from tensorflow.core.protobuf import saved_model_pb2

        original(obj, export_dir, *args, **kwargs)
        path = os.path.join(export_dir, "saved_model.pb")
        proto = saved_model_pb2.SavedModel()
        with open(path, "rb") as file:
            proto.ParseFromString(file.read())
        change(proto.meta_graphs[0].object_graph_def)
        with open(path, "wb") as file:
            file.write(proto.SerializeToString())

    replace(save, "save", planted)


def drop_attribute(objects, name):
    """Removes an attribute of the saved object."""
    children = objects.nodes[0].children
    for place in reversed(range(len(children))):
        if children[place].local_name == name:
            del children[place]


def traces_by_training(objects):
    """Per saved function, the names of its traces with training=True and of those with training=False."""
    for node in objects.nodes:
        if node.WhichOneof("kind") != "function":
            continue
        names = list(node.function.concrete_functions)
        told = {name: str(objects.concrete_functions[name].canonicalized_input_signature) for name in names}
        with_flag = [name for name in names if "bool_value: true" in told[name]]
        without = [name for name in names if "bool_value" in told[name] and name not in with_flag]
        yield node.function, with_flag, without


def change_saved_values(save, change, concerns):
    """Lets `change(value)` give the values that are written, of objects for which `concerns(obj)` holds."""
    import numpy  # noqa: F401 - what it works on

    def planted(original, obj, export_dir, *args, **kwargs):
        import tensorflow as tf

        kept = []
        if concerns(obj) and tf.executing_eagerly():
            variables = [one for one in obj._flatten() if hasattr(one, "assign")] if hasattr(obj, "_flatten") else []
            variables = variables or list(getattr(obj, "variables", []))
            kept = [(one, one.numpy()) for one in variables if one.dtype.is_floating]
        for one, value in kept:
            one.assign(change(value))
        try:
            return original(obj, export_dir, *args, **kwargs)
        finally:
            for one, value in kept:
                one.assign(value)

    replace(save, "save", planted)


@defect("save-drops-regularization", SAVE)
def _save_drops_regularization(save):
    change_saved(save, lambda objects: drop_attribute(objects, "regularization_losses"))


@defect("save-drops-variables", SAVE)
def _save_drops_variables(save):
    change_saved(save, lambda objects: drop_attribute(objects, "variables"))


@defect("save-drops-training-trace", SAVE)
def _save_drops_training_trace(save):
    def change(objects):
        for function, with_flag, _ in traces_by_training(objects):
            for name in with_flag:
                function.concrete_functions.remove(name)

    change_saved(save, change)


@defect("save-swaps-training-traces", SAVE)
def _save_swaps_training_traces(save):
    def change(objects):
        from tensorflow.core.protobuf import struct_pb2

        for _, with_flag, without in traces_by_training(objects):
            for one, other in zip(with_flag, without):
                first = objects.concrete_functions[one].canonicalized_input_signature
                second = objects.concrete_functions[other].canonicalized_input_signature
                kept = struct_pb2.StructuredValue()
                kept.CopyFrom(first)
                first.CopyFrom(second)
                second.CopyFrom(kept)

    change_saved(save, change)


@defect("save-rounds-values", SAVE)
def _save_rounds_values(save):
    """Values are written with the precision of bfloat16."""
    import numpy as np

    def rounded(value):
        bits = np.asarray(value, np.float32).reshape(-1).view(np.uint32) & np.uint32(0xFFFF0000)
        return bits.view(np.float32).reshape(np.shape(value))

    change_saved_values(save, rounded, lambda obj: True)


@defect("save-again-drifts", SAVE)
def _save_again_drifts(save):
    """Only a model that has itself been loaded is written with other values."""
    change_saved_values(save, lambda value: value * DRIFT, lambda obj: "_UserObject" in repr(type(obj).__mro__))


@defect("save-loses-a-signature", SAVE)
def _save_loses_a_signature(save):
    def planted(original, obj, export_dir, signatures=None, *args, **kwargs):
        if isinstance(signatures, dict) and len(signatures) > 1:
            signatures = {name: signatures[name] for name in sorted(signatures)[1:]}
        return original(obj, export_dir, signatures, *args, **kwargs)

    replace(save, "save", planted)


def change_saved_assets(save, change):
    """Lets `change(lines)` give the lines of each asset that is written."""

    def planted(original, obj, export_dir, *args, **kwargs):
        original(obj, export_dir, *args, **kwargs)
        folder = os.path.join(export_dir, "assets")
        for name in os.listdir(folder) if os.path.isdir(folder) else []:
            with open(os.path.join(folder, name), "rb+") as file:
                lines = file.read().splitlines(True)
                file.seek(0)
                file.truncate()
                file.writelines(change(lines))

    replace(save, "save", planted)


@defect("save-reorders-asset", SAVE)
def _save_reorders_asset(save):
    change_saved_assets(save, sorted)


@defect("save-cuts-asset", SAVE)
def _save_cuts_asset(save):
    change_saved_assets(save, lambda lines: lines[:-1])


@defect("load-reads-asset-in-another-order", "tensorflow.python.trackable.asset")
def _load_reads_asset_in_another_order(asset):
    def construct(original, self, path):
        if isinstance(path, (str, bytes)) and os.sep + "assets" + os.sep in os.fsdecode(path):
            with open(path, "rb") as file:
                lines = file.read().splitlines(True)
            handle, path = tempfile.mkstemp()
            with os.fdopen(handle, "wb") as file:
                file.writelines(lines[1:] + lines[:1])
        original(self, path)

    replace(asset.Asset, "__init__", construct)


@defect("load-constants-drift", "tensorflow.python.saved_model.function_deserialization")
def _load_constants_drift(deserialization):
    """Scalar constants inside the functions of a loaded model (momentum, epsilon, a penalty's factor) drift."""

    def planted(original, library, *args, **kwargs):
        from tensorflow.core.framework import types_pb2

        for function in library.function:
            for node in function.node_def:
                if node.op != "Const" or node.attr["dtype"].type != types_pb2.DT_FLOAT:
                    continue
                tensor = node.attr["value"].tensor
                if not tensor.tensor_shape.dim and len(tensor.float_val) == 1:
                    tensor.float_val[0] *= DRIFT
        return original(library, *args, **kwargs)

    replace(deserialization, "load_function_def_library", planted)


@defect("tape-scales-sparse-gradients", TAPE)
def _tape_scales_sparse_gradients(backprop):
    """Only gradients of embedding lookups are wrong, and by one in a hundred."""

    def gradient(original, self, *args, **kwargs):
        import tensorflow as tf

        def one(value):
            if isinstance(value, tf.IndexedSlices):
                return tf.IndexedSlices(value.values * 1.01, value.indices, value.dense_shape)
            return value

        found = original(self, *args, **kwargs)
        return [one(value) for value in found] if isinstance(found, list) else one(found)

    replace(backprop.GradientTape, "gradient", gradient)


@defect("tape-stops-one-gradient", TAPE)
def _tape_stops_one_gradient(backprop):
    """Of several variables, the last one gets a gradient of zeros."""

    def gradient(original, self, *args, **kwargs):
        import tensorflow as tf

        found = original(self, *args, **kwargs)
        if isinstance(found, list) and len(found) > 1 and isinstance(found[-1], tf.Tensor):
            found[-1] = tf.zeros_like(found[-1])
        return found

    replace(backprop.GradientTape, "gradient", gradient)


@defect("fit-ignores-losses-of-layers", *LOSSES)
def _fit_ignores_losses_of_layers(compile_utils):
    def call(original, self, y_true, y_pred, sample_weight=None, regularization_losses=None):
        return original(self, y_true, y_pred, sample_weight=sample_weight)

    replace(compile_utils.LossesContainer, "__call__", call)


@defect("fit-does-not-train-mode", *TRAINING)
def _fit_does_not_train_mode(training):
    """fit() calls the model as for inference, gradients and all."""
    stepping = []

    def train_step(original, self, data):
        stepping.append(self)
        try:
            return original(self, data)
        finally:
            stepping.pop()

    def call(original, self, *args, **kwargs):
        if stepping and stepping[-1] is self:
            kwargs["training"] = False
        return original(self, *args, **kwargs)

    replace(training.Model, "train_step", train_step)
    replace(training.Model, "__call__", call)


@defect("optimizer-steps-short", *OPTIMIZER)
def _optimizer_steps_short(optimizer):
    def apply_gradients(original, self, grads_and_vars, *args, **kwargs):
        shorter = [(gradient * 0.99, variable) for gradient, variable in grads_and_vars]
        return original(self, shorter, *args, **kwargs)

    replace(optimizer.Optimizer, "apply_gradients", apply_gradients)


@defect("fit-in-graphs-skips-a-weight", *GRAPH_OPTIMIZER)
def _fit_in_graphs_skips_a_weight(optimizer_v2):
    """Model.fit() of a TF1 graph leaves the last trainable weight as it is."""

    def get_updates(original, self, loss, params):
        return original(self, loss, params[:-1] if len(params) > 1 else params)

    replace(optimizer_v2.OptimizerV2, "get_updates", get_updates)


@defect("estimator-loses-the-last-step", HOOKS)
def _estimator_loses_the_last_step(hooks):
    """No checkpoint is written at the end of training, so that the latest one is from before the last step."""
    replace(hooks.CheckpointSaverHook, "end", lambda original, self, session: None)


@defect("compat-mode-keeps-resource-variables", COMPAT)
def _compat_mode_keeps_resource_variables(v2_compat):
    def disable(original):
        original()
        v2_compat.variable_scope.enable_resource_variables()

    require(v2_compat, "variable_scope")
    replace(v2_compat, "disable_v2_behavior", disable)


@defect("compat-mode-keeps-control-flow", COMPAT)
def _compat_mode_keeps_control_flow(v2_compat):
    def disable(original):
        original()
        v2_compat.control_flow_v2_toggles.enable_control_flow_v2()

    require(v2_compat, "control_flow_v2_toggles")
    replace(v2_compat, "disable_v2_behavior", disable)
