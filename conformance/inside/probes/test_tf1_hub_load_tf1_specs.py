"""TF1 Hub format, loading with hub.Module: what specs tell, names, variables, and other ways to give inputs."""

import pytest

from conformance.inside import checks
from conformance.inside.models import reference
from conformance.inside.probe import probe, public


@probe("tf1-hub.load.tf1.module", "implied")
@pytest.mark.parametrize("model", ["tf1-dense", "tf1-batchnorm"])
def test_spec_tells_of_its_graphs(tf, hub, role, handle):
    """hub.load_module_spec(handle): its sets of tags, its signatures, and an error for what it has not."""
    spec = public(hub, "load_module_spec")(handle)
    tags = sorted(sorted(one) for one in spec.get_tags())
    checks.holds(tags == [[], ["train"]][: 1 + (role == "batchnorm")], "the sets of tags are told", tags)
    names = [sorted(spec.get_signature_names()), sorted(spec.get_signature_names(tags=set()))]
    checks.holds(names == [["default"]] * 2, "the signatures are told", names)
    for ask in (spec.get_input_info_dict, spec.get_output_info_dict):
        info = ask()["default"]
        checks.holds(info.dtype == tf.float32 and not info.is_sparse, "dtype and kind are told", (info.dtype, info))
        # The docstring says KeyError; hub raises others.
        checks.refused(lambda ask=ask: ask("absent"), "Exception", "absent", "the signature must exist")
        checks.refused(lambda ask=ask: ask(tags={"absent"}), "Exception", "absent", "the tags must exist")


@probe("tf1-hub.load.tf1.module", "implied")
@pytest.mark.parametrize("model", ["tf1-dense"])
def test_names_of_modules(tf, hub, run, handle):
    """Modules of one name get names of their own, and the ops of a call lie under its module's name and signature."""
    modules = [public(hub, "Module")(handle), hub.Module(handle), hub.Module(handle, name="other")]
    with tf.name_scope("around"):
        outputs = [module(tf.constant(reference.INPUTS)) for module in modules]
    names = sorted(variable.name for variable in tf.global_variables() if "kernel" in variable.name)
    expected = ["module/kernel:0", "module_1/kernel:0", "other/kernel:0"]
    checks.holds(names == expected, "each module has a name of its own", names)
    for name, output in zip(("module", "module_1", "other"), outputs):
        scope = "around/{}_apply_default/".format(name)
        checks.holds(output.name.startswith(scope), "the call's ops are named {}".format(scope), output.name)
    for got in run(outputs):
        checks.equal(got, reference.dense(reference.INPUTS), "inference equals NumPy's")


@probe("tf1-hub.load.tf1.module", "implied")
@pytest.mark.parametrize("model", ["tf1-batchnorm", "tf1-partitioned"])
def test_variables_of_a_module(tf, hub, role, handle):
    """m.variables lists what m.variable_map holds, in the order of its names, the parts of a variable one by one."""
    module = public(hub, "Module")(handle)
    names = [variable.name.split("/", 1)[1] for variable in module.variables]
    expected = {
        "batchnorm": ["beta:0", "gamma:0", "kernel:0", "moving_mean:0", "moving_variance:0"],
        "partitioned": ["embedding/part_0:0", "embedding/part_1:0", "kernel:0"],
    }[role]
    checks.holds(names == expected, "all variables are listed", names)
    checks.holds(set(module.variables) == set(tf.global_variables()), "they are those of the graph", module.variables)


@probe("tf1-hub.load.tf1.module", "implied")
@pytest.mark.parametrize("model", ["tf1-signatures"])
def test_inputs_by_other_means(tf, hub, run, handle):
    """m(inputs) with lists and arrays, by name, and in another name scope or on another device than the module's."""
    module = public(hub, "Module")(handle)
    with tf.name_scope("elsewhere"), tf.device("/cpu:0"):
        outputs = {
            "list": module(reference.INPUTS.tolist()),
            "array": module(reference.INPUTS),
            "named": module({"default": reference.INPUTS}),
            "variable": module(tf.get_variable("inputs", initializer=reference.INPUTS)),
        }
    expected = dict.fromkeys(outputs, reference.product(reference.INPUTS))
    checks.same_outputs(run(outputs), expected, "inference equals NumPy's")


@probe("tf1-hub.load.tf1.module", "implied")
@pytest.mark.parametrize("model", ["tf1-signatures"])
def test_eval_function_with_signatures(tf, hub, handle):
    """The function of hub.eval_function_for_module takes signature= and as_dict=, and leaves the graph alone."""
    before = tf.get_default_graph().as_graph_def()
    with public(hub, "eval_function_for_module")(handle) as function:
        checks.equal(function(reference.INPUTS), reference.product(reference.INPUTS), "the default signature")
        got = function(reference.INPUTS, signature="double", as_dict=True)
        checks.same_outputs(got, reference.doubled(reference.INPUTS), "all outputs of another one")
        pair = {"left": reference.INPUTS, "right": reference.INPUTS[::-1]}
        expected = reference.paired(reference.INPUTS, reference.INPUTS[::-1])
        checks.equal(function(pair, signature="pair"), expected["default"], "two inputs, by their names")
    after = tf.get_default_graph().as_graph_def()
    checks.holds(before == after, "nothing is added to the default graph", len(after.node))
