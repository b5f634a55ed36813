"""Defects of the TF1 Hub format in tensorflow_hub: hub.Module, module specs and their export."""

from __future__ import annotations

import os

from conformance.trial.inside.planting import defect, replace, require
from conformance.trial.inside.small_changes import drift, scale_gradient

MODULE = "tensorflow_hub.module"
NATIVE = "tensorflow_hub.native_module"
SAVED = "tensorflow_hub.saved_model_lib"


def change_outputs(native_module, change):
    """Lets `change(outputs, module, signature, inputs)` give the outputs of every application of a module."""

    def create_apply_graph(original, self, signature, input_tensors, name):
        outputs = original(self, signature=signature, input_tensors=input_tensors, name=name)
        return change(dict(outputs), self, signature, input_tensors)

    replace(native_module._ModuleImpl, "create_apply_graph", create_apply_graph)


def change_collection(native_module, key, change, when="_create_state_graph"):
    """Lets `change(added)` say what of the items that a module added to a collection stays in it."""
    import tensorflow as tf

    def planted(original, self, *args, **kwargs):
        collection = tf.compat.v1.get_collection_ref(key)
        before = len(collection)
        result = original(self, *args, **kwargs)
        collection[before:] = change(collection[before:])
        return result

    replace(native_module._ModuleImpl, when, planted)


@defect("module-outputs-drift", NATIVE)
def _outputs_drift(native_module):
    change_outputs(native_module, lambda outputs, *_: {key: drift(value) for key, value in outputs.items()})


@defect("module-one-output-of-one-signature", NATIVE)
def _one_output_of_one_signature(native_module):
    def change(outputs, module, signature, inputs):
        if signature == "default" or len(outputs) < 2:
            return outputs
        last = sorted(outputs)[-1]
        return dict(outputs, **{last: drift(outputs[last])})

    change_outputs(native_module, change)


@defect("module-batch-of-one", NATIVE)
def _batch_of_one(native_module):
    import tensorflow as tf

    def change(outputs, module, signature, inputs):
        def one(value):
            if not isinstance(value, tf.Tensor) or not value.dtype.is_floating or value.shape.ndims in (None, 0):
                return value
            alone = tf.equal(tf.shape(value)[0], 1)
            return value * tf.cast(tf.cond(alone, lambda: tf.constant(1.01), lambda: tf.constant(1.0)), value.dtype)

        return {key: one(value) for key, value in outputs.items()}

    change_outputs(native_module, change)


@defect("module-second-call-drifts", NATIVE)
def _second_call_drifts(native_module):
    def change(outputs, module, signature, inputs):
        module._applied = getattr(module, "_applied", 0) + 1
        return {key: drift(value) if module._applied > 1 else value for key, value in outputs.items()}

    change_outputs(native_module, change)


@defect("module-gives-float64", NATIVE)
def _gives_float64(native_module):
    import tensorflow as tf

    def change(outputs, *_):
        return {
            key: tf.cast(value, tf.float64) if value.dtype == tf.float32 else value for key, value in outputs.items()
        }

    change_outputs(native_module, change)


@defect("module-gradient-scaled", NATIVE)
def _gradient_scaled(native_module):
    change_outputs(
        native_module, lambda outputs, *_: {key: scale_gradient(value, 0.99) for key, value in outputs.items()}
    )


@defect("module-output-renamed", NATIVE)
def _output_renamed(native_module):
    def change(outputs, *_):
        return {key if key == "default" else key + "_0": value for key, value in outputs.items()}

    change_outputs(native_module, change)


@defect("module-as-dict-ignored", MODULE)
def _as_dict_ignored(module):
    def prepare(original, dict_outputs, as_dict):
        return original(dict_outputs, False if "default" in dict_outputs else as_dict)

    replace(module, "_prepare_outputs", prepare)


@defect("module-inputs-by-position", MODULE)
def _inputs_by_position(module):
    def prepare(original, inputs, tensor_info_map):
        found = original(inputs, tensor_info_map)
        return dict(zip(sorted(found, reverse=True), (found[key] for key in sorted(found))))

    replace(module, "_prepare_dict_inputs", prepare)


@defect("module-train-tag-ignored", MODULE)
def _train_tag_ignored(module):
    def construct(original, self, spec, trainable=False, name="module", tags=None):
        original(self, spec, trainable=trainable, name=name)

    replace(module.Module, "__init__", construct)


@defect("module-absent-tags-accepted", MODULE)
def _absent_tags_accepted(module):
    def construct(original, self, spec, trainable=False, name="module", tags=None):
        known = module.as_module_spec(spec).get_tags()
        original(self, spec, trainable=trainable, name=name, tags=tags if set(tags or []) in known else None)

    replace(module.Module, "__init__", construct)


@defect("module-unknown-signature-accepted", MODULE)
def _unknown_signature_accepted(module):
    def call(original, self, inputs=None, _sentinel=None, signature=None, as_dict=None):
        known = signature in self.get_signature_names()
        return original(self, inputs, signature=signature if known else None, as_dict=as_dict)

    replace(module.Module, "__call__", call)


@defect("module-trainable-incomplete", NATIVE)
def _trainable_incomplete(native_module):
    change_collection(native_module, "trainable_variables", lambda added: added[:-1] if len(added) > 1 else added)


@defect("module-trainable-by-default", MODULE)
def _trainable_by_default(module):
    def construct(original, self, spec, trainable=True, name="module", tags=None):
        original(self, spec, trainable=True, name=name, tags=tags)

    replace(module.Module, "__init__", construct)


@defect("module-update-ops-lost", NATIVE)
def _update_ops_lost(native_module):
    change_collection(native_module, "update_ops", lambda added: [], when="create_apply_graph")


@defect("module-one-update-op-lost", NATIVE)
def _one_update_op_lost(native_module):
    change_collection(native_module, "update_ops", lambda added: added[:-1], when="create_apply_graph")


@defect("module-regularization-lost", NATIVE)
def _regularization_lost(native_module):
    change_collection(native_module, "regularization_losses", lambda added: [])


@defect("module-regularization-doubled", NATIVE)
def _regularization_doubled(native_module):
    change_collection(native_module, "regularization_losses", lambda added: added + added)


@defect("module-regularization-among-losses", NATIVE)
def _regularization_among_losses(native_module):
    import tensorflow as tf

    def move(added):
        for loss in added:
            tf.compat.v1.add_to_collection("losses", loss)
        return added

    change_collection(native_module, "regularization_losses", move)


@defect("module-values-not-restored", NATIVE)
def _values_not_restored(native_module):
    """The variables keep what their initializers in the graph say, instead of the values in the checkpoint."""

    def create(original, self, name):
        self._checkpoint_path = None
        return original(self, name)

    replace(native_module._ModuleImpl, "_init_state", create)


@defect("module-exports-initial-values", NATIVE)
def _exports_initial_values(native_module):
    import tensorflow as tf

    def export(original, self, path, session):
        with tf.compat.v1.Session(graph=session.graph) as fresh:
            fresh.run([tf.compat.v1.global_variables_initializer(), tf.compat.v1.tables_initializer()])
            original(self, path, fresh)

    replace(native_module._ModuleImpl, "export", export)


@defect("module-exports-no-marker", NATIVE)
def _exports_no_marker(native_module):
    def export(original, self, path, variables_saver):
        original(self, path, variables_saver)
        os.remove(os.path.join(os.fsdecode(path), "tfhub_module.pb"))

    replace(native_module._ModuleSpec, "_export", export)


@defect("module-exports-no-asset", SAVED)
def _exports_no_asset(saved_model_lib):
    replace(saved_model_lib.SavedModelHandler, "_save_all_assets", lambda original, self, path, assets: None)


@defect("module-exports-asset-cut", SAVED)
def _exports_asset_cut(saved_model_lib):
    def save(original, self, path, assets_map):
        original(self, path, assets_map)
        for copied in assets_map.values():
            with open(copied, "rb+") as file:
                lines = file.read().splitlines(True)
                file.seek(0)
                file.truncate()
                file.writelines(lines[:-1])

    replace(saved_model_lib.SavedModelHandler, "_save_all_assets", save)


@defect("module-exports-one-graph", SAVED)
def _exports_one_graph(saved_model_lib):
    """Of the graph variants, only the first is written: what has no tags."""

    def save(original, self, path, proto):
        for place in reversed(range(len(proto.meta_graphs))):
            if len(proto.meta_graphs) > 1 and proto.meta_graphs[place].meta_info_def.tags:
                del proto.meta_graphs[place]
        original(self, path, proto)

    replace(saved_model_lib.SavedModelHandler, "_save_proto", save)


@defect("module-works-eagerly-frozen", MODULE)
def _works_eagerly_frozen(module):
    """hub.Module takes what is documented as unsupported in TF2, and computes with constants."""
    import tensorflow as tf
    from tensorflow_hub import module_v2

    def construct(original, self, spec, trainable=False, name="module", tags=None):
        self._eager = None
        if tf.executing_eagerly() and isinstance(spec, str):
            self._eager = module_v2.load(spec)
        else:
            original(self, spec, trainable=trainable, name=name, tags=tags)

    def call(original, self, inputs=None, _sentinel=None, signature=None, as_dict=None):
        if self._eager is None:
            return original(self, inputs, signature=signature, as_dict=as_dict)
        outputs = self._eager.signatures[signature or "default"](inputs)
        return outputs if as_dict else outputs["default"]

    require(module_v2, "load")
    replace(module.Module, "__init__", construct)
    replace(module.Module, "__call__", call)
