"""Missing custom ops: a model that needs an op of another package, before and after that package registered it."""

import os

import numpy as np
import pytest

from conformance.inside import checks
from conformance.inside.models import reference
from conformance.inside.probe import Blocked, probe, public
from conformance.inside.probes import damage, own_op, steps

MISSING = "ConformanceMissingMatMul"
NAMES_IT = MISSING  # an error that does not name the op helps nobody


@pytest.fixture
def foreign(handle, tmp_path):
    """The golden model with an op in the place of MatMul that nobody has."""
    return with_other_op(handle, str(tmp_path / "foreign"), MISSING)


@pytest.fixture
def mended(handle, tmp_path, request):
    """The golden model with an op in the place of MatMul that is registered here, as an import would do it."""
    if own_op.library() is None:
        raise Blocked("this TensorFlow has no C API by which an op can be registered without a compiler")
    own_op.register_matmul(op_of(request))
    return with_other_op(handle, str(tmp_path / "mended"), op_of(request))


def op_of(request):
    """The name of the op that the running probe registers, which no other probe uses."""
    return "Conformance" + request.node.name.split("[")[0].title().replace("_", "")


@probe("tf2-savedmodel.load.tf2.missing-op", "literal", way="hub-load")
@pytest.mark.parametrize("model", ["tf2-dense"])
def test_load(hub, foreign):
    """hub.load of a model with an op that is not registered: an error that names it."""
    checks.refused(lambda: public(hub, "load")(foreign), "Exception", NAMES_IT, "the load names the missing op")


@probe("tf2-savedmodel.load.tf2.missing-op", "literal", way="keras-layer")
@pytest.mark.parametrize("model", ["tf2-dense"])
def test_keras_layer(hub, foreign):
    """hub.KerasLayer of a model with an op that is not registered."""
    checks.refused(lambda: public(hub, "KerasLayer")(foreign), "Exception", NAMES_IT, "the layer names the missing op")


@probe("tf2-savedmodel.load.tf2.tfsm-layer.missing-op", "literal")
@pytest.mark.parametrize("model", ["tf2-dense"])
def test_tfsm_layer(keras, foreign):
    """TFSMLayer of a model with an op that is not registered."""
    make = public(keras, "layers.TFSMLayer")
    rule = "the layer names the missing op"
    checks.refused(lambda: make(foreign, call_endpoint="__call__"), "Exception", NAMES_IT, rule)


@probe("tf1-hub.load.tf2.missing-op", "literal")
@pytest.mark.parametrize("model", ["tf1-dense"])
def test_load_of_a_module(hub, foreign):
    """hub.load of a TF1 Hub model with an op that is not registered."""
    checks.refused(lambda: public(hub, "load")(foreign), "Exception", NAMES_IT, "the load names the missing op")


@probe("tf2-savedmodel.load.tf1.missing-op", "literal")
@pytest.mark.parametrize("model", ["tf2-dense"])
def test_load_in_a_graph(hub, foreign):
    """hub.load in graph mode of a model with an op that is not registered."""
    checks.refused(lambda: public(hub, "load")(foreign), "Exception", NAMES_IT, "the load names the missing op")


@probe("tf1-hub.load.tf1.module.missing-op", "literal")
@pytest.mark.parametrize("model", ["tf1-dense"])
def test_module(hub, foreign):
    """hub.Module of a module with an op that is not registered."""
    module = public(hub, "Module")
    checks.refused(lambda: module(foreign), "Exception", NAMES_IT, "the module names the missing op")


@probe("tf2-savedmodel.load.tf2.registered-op", "literal")
@pytest.mark.parametrize("model", ["tf2-dense"])
def test_load_after_registration(tf, hub, foreign, mended, role):
    """The same once the op and its kernel are registered: it computes; one that is not registered still is refused."""
    steps.check_inference_eagerly(tf, role, public(hub, "load")(mended))
    checks.refused(lambda: hub.load(foreign), "Exception", NAMES_IT, "another op is as unknown as before")


@probe("tf2-savedmodel.load.tf1.registered-op", "literal")
@pytest.mark.parametrize("model", ["tf2-dense"])
def test_load_in_a_graph_after_registration(tf, hub, run, mended, role):
    """The same in graph mode once the op and its kernel are registered."""
    steps.check_inference_in_graph(tf, run, role, public(hub, "load")(mended))


@probe("tf1-hub.load.tf1.module.registered-op", "literal")
@pytest.mark.parametrize("model", ["tf1-dense"])
def test_module_after_registration(tf, hub, run, mended, role):
    """hub.Module of a module whose op is registered."""
    steps.check_inference_in_graph(tf, run, role, public(hub, "Module")(mended))


@probe("tf2-savedmodel.fine-tune.tf2.op-without-gradient", "literal")
@pytest.mark.parametrize("model", ["tf2-dense"])
def test_gradient_of_a_registered_op(tf, hub, request, mended):
    """A gradient through the op: there is none until tf.RegisterGradient says how it is computed."""
    loaded, inputs = public(hub, "load")(mended), tf.constant(reference.INPUTS)
    op = op_of(request)
    checks.refused(lambda: _kernel_gradient(tf, loaded, inputs), "LookupError", op, "the op has no gradient")

    register = public(tf, "RegisterGradient")

    @register(op)
    def gradient(operation, upstream):
        left, right = operation.inputs
        return tf.matmul(upstream, right, transpose_b=True), tf.matmul(left, upstream, transpose_a=True)

    expected = (2.0 * reference.INPUTS.T @ np.ones_like(reference.TARGETS)).astype(np.float32)
    checks.equal(_kernel_gradient(tf, hub.load(mended), inputs), expected, "the gradient equals NumPy's")


def with_other_op(handle, folder, op):
    """A copy of the model whose MatMul is the op `op`."""
    from tensorflow.core.protobuf import saved_model_pb2

    path = os.path.join(damage.copy(handle, folder), "saved_model.pb")
    saved = saved_model_pb2.SavedModel()
    with open(path, "rb") as file:
        saved.ParseFromString(file.read())
    for meta_graph in saved.meta_graphs:
        graph = meta_graph.graph_def
        nodes = list(graph.node) + [node for function in graph.library.function for node in function.node_def]
        for node in nodes:
            if node.op == "MatMul":
                node.op = op
        for listed in meta_graph.meta_info_def.stripped_op_list.op:
            if listed.name == "MatMul":
                listed.name = op
    with open(path, "wb") as file:
        file.write(saved.SerializeToString())
    return folder


def _kernel_gradient(tf, loaded, inputs):
    with tf.GradientTape() as tape:
        total = tf.reduce_sum(loaded(inputs))
    [kernel] = [variable for variable in loaded.trainable_variables if variable.name.startswith("kernel")]
    return tape.gradient(total, kernel).numpy()
