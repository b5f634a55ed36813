"""hub.Module and TF2 SavedModels inside what users put around the call, in graph mode."""

import pytest

from conformance.inside import checks
from conformance.inside.models import reference
from conformance.inside.probe import probe, public
from conformance.inside.probes import steps, subjects, surroundings

CONTROL_FLOW = {
    "cond": surroundings.cond,
    "while-loop": surroundings.while_loop,
    "map-fn": surroundings.map_fn,
}
SCOPES = {
    "device": lambda tf: tf.device("/cpu:0"),
    "variable-scope": lambda tf: tf.variable_scope("around", reuse=tf.AUTO_REUSE),
    "resource-variables": lambda tf: tf.variable_scope("around", use_resource=True),
    "scope-with-defaults": lambda tf: tf.variable_scope(
        "around", initializer=tf.zeros_initializer(), regularizer=tf.nn.l2_loss, dtype=tf.float64
    ),
    "parameter-server": lambda tf: tf.device(
        tf.train.replica_device_setter(ps_tasks=1, ps_device="/cpu:0", worker_device="/cpu:0")
    ),
    "control-dependencies": lambda tf: tf.control_dependencies([tf.no_op()]),
}


OF_LOAD = sorted(CONTROL_FLOW) + ["device", "variable-scope", "control-dependencies"]


def check(tf, run, role, call):
    """One batch through a placeholder, against NumPy."""
    batch = subjects.batches(role)[0]
    inputs = steps.placeholder(tf, batch)
    checks.equal(run(call(inputs), {inputs: batch}), subjects.outputs(role, batch), "inference equals NumPy's")


@probe("tf1-hub.load.tf1.surroundings", "literal", way="{surrounding}")
@pytest.mark.parametrize("surrounding", ["cond", "while-loop"])
@pytest.mark.parametrize("model", ["tf1-batchnorm"])
def test_module_in_control_flow(tf, hub, run, role, handle, surrounding):
    """hub.Module(handle) made outside, and applied inside control flow."""
    module = public(hub, "Module")(handle)
    check(tf, run, role, CONTROL_FLOW[surrounding](tf, module))


@probe("tf1-hub.load.tf1.surroundings", "literal", way="{surrounding}")
@pytest.mark.parametrize("surrounding", sorted(SCOPES))
@pytest.mark.parametrize("model", ["tf1-batchnorm"])
def test_module_in_scope(tf, hub, run, role, handle, surrounding):
    """hub.Module(handle) made and applied inside a scope."""
    with SCOPES[surrounding](tf):
        check(tf, run, role, public(hub, "Module")(handle))


@probe("tf1-hub.fine-tune.tf1.surroundings", "literal", way="{surrounding}")
@pytest.mark.parametrize("surrounding", ["variable-scope", "resource-variables", "scope-with-defaults"])
@pytest.mark.parametrize("model", ["tf1-dense"])
def test_module_step_in_scope(tf, hub, run, role, handle, surrounding):
    """hub.Module(handle, trainable=True) made inside a scope; one step of gradient descent on the total loss."""
    expected = subjects.training(role)
    with SCOPES[surrounding](tf):
        module = public(hub, "Module")(handle, trainable=True)
        outputs = module(tf.constant(expected.inputs))
    loss = tf.losses.mean_squared_error(expected.targets, outputs) + tf.losses.get_regularization_loss()
    trainable = steps.check_roles(tf.trainable_variables(), expected.trained, "just these variables are trainable")
    train = steps.train_op(tf, loss, list(trainable.values()))
    checks.equal(run([loss, train])[0], expected.loss, "the loss, with regularization, equals NumPy's")
    variables = tf.global_variables()
    values = checks.by_role([(variable.name, value) for variable, value in zip(variables, run(list(variables)))])
    steps.check_after_step(values, expected)


@probe("tf2-savedmodel.load.tf1.surroundings", "literal", way="{surrounding}")
@pytest.mark.parametrize(("form", "surrounding"), [("load", name) for name in OF_LOAD] + [("KerasLayer", "while-loop")])
@pytest.mark.parametrize("model", ["tf2-dense"])
def test_savedmodel(tf, hub, run, role, handle, form, surrounding):
    """hub.load(handle) or hub.KerasLayer(handle), made outside and called inside the surrounding, in a graph."""
    loaded = public(hub, form)(handle)
    if surrounding in CONTROL_FLOW:
        return check(tf, run, role, CONTROL_FLOW[surrounding](tf, loaded))
    with SCOPES[surrounding](tf):
        return check(tf, run, role, loaded)


NAMES_WHAT_DIFFERS = (
    r"tensor conversion requested|Can't convert 'default': (Got|Shape)|Cannot convert dict_inputs: missing|"
    r"Signature 'absent' is missing"
)

WRONG = {
    "float64": lambda tf, module: module(tf.constant(reference.INPUTS.astype("float64"))),
    "int32": lambda tf, module: module(tf.constant(reference.INPUTS.astype("int32"))),
    "one-row": lambda tf, module: module(tf.constant(reference.INPUTS[0])),
    "rank-3": lambda tf, module: module(tf.constant(reference.INPUTS[:, None])),
    "too-narrow": lambda tf, module: module(tf.constant(reference.INPUTS[:, :2])),
    "none": lambda tf, module: module(None),
    "other-key": lambda tf, module: module({"absent": tf.constant(reference.INPUTS)}),
    "extra-key": lambda tf, module: module({"default": tf.constant(reference.INPUTS), "more": 1.0}),
    "list": lambda tf, module: module([tf.constant(reference.INPUTS)] * 2),
    "signature": lambda tf, module: module(tf.constant(reference.INPUTS), signature="absent"),
}


@probe("tf1-hub.load.tf1.inputs.refused", "literal", way="{case}")
@pytest.mark.parametrize("case", sorted(WRONG))
@pytest.mark.parametrize("model", ["tf1-dense"])
def test_module_refuses(tf, hub, handle, case):
    """hub.Module(handle), applied to an input that is not as the signature says: an error that names what differs."""
    module = public(hub, "Module")(handle)
    class_name = "ValueError" if case in ("float64", "int32", "signature") else "TypeError"
    checks.refused(lambda: WRONG[case](tf, module), class_name, NAMES_WHAT_DIFFERS, "the input is refused")
