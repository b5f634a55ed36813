"""TF1 Hub format, loading with hub.Module: what the guides and the library say beside the page."""

import os

import numpy as np
import pytest

from conformance.inside import checks
from conformance.inside.models import reference
from conformance.inside.probe import probe, public
from conformance.inside.probes import steps, subjects


@probe("tf1-hub.load.tf1.module.initializers", "literal")
@pytest.mark.parametrize("model", ["tf1-batchnorm"])
def test_initializers_restore_variables(tf, hub, run, handle):
    """hub.Module(handle) adds the variables to the graph; their initializers, run again, restore them."""
    public(hub, "Module")(handle)
    variables = tf.global_variables()
    exported = {
        "kernel": reference.KERNEL,
        "gamma": reference.GAMMA,
        "beta": reference.BETA,
        "moving_mean": reference.MOVING_MEAN,
        "moving_variance": reference.MOVING_VARIANCE,
    }
    for before in ("first", "once more"):
        named = [(variable.name, run(variable)) for variable in variables]
        checks.same_outputs(checks.by_role(named), exported, "{}, the exported values are there".format(before))
        run([tf.assign(variable, variable + 1.0) for variable in variables])
        run(tf.global_variables_initializer())


@probe("tf1-hub.load.tf1.module.initializers", "literal")
@pytest.mark.parametrize("model", ["tf1-text", "tf1-dense"])
def test_nothing_is_there_before_the_initializers(tf, hub, role, handle):
    """Before tf.global_variables_initializer() and tf.tables_initializer() have run, m(inputs) is an error."""
    outputs = public(hub, "Module")(handle)(steps.tensor(tf, subjects.batches(role)[0]))
    with tf.Session() as session:
        checks.refused(
            lambda: session.run(outputs),
            "FailedPreconditionError",
            "initialized",
            "variables and tables wait for their initializers",
        )


@probe("tf1-hub.load.tf1.module.shared-weights", "literal")
@pytest.mark.parametrize("model", ["tf1-signatures"])
def test_calls_share_weights(tf, hub, run, handle):
    """m called twice, and with another signature: one kernel serves them all, and gets the gradient of each call."""
    module = public(hub, "Module")(handle, trainable=True)
    first = module(tf.constant(reference.INPUTS))
    second = module(tf.constant(reference.OTHER_INPUTS))
    doubled = module(tf.constant(reference.INPUTS), signature="double", as_dict=True)["default"]
    kernels = tf.global_variables()
    checks.holds(len(kernels) == 1, "calls add no variables", kernels)
    gradient = tf.gradients(tf.reduce_sum(first) + tf.reduce_sum(second), kernels)[0]
    summed = reference.INPUTS.sum(axis=0) + reference.OTHER_INPUTS.sum(axis=0)
    checks.equal(run(gradient), np.stack([summed, summed], axis=1), "the gradients of both calls add up")
    run(tf.assign(kernels[0], -2.0 * reference.KERNEL))
    got = run({"first": first, "second": second, "double": doubled})
    expected = {
        "first": -2.0 * reference.product(reference.INPUTS),
        "second": -2.0 * reference.product(reference.OTHER_INPUTS),
        "double": -4.0 * reference.product(reference.INPUTS),
    }
    checks.same_outputs(got, expected, "a changed weight is seen by every call")


@probe("tf1-hub.load.tf1.module.shared-weights", "implied")
@pytest.mark.parametrize("model", ["tf1-signatures"])
def test_instances_have_weights_of_their_own(tf, hub, run, handle):
    """Two hub.Modules of one handle in one graph: changing the weights of one leaves the other as it is."""
    first, second = public(hub, "Module")(handle), hub.Module(handle)
    inputs = tf.constant(reference.INPUTS)
    outputs = [first(inputs), second(inputs)]
    run(outputs)
    run(tf.assign(first.variable_map["kernel"], tf.zeros_like(reference.KERNEL)))
    changed, kept = run(outputs)
    checks.equal(changed, np.zeros_like(changed), "the first instance has the changed weights")
    checks.equal(kept, reference.product(reference.INPUTS), "the second instance keeps its own")


@probe("tf1-hub.load.tf1.module.signatures", "literal")
@pytest.mark.parametrize("model", ["tf1-signatures"])
def test_signature_by_name(tf, hub, run, handle):
    """m({"left": ..., "right": ...}, signature="pair") gives its "default" output, whatever the order of the dict."""
    module = public(hub, "Module")(handle)
    left, right = tf.constant(reference.INPUTS), tf.constant(reference.INPUTS[::-1])
    expected = reference.paired(reference.INPUTS, reference.INPUTS[::-1])["default"]
    for inputs in ({"left": left, "right": right}, {"right": right, "left": left}):
        outputs = module(inputs, signature="pair")
        with tf.Session() as session:
            session.run(tf.global_variables_initializer())
            checks.equal(session.run(outputs), expected, "inputs are matched by their names")
    doubled = module(left, signature="double")
    checks.equal(run(doubled), reference.doubled(reference.INPUTS)["default"], "the named signature is applied")


@probe("tf1-hub.load.tf1.module.signatures", "literal")
@pytest.mark.parametrize("model", ["tf1-signatures"])
def test_several_inputs_need_a_whole_dict(tf, hub, handle):
    """A tensor where a dict is needed, a missing or an unknown input, and an unknown signature are errors."""
    module = public(hub, "Module")(handle)
    inputs = tf.constant(reference.INPUTS)
    for given, complaint in (
        (inputs, "dict"),
        ({"left": inputs}, "right"),
        ({"left": inputs, "right": inputs, "middle": inputs}, "middle"),
    ):
        checks.refused(
            lambda given=given: module(given, signature="pair"), "TypeError", complaint, "all inputs must be supplied"
        )
    checks.refused(lambda: module(inputs, signature="absent"), "ValueError", "absent", "the signature must exist")


@probe("tf1-hub.load.tf1.module.as-dict", "literal")
@pytest.mark.parametrize("model", ["tf1-signatures"])
def test_as_dict(tf, hub, run, handle):
    """m(inputs, signature=..., as_dict=True) gives all outputs by name; without as_dict, the one named "default"."""
    module = public(hub, "Module")(handle)
    left, right = tf.constant(reference.INPUTS), tf.constant(reference.INPUTS[::-1])
    got = run(
        {
            "one": module(left, as_dict=True),
            "double": module(left, signature="double", as_dict=True),
            "pair": module({"left": left, "right": right}, signature="pair", as_dict=True),
        }
    )
    product = {"default": reference.product(reference.INPUTS)}
    checks.same_outputs(got["one"], product, "a single output comes as a dict as well")
    checks.same_outputs(got["double"], reference.doubled(reference.INPUTS), "all outputs come by their names")
    paired = reference.paired(reference.INPUTS, reference.INPUTS[::-1])
    checks.same_outputs(got["pair"], paired, "all outputs come by their names")


@probe("tf1-hub.load.tf1.module.lazy-outputs", "literal")
@pytest.mark.parametrize("model", ["tf1-variety"])
def test_outputs_not_asked_for_are_not_computed(tf, hub, run, handle):
    """Of a signature with an output that fails whenever it is computed, the other output can be had alone."""
    outputs = public(hub, "Module")(handle)(tf.constant(reference.INPUTS), signature="lazy", as_dict=True)
    checks.equal(run(outputs["default"]), reference.product(reference.INPUTS), "the other output is computed alone")
    checks.refused(
        lambda: run(outputs), "InvalidArgumentError", "broken was computed", "the output that fails fails if asked for"
    )


@probe("tf1-hub.load.tf1.module.assets", "literal")
@pytest.mark.parametrize("model", ["tf1-text"])
def test_assets_travel_with_the_model(tf, hub, run, role, handle, tmp_path):
    """The model copied to another folder reads the vocabulary there: its asset path, and a changed word, show it."""
    path = str(tmp_path / "moved")
    _, embedding = steps.with_swapped_vocabulary(handle, path)
    module = public(hub, "Module")(path)
    outputs = module(steps.tensor(tf, reference.SENTENCES))
    checks.equal(run(outputs), reference.text(reference.SENTENCES, embedding), "the asset beside the model is read")
    paths = {run(asset).decode() for asset in tf.get_collection(tf.GraphKeys.ASSET_FILEPATHS)}
    expected = {os.path.join(path, "assets", name) for name in os.listdir(os.path.join(path, "assets"))}
    checks.holds(paths == expected, "ASSET_FILEPATHS names the moved asset", paths)


@probe("tf1-hub.load.tf1.module.sparse", "literal")
@pytest.mark.parametrize("model", ["tf1-sparse"])
def test_sparse(tf, hub, run, handle):
    """A SparseTensor as input and output; a dense one in its place is an error."""
    module = public(hub, "Module")(handle)
    indices, values = np.argwhere(reference.INPUTS), reference.INPUTS[reference.INPUTS != 0]
    got = run(module(steps.sparse(tf, reference.INPUTS), as_dict=True))
    checks.equal(got["default"], reference.product(reference.INPUTS), "the product equals NumPy's")
    checks.equal(got["doubled"].indices, indices, "the sparse output's indices")
    checks.equal(got["doubled"].values, 2.0 * values, "the sparse output's values")
    checks.equal(got["doubled"].dense_shape, np.array(reference.INPUTS.shape), "the sparse output's shape")
    dense = tf.constant(reference.INPUTS)
    checks.refused(lambda: module(dense), "TypeError", "dense|sparse", "a dense tensor is refused")


@probe("tf1-hub.load.tf1.module.ragged", "literal")
@pytest.mark.parametrize("model", ["tf1-ragged"])
def test_ragged(tf, hub, run, handle):
    """A RaggedTensor, with an empty row, as input and output; a dense tensor in its place is an error."""
    module = public(hub, "Module")(handle)
    inputs = tf.RaggedTensor.from_row_splits(reference.RAGGED_VALUES, reference.RAGGED_SPLITS)
    got = run(module(inputs, as_dict=True))
    checks.equal(got["default"].values, reference.SCALE * reference.RAGGED_VALUES, "the ragged output's values")
    checks.equal(got["default"].row_splits, reference.RAGGED_SPLITS, "the ragged output's rows")
    checks.equal(got["lengths"], np.diff(reference.RAGGED_SPLITS), "the lengths of the rows")
    dense = tf.constant(reference.INPUTS)
    checks.refused(lambda: module(dense), "TypeError", "ragged", "a dense tensor is refused")


@probe("tf1-hub.load.tf1.module.refuses-savedmodel", "literal")
@pytest.mark.parametrize("model", ["tf2-dense"])
def test_savedmodel_is_refused(tf, hub, handle):
    """hub.Module on the handle of a TF2 SavedModel is an error; nothing is added to the graph."""
    module = public(hub, "Module")
    complaint = r"tfhub_module\.pb|missing implementation"  # of hub 0.8 and later, and of hub before
    checks.refused(lambda: module(handle), "Exception", complaint, "a TF2 SavedModel is refused")
    checks.holds(not tf.global_variables(), "no variables are added", tf.global_variables())


@probe("tf1-hub.load.tf1.module.graph-bound", "literal")
@pytest.mark.parametrize("model", ["tf1-dense"])
def test_module_is_bound_to_its_graph(tf, hub, handle):
    """Calling or exporting m while another graph is the default one is a RuntimeError."""
    module = public(hub, "Module")(handle)
    foreign = tf.Session(graph=tf.Graph())  # not entered, which would make its graph the default one
    checks.refused(
        lambda: module.export("never-written", foreign), "RuntimeError", "graph", "another graph's session is refused"
    )
    foreign.close()
    with tf.Graph().as_default(), tf.Session() as session:
        inputs = tf.constant(reference.INPUTS)
        checks.refused(lambda: module(inputs), "RuntimeError", "graph", "calling it in another graph is refused")
        checks.refused(
            lambda: module.export("never-written", session), "RuntimeError", "graph", "so is exporting it from there"
        )


@probe("tf1-hub.load.tf1.module.describes-itself", "literal")
@pytest.mark.parametrize("model", ["tf1-signatures"])
def test_module_describes_itself(tf, hub, handle):
    """get_signature_names, get_input_info_dict and get_output_info_dict say what the model takes and gives."""
    module = public(hub, "Module")(handle)
    names = sorted(module.get_signature_names())
    checks.holds(names == ["default", "double", "pair"], "the signatures are named", names)
    described = {
        "{} {}".format(name, key): (info.dtype, info.get_shape().as_list())
        for name, infos in (
            ("pair in", module.get_input_info_dict("pair")),
            ("double out", module.get_output_info_dict("double")),
        )
        for key, info in infos.items()
    }
    expected = {
        "pair in left": (tf.float32, [None, reference.FEATURES]),
        "pair in right": (tf.float32, [None, reference.FEATURES]),
        "double out default": (tf.float32, [None, reference.UNITS]),
        "double out total": (tf.float32, [None]),
    }
    checks.holds(described == expected, "dtypes and shapes are told", described)


@probe("tf1-hub.load.tf1.module.checkpoint", "literal")
@pytest.mark.parametrize("model", ["tf1-batchnorm"])
def test_checkpoint(tf, hub, role, handle, tmp_path):
    """tf.train.Saver saves the module's variables, as changed; in a new graph it restores them over the exported."""
    path = str(tmp_path / "saved")
    changed = -0.5 * reference.KERNEL
    with tf.Graph().as_default(), tf.Session() as session:
        module = public(hub, "Module")(handle)
        session.run(tf.global_variables_initializer())
        session.run(tf.assign(module.variable_map["kernel"], changed))
        tf.train.Saver().save(session, path)
    with tf.Graph().as_default(), tf.Session() as session:
        outputs = hub.Module(handle)(tf.constant(reference.OTHER_INPUTS))
        session.run(tf.global_variables_initializer())
        exported = reference.batchnorm(reference.OTHER_INPUTS)
        checks.equal(session.run(outputs), exported, "the exported values come first")
        tf.train.Saver().restore(session, path)
        restored = reference.batchnorm(reference.OTHER_INPUTS, kernel=changed)
        checks.equal(session.run(outputs), restored, "the checkpoint's values come back")
