"""Makes a model of a role in the way that this environment's TensorFlow, Keras or tensorflow_hub offers."""

import importlib
import os

import numpy as np

from conformance.inside.exchange.roles import ROLES
from conformance.inside.models import reference, tf1_hub, tf2_savedmodel, tf2_structures
from conformance.inside.models import reference_structures as structures
from conformance.inside.probe import public
from conformance.inside.probes.api import v2
from conformance.inside.probes.graphs import INPUTS, OUTPUTS

_RECIPES = dict(tf2_savedmodel.RECIPES, **tf2_structures.RECIPES)
_LENGTH = 4  # to which the preprocessor cuts and pads


def make(tf, hub, name, path, folder):
    """Makes the model at `path`, which does not exist; `folder` exists, for what a recipe has to write first."""
    form, _, rest = name.partition("-")
    maker = {
        "tf1": _tf1_hub,
        "v1": _estimator if rest == "estimator" else _builder,
        "tf2": _OWN.get(rest, _module),
    }[form]
    maker(tf, hub, name, path, folder)


def _tf1_hub(tf, hub, name, path, folder):
    public(hub, "Module")
    tf1_hub.export(tf, hub, tf1_hub.RECIPES[ROLES[name].plays], path, folder)


def _builder(tf, hub, name, path, folder):
    """tf.saved_model.builder.SavedModelBuilder, of a graph with variables, and a table where the role has an asset."""
    v1 = importlib.import_module("tensorflow.compat.v1") if not hasattr(tf, "placeholder") else tf
    with v1.Graph().as_default(), v1.Session() as session:
        inputs, outputs = (_text_graph if ROLES[name].asset else _dense_graph)(v1, folder)
        session.run([v1.global_variables_initializer(), v1.tables_initializer()])
        signature = v1.saved_model.signature_def_utils.predict_signature_def({INPUTS: inputs}, {OUTPUTS: outputs})
        builder = v1.saved_model.builder.SavedModelBuilder(path)
        builder.add_meta_graph_and_variables(
            session,
            ["serve"],
            {"serving_default": signature},
            assets_collection=v1.get_collection(v1.GraphKeys.ASSET_FILEPATHS),
            main_op=v1.tables_initializer(),
            strip_default_attrs=name.endswith("-stripped"),
        )
        builder.save()


def _dense_graph(v1, _folder):
    inputs = v1.placeholder(v1.float32, [None, reference.FEATURES], name=INPUTS)
    return inputs, _dense(v1, inputs)


def _dense(v1, inputs):
    kernel = v1.get_variable("kernel", initializer=reference.KERNEL)
    bias = v1.get_variable("bias", initializer=reference.BIAS)
    scale = v1.get_variable("scale", initializer=reference.SCALE, trainable=False)
    return v1.multiply(scale, v1.matmul(inputs, kernel) + bias, name=OUTPUTS)


def _text_graph(v1, folder):
    vocabulary = os.path.join(folder, "vocabulary.txt")
    with open(vocabulary, "w") as file:
        file.write("\n".join(reference.VOCABULARY) + "\n")
    sentences = v1.placeholder(v1.string, [None], name=INPUTS)
    table = tf1_hub.index_table(v1, vocabulary)
    words = v1.string_split(sentences)
    ids = v1.SparseTensor(words.indices, table.lookup(words.values), words.dense_shape)
    embedding = v1.get_variable("embedding", initializer=reference.EMBEDDING)
    found = v1.nn.embedding_lookup_sparse(embedding, ids, None, combiner="mean")
    return sentences, v1.identity(found, name=OUTPUTS)


def _estimator(tf, hub, name, path, folder):
    """tf.estimator.Estimator, trained for a step that changes nothing, and its export_saved_model."""
    estimator = public(tf, "estimator")

    def model_fn(features, labels, mode):
        outputs = _dense(tf, features[INPUTS])
        loss = tf.reduce_sum(0.0 * outputs)
        step = tf.assign_add(tf.train.get_or_create_global_step(), 1)
        exports = {"serving_default": estimator.export.PredictOutput({OUTPUTS: outputs})}
        return estimator.EstimatorSpec(mode, {OUTPUTS: outputs}, loss, step, export_outputs=exports)

    def receiver():
        inputs = tf.placeholder(tf.float32, [None, reference.FEATURES], name=INPUTS)
        return estimator.export.ServingInputReceiver({INPUTS: inputs}, {INPUTS: inputs})

    made = public(estimator, "Estimator")(model_fn, os.path.join(folder, "trained"))
    made.train(lambda: ({INPUTS: tf.constant(reference.INPUTS)}, tf.constant(reference.TARGETS)), steps=1)
    exported = made.export_saved_model(os.path.join(folder, "exported"), receiver)
    os.rename(exported if isinstance(exported, str) else exported.decode(), path)


def _module(tf, hub, name, path, folder):
    """tf.saved_model.save of a tf.Module with signatures; in graph mode within a session that has initialized it."""
    api = v2()
    save = public(api, "saved_model.save")
    model, signatures = _RECIPES[ROLES[name].plays](api, folder)
    signatures = signatures or _serving(api, ROLES[name].plays, model)
    if tf.executing_eagerly():
        save(model, path, signatures=signatures)
        return
    with tf.Session() as session:
        session.run([tf.global_variables_initializer(), tf.tables_initializer()])
        save(model, path, signatures=signatures)


def _serving(tf, plays, model):
    """The signature `serving_default` of a recipe that brings none."""
    spec = tf.TensorSpec
    if plays == "encoder":
        one = {key: spec([None, None], tf.int32, key) for key in structures.ENCODER_INPUTS}

        def call(input_word_ids, input_mask, input_type_ids):
            return model({"input_word_ids": input_word_ids, "input_mask": input_mask, "input_type_ids": input_type_ids})

        specs = [one[key] for key in structures.ENCODER_INPUTS]
    elif plays == "lists":

        def call(features, numbers):
            return {"output_{}".format(number): one for number, one in enumerate(model([features, numbers]))}

        specs = [spec([None, reference.FEATURES], tf.float32, "features"), spec([None], tf.int64, "numbers")]
    elif plays == "preprocessor":

        def call(sentences):
            return model.bert_pack_inputs([model.tokenize(sentences)], np.int32(_LENGTH))

        specs = [spec([None], tf.string, "sentences")]
    else:

        def call(inputs):
            return {"outputs": model(inputs)}

        kinds = {"text": ([None], tf.string), "image": ([None, None, None, 3], tf.float32)}
        shape, dtype = kinds.get(plays, ([None, reference.FEATURES], tf.float32))
        specs = [spec(shape, dtype, "inputs")]
    return {"serving_default": tf.function(call, input_signature=specs)}


def _table(tf, hub, name, path, folder):
    """tf.saved_model.save of a tf.Module with a table that can be written to: layers of Keras for text have one."""
    table = public(tf, "lookup.experimental.MutableHashTable")(tf.string, tf.int64, -1)
    table.insert(tf.constant(reference.VOCABULARY), tf.range(len(reference.VOCABULARY), dtype=tf.int64))
    model = tf.Module()
    model.table = table
    model.number = tf.function(
        lambda words: {"numbers": table.lookup(words)}, input_signature=[tf.TensorSpec([None], tf.string, "words")]
    )
    public(tf, "saved_model.save")(model, path, signatures={"serving_default": model.number})


def _keras(tf, hub, name, path, folder):
    public(tf, "saved_model.save")(tf2_savedmodel.keras(public(tf, "keras")), path)


def _keras_save(tf, hub, name, path, folder):
    tf2_savedmodel.keras(public(tf, "keras")).save(path)


def _keras_export(tf, hub, name, path, folder):
    public(tf2_savedmodel.keras(public(tf, "keras")), "export")(path)


_OWN = {"table": _table, "keras": _keras, "keras-save": _keras_save, "keras-export": _keras_export}
