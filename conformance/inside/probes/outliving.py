"""The ways to save what hub.load gave in TF2, as a table: how each saves, and how a fresh process loads it.

A save takes (tf, hub, loaded, role, form, path) and gives the path to load.
"""

from collections import namedtuple

from conformance.inside.fresh import loading
from conformance.inside.probes import graphs, steps, subjects

Way = namedtuple("Way", "save loads")
Way.__doc__ = "save: see above; loads: what a fresh process is asked, each with its options."


def _function(tf, loaded, role, form):
    """The main output of the loaded model as a tf.function of any batch size."""
    first = subjects.batches(role)[0]
    spec = tf.TensorSpec([None] + list(first.shape[1:]), steps.tensor(tf, first).dtype, graphs.INPUTS)
    if form == "tf1":
        call = lambda inputs: loaded.signatures["default"](inputs)["default"]  # noqa: E731
    else:
        call = lambda inputs: loaded(inputs)  # noqa: E731
    return tf.function(lambda inputs: tf.identity(call(inputs), graphs.OUTPUTS), input_signature=[spec])


def _wrapped(tf, hub, loaded, role, form, path):
    wrapper = tf.Module()
    wrapper.loaded = loaded
    wrapper.call = _function(tf, loaded, role, form)
    signature = tf.function(lambda inputs: {"outputs": wrapper.call(inputs)}, wrapper.call.input_signature)
    tf.saved_model.save(wrapper, path, signatures={"serving_default": signature})
    return path


def _unreferenced(tf, hub, loaded, role, form, path):
    wrapper = tf.Module()
    wrapper.call = _function(tf, loaded, role, form)
    tf.saved_model.save(wrapper, path)
    return path


def _frozen(tf, hub, loaded, role, form, path):
    from tensorflow.python.framework.convert_to_constants import convert_variables_to_constants_v2

    concrete = _function(tf, loaded, role, form).get_concrete_function()
    frozen = convert_variables_to_constants_v2(concrete)
    with open(path, "wb") as file:
        file.write(frozen.graph.as_graph_def().SerializeToString())
    return path


WAYS = {
    "wrapped": Way(
        _wrapped,
        [
            (loading.hub_load, {"call": "call"}),
            (graphs.saved_model, {}),
        ],
    ),
    "unreferenced": Way(_unreferenced, [(loading.hub_load, {"call": "call"})]),
    "frozen": Way(_frozen, [(graphs.frozen, {})]),
}
