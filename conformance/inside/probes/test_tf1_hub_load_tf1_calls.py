"""TF1 Hub format, hub.Module in depth: batch sizes, dtypes, two loads alike, heads, scopes, errors."""

import numpy as np
import pytest

from conformance.inside import checks
from conformance.inside.fresh import loading
from conformance.inside.models import reference, tf1_hub
from conformance.inside.probe import probe, public
from conformance.inside.probes import steps, subjects

MODELS = ["tf1-dense", "tf1-batchnorm", "tf1-signatures", "tf1-text"]


@probe("tf1-hub.load.tf1.module", "literal")
@pytest.mark.parametrize("model", MODELS)
def test_module_one_row(tf, hub, run, role, handle):
    """m(inputs) on a batch of one, its size known while the graph is built."""
    batch = subjects.batches(role)[0][2:3]
    outputs = public(hub, "Module")(handle)(steps.tensor(tf, batch))
    checks.equal(run(outputs), subjects.outputs(role, batch), "inference on one row equals NumPy's")


@probe("tf1-hub.load.tf1.module", "implied")
@pytest.mark.parametrize("model", MODELS)
def test_module_no_rows(tf, hub, run, role, handle):
    """m(inputs) on a batch of none: none comes out, as wide as any."""
    batch = subjects.batches(role)[0]
    inputs = steps.placeholder(tf, batch)
    outputs = public(hub, "Module")(handle)(inputs)
    checks.equal(run(outputs, {inputs: batch[:0]}), subjects.outputs(role, batch)[:0], "nothing in, nothing out")


@probe("tf1-hub.load.tf1.module", "implied")
@pytest.mark.parametrize("model", MODELS)
def test_module_unknown_shape(tf, hub, run, role, handle):
    """m(inputs) on a placeholder of unknown rank; the output's width is known all the same."""
    first, second = subjects.batches(role)
    inputs = tf.placeholder(steps.tensor(tf, first).dtype)
    outputs = public(hub, "Module")(handle)(inputs)
    for batch in (first, second):
        expected = subjects.outputs(role, batch)
        checks.equal(run(outputs, {inputs: batch}), expected, "inference equals NumPy's")
        width = outputs.shape.as_list()[1:]
        checks.holds(width == list(expected.shape[1:]), "the model knows how wide its output is", width)


@probe("tf1-hub.load.tf1.module", "literal")
@pytest.mark.parametrize("model", MODELS)
def test_module_loaded_twice(tf, hub, role, handle):
    """hub.Module(handle) in two graphs gives the same outputs to the bit, each time it is asked."""
    batch = subjects.batches(role)[0]
    found = []
    for _ in range(2):
        with tf.Graph().as_default(), tf.Session() as session:
            outputs = public(hub, "Module")(handle)(steps.tensor(tf, batch))
            session.run([tf.global_variables_initializer(), tf.tables_initializer()])
            found += [session.run(outputs), session.run(outputs)]
    checks.equal(found[0], subjects.outputs(role, batch), "inference equals NumPy's")
    same = all(np.array_equal(found[0], other) for other in found[1:])
    checks.holds(same, "the outputs are the same to the bit", found)


@probe("tf1-hub.load.tf1.module", "implied")
@pytest.mark.parametrize("model", ["tf1-variety"])
def test_module_dtypes(tf, hub, run, handle):
    """int32 to float32 by the default signature; int64 to int64 and string to string by others."""
    _check_dtypes(tf, run, public(hub, "Module")(handle))


@probe("tf1-hub.create.tf1.module-spec", "implied")
def test_created_dtypes(tf, hub, run, outlives, tmp_path):
    """The same model made here and loaded back."""
    path = str(tmp_path / "model")
    public(hub, "Module")
    tf1_hub.export(tf, hub, tf1_hub.variety, path, str(tmp_path))
    _check_dtypes(tf, run, hub.Module(path))
    expected = [reference.summed(reference.INTEGERS)]
    asked = {"load": loading.hub_module, "batches": [reference.INTEGERS], "expected": expected}
    outlives(path, signature="integers", **asked)


@probe("tf1-hub.load.tf1.module", "implied")
@pytest.mark.parametrize("model", ["tf1-dense", "tf1-text"])
def test_eval_function(tf, hub, role, handle):
    """with hub.eval_function_for_module(handle) as function: function(inputs), which keeps graph and session itself."""
    with public(hub, "eval_function_for_module")(handle) as function:
        for batch in subjects.batches(role):
            checks.equal(function(batch), subjects.outputs(role, batch), "inference equals NumPy's")


@probe("tf1-hub.load.tf1.module", "implied")
@pytest.mark.parametrize("model", ["tf1-dense"])
def test_module_under_another_name(tf, hub, run, role, handle):
    """hub.Module(handle, name=...) in a variable scope: the variables are named so, and restored all the same."""
    with tf.variable_scope("outer"):
        module = public(hub, "Module")(handle, name="inner")
        outputs = module(tf.constant(reference.INPUTS))
    names = sorted(variable.name for variable in tf.global_variables())
    expected = ["outer/inner/{}:0".format(name) for name in ("bias", "kernel", "scale")]
    checks.holds(names == expected, "the variables are named by scope and name", names)
    checks.equal(run(outputs), reference.dense(reference.INPUTS), "inference equals NumPy's")


@probe("tf1-hub.load.tf1.module", "implied")
@pytest.mark.parametrize("model", ["tf1-batchnorm", "tf1-dense"])
def test_head_on_a_frozen_module(tf, hub, run, role, handle):
    """A trainable layer after hub.Module(handle): it takes its gradient step, and the module stays, to the bit."""
    module = public(hub, "Module")(handle)
    head = tf.get_variable("head", initializer=np.float32(1.5))
    outputs = module(tf.constant(reference.INPUTS))
    loss = steps.mean_squared_error(tf, head * outputs, reference.TARGETS)
    trainable = [variable.name for variable in tf.trainable_variables()]
    checks.holds(trainable == ["head:0"], "only the head is trainable", trainable)
    before = run(module.variable_map)
    run(steps.train_op(tf, loss, [head]))
    features = subjects.outputs(role, reference.INPUTS).astype(np.float64)
    gradient = np.mean(2 * (1.5 * features - reference.TARGETS) * features)
    checks.equal(run(head), np.float32(1.5 - subjects.RATE * gradient), "the head took the step computed by hand")
    for name, value in run(module.variable_map).items():
        checks.holds(np.array_equal(value, before[name]), "{} is frozen, to the bit".format(name), value)


@probe("tf1-hub.load.tf1.module", "implied")
@pytest.mark.parametrize("model", ["tf1-dense"])
def test_module_refuses_other_inputs(tf, hub, handle):
    """Inputs of another dtype or shape than the signature's are refused while the graph is built."""
    module = public(hub, "Module")(handle)
    integers = tf.constant(reference.INPUTS.astype(np.int32))
    narrow = tf.constant(reference.INPUTS[:, :2])
    checks.refused(lambda: module(integers), "ValueError", "int32", "another dtype is refused")
    checks.refused(lambda: module(narrow), "TypeError", "shape", "another shape is refused")


def _check_dtypes(tf, run, module):
    ids, integers = tf.placeholder(tf.int32, [None]), tf.placeholder(tf.int64, [None, 2])
    strings = tf.placeholder(tf.string, [None])
    outputs = [module(ids), module(integers, signature="integers"), module(strings, signature="strings")]
    for rows in (len(reference.IDS), 1, 0):
        feed = {
            ids: reference.IDS[:rows],
            integers: reference.INTEGERS[:rows],
            strings: reference.SENTENCES[:rows],
        }
        embedded, summed, bracketed = run(outputs, feed)
        checks.equal(embedded, reference.EMBEDDING[reference.IDS[:rows]], "int32 ids pick their rows")
        checks.equal(summed, reference.summed(reference.INTEGERS[:rows]), "int64 sums keep all their bits")
        checks.equal(bracketed, reference.bracketed(reference.SENTENCES[:rows]), "strings come out as strings")
