"""What a fresh process is asked about a plain export: it reads it by TensorFlow 1's means, in a graph and a session.

All but the last work in every mode. Each gives a dict as those of conformance.inside.fresh.loading do.
"""

from __future__ import annotations

import importlib

from conformance.inside.fresh.loading import computed, described, feedable

INPUTS, OUTPUTS, TABLES = "inputs", "outputs", "tables"  # what an exported graph calls its ends, and its initializer


def saved_model(tf, hub, path, batches, signature="serving_default", tags=("serve",)):
    """tf.saved_model.loader.load(session, tags, path), and one of its signatures."""
    v1 = _v1()
    with v1.Graph().as_default(), v1.Session() as session:
        loaded = v1.saved_model.loader.load(session, list(tags), path)
        ends = loaded.signature_def[signature]
        [inputs], [outputs] = ends.inputs.values(), ends.outputs.values()
        return _run(v1, session, inputs.name, outputs.name, batches)


def frozen(tf, hub, path, batches, tables=False):
    """tf.import_graph_def of the file; `tables`: its op of that name is run first."""
    v1 = _v1()
    with v1.Graph().as_default(), v1.Session() as session:
        definition = v1.GraphDef()
        with open(path, "rb") as file:
            definition.ParseFromString(file.read())
        v1.import_graph_def(definition, name="")
        if tables:
            session.run(TABLES)
        return _run(v1, session, INPUTS + ":0", OUTPUTS + ":0", batches)


def meta_graph(tf, hub, path, batches):
    """tf.train.import_meta_graph, restore, tf.tables_initializer()."""
    v1 = _v1()
    with v1.Graph().as_default(), v1.Session() as session:
        saver = v1.train.import_meta_graph(path + ".meta")
        saver.restore(session, path)
        session.run(v1.tables_initializer())
        return _run(v1, session, INPUTS + ":0", OUTPUTS + ":0", batches)


def signature(tf, hub, path, batches, name, tags):
    """hub.load(path, tags=tags).signatures[name](inputs), in whichever way the mode computes."""
    loaded = hub.load(path, tags=tags)
    return computed(tf, loaded.signatures[name], batches, (), (), lambda: [])


def _v1():
    """The module itself: in the compatibility mode of 2.0, tf.compat has no v1."""
    return importlib.import_module("tensorflow.compat.v1")


def _run(v1, session, inputs, outputs, batches):
    computed = [session.run(outputs, {inputs: feedable(batch)}) for batch in batches]
    return described(computed, v1.global_variables(), v1.trainable_variables(), session.run, lambda: [])
