"""The plain ways to export a graph with a hub model in it, as a table: how each saves, and how it is read again.

A save takes (tf, session, inputs, outputs, path): TensorFlow 1's API, the session of the graph, and its ends.
"""

from collections import namedtuple

from conformance.inside.probes import graphs

Way = namedtuple("Way", "save load options")
Way.__doc__ = "save: see above; load: what a fresh process is asked; options: what it is told beside the path."


def _simple_save(tf, session, inputs, outputs, path):
    tf.saved_model.simple_save(session, path, {"inputs": inputs}, {"outputs": outputs})
    return path


def _simple_save_tables(tf, session, inputs, outputs, path):
    tf.saved_model.simple_save(
        session, path, {"inputs": inputs}, {"outputs": outputs}, legacy_init_op=tf.tables_initializer()
    )
    return path


def _builder(tf, session, inputs, outputs, path):
    """Two signatures, and the same graph once more for another tag."""
    describe = tf.saved_model.signature_def_utils.predict_signature_def
    signatures = {
        "serving_default": describe({"inputs": inputs}, {"outputs": outputs}),
        "half": describe({"inputs": inputs}, {"outputs": 0.5 * outputs}),
    }
    assets = tf.get_collection(tf.GraphKeys.ASSET_FILEPATHS)
    builder = tf.saved_model.builder.SavedModelBuilder(path)
    builder.add_meta_graph_and_variables(
        session, ["serve"], signatures, assets_collection=assets, main_op=tf.tables_initializer()
    )
    # The graph has its main_op already.
    builder.add_meta_graph(["serve", "other"], {"half": signatures["half"]}, assets_collection=assets)
    builder.save()
    return path


def _frozen(tf, session, inputs, outputs, path):
    tf.tables_initializer(name=graphs.TABLES)
    definition = tf.graph_util.convert_variables_to_constants(
        session, session.graph.as_graph_def(), [graphs.OUTPUTS, graphs.TABLES]
    )
    with open(path, "wb") as file:
        file.write(definition.SerializeToString())
    return path


def _meta_graph(tf, session, inputs, outputs, path):
    return tf.train.Saver().save(session, path)


WAYS = {
    "simple-save": Way(_simple_save, graphs.saved_model, {}),
    "simple-save-tables": Way(_simple_save_tables, graphs.saved_model, {}),
    "builder": Way(_builder, graphs.saved_model, {}),
    "builder-hub-load": Way(_builder, graphs.signature, {"name": "serving_default", "tags": ["serve"]}),
    "builder-half": Way(_builder, graphs.saved_model, {"signature": "half", "tags": ("serve", "other")}),
    "frozen": Way(_frozen, graphs.frozen, {}),
    "frozen-tables": Way(_frozen, graphs.frozen, {"tables": True}),
    "meta-graph": Way(_meta_graph, graphs.meta_graph, {}),
}
