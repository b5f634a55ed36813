"""TF1 Hub format, fine-tuning."""

import pytest

from conformance.inside import checks
from conformance.inside.models import reference
from conformance.inside.probe import probe, public, rejects
from conformance.inside.probes import steps, subjects
from conformance.inside.probes.refusals import NOT_TRAINABLE


@probe("tf1-hub.fine-tune.tf1.module", "literal")
@pytest.mark.parametrize("model", ["tf1-batchnorm"])
def test_module_with_train_tag(tf, hub, run, lost, role, handle):
    """hub.Module(handle, trainable=True, tags=["train"]*is_training): one step of gradient descent with the
    regularization losses and update ops that the module puts into the graph's collections."""
    is_training = True
    module = public(hub, "Module")(handle, trainable=True, tags=["train"] * is_training)
    _check_training(tf, run, lost, module, subjects.training(role))


@probe("tf1-hub.fine-tune.tf1.module", "literal")
@pytest.mark.parametrize("model", ["tf1-batchnorm"])
def test_module_without_train_tag(tf, hub, run, role, handle):
    """The same call with is_training = False: the inference graph, trainable but with no update ops."""
    is_training = False
    module = public(hub, "Module")(handle, trainable=True, tags=["train"] * is_training)
    steps.check_inference_in_graph(tf, run, role, module)
    checks.holds(
        not tf.get_collection(tf.GraphKeys.UPDATE_OPS),
        "the inference graph has no update ops",
        tf.get_collection(tf.GraphKeys.UPDATE_OPS),
    )


@probe("tf1-hub.fine-tune.tf1.module", "implied")
@pytest.mark.parametrize("model", ["tf1-batchnorm", "tf1-dense"])
def test_module_is_frozen_by_default(tf, hub, handle):
    """hub.Module(handle)(inputs) leaves the collections of trainable variables and losses empty."""
    module = public(hub, "Module")(handle)
    module(tf.constant(reference.INPUTS))
    for key in (tf.GraphKeys.TRAINABLE_VARIABLES, tf.GraphKeys.REGULARIZATION_LOSSES, tf.GraphKeys.UPDATE_OPS):
        checks.holds(not tf.get_collection(key), "{} stays empty".format(key), tf.get_collection(key))


@probe("tf1-hub.fine-tune.tf1.no-train-tag", "literal")
@pytest.mark.parametrize("model", ["tf1-dense", "tf1-tuned", "tf1-text"])
def test_module_that_needs_no_train_tag(tf, hub, run, lost, role, handle):
    """hub.Module(handle, trainable=True) on a module without a separate train graph: one step of training."""
    module = public(hub, "Module")(handle, trainable=True)
    _check_training(tf, run, lost, module, subjects.training(role))


@probe("tf1-hub.fine-tune.tf1.no-train-tag", "implied")
@pytest.mark.parametrize("model", ["tf1-dense"])
def test_total_loss(tf, hub, run, role, handle):
    """tf.losses.get_total_loss() of a model with a trainable module: the penalty counts, and counts once."""
    expected = subjects.training(role)
    outputs = public(hub, "Module")(handle, trainable=True)(tf.constant(expected.inputs))
    tf.losses.mean_squared_error(expected.targets, outputs)
    checks.equal(run(tf.losses.get_total_loss()), expected.loss, "the total loss equals NumPy's")


@probe("tf1-hub.fine-tune.tf1.no-train-tag", "literal")
@pytest.mark.parametrize("model", ["tf1-dense"])
def test_asking_for_an_absent_train_tag(tf, hub, handle):
    """hub.Module(handle, tags=["train"]) on that module is an error that names the tags."""
    module = public(hub, "Module")
    checks.refused(
        lambda: module(handle, trainable=True, tags=["train"]), "Exception", "tag", "an absent train tag is refused"
    )


@probe("tf1-hub.fine-tune.tf2", "literal", way="keras-layer")
@rejects(*NOT_TRAINABLE)
@pytest.mark.parametrize("model", ["tf1-dense", "tf1-batchnorm"])
def test_keras_layer(tf, hub, lost, role, handle):
    """hub.KerasLayer(handle, signature="default", trainable=True), called while training under a gradient tape."""
    expected = subjects.training(role)
    layer = public(hub, "KerasLayer")(handle, signature="default", trainable=True)
    with tf.GradientTape() as tape:
        outputs = layer(tf.constant(expected.inputs), training=True)
        loss = steps.mean_squared_error(tf, outputs, expected.targets) + sum(layer.losses)
    _check_eager_training(tf, tape, loss, outputs, layer.trainable_weights, layer.weights, expected, lost)


@probe("tf1-hub.fine-tune.tf2", "literal", way="gradient-tape")
@pytest.mark.parametrize("model", ["tf1-dense", "tf1-batchnorm"])
def test_gradient_tape(tf, hub, lost, role, handle):
    """A gradient tape over the variables of hub.load(handle), with the train tag where the model has one."""
    expected = subjects.training(role)
    loaded = public(hub, "load")(handle, tags=["train"] if expected.updated else None)
    with tf.GradientTape() as tape:
        outputs = loaded.signatures["default"](tf.constant(expected.inputs))["default"]
        regularization = [loss() for loss in getattr(loaded, "regularization_losses", [])]
        loss = steps.mean_squared_error(tf, outputs, expected.targets) + sum(regularization)
    variables = list(loaded.variables)
    trainable = [variable for variable in variables if variable.trainable]
    _check_eager_training(tf, tape, loss, outputs, trainable, variables, expected, lost)


def _check_training(tf, run, lost, module, expected):
    """One step with all that the module put into the collections; compares loss, outputs and variables with NumPy."""
    inputs = steps.placeholder(tf, expected.inputs)
    outputs = module(inputs)
    trainable = tf.get_collection(tf.GraphKeys.TRAINABLE_VARIABLES)
    steps.check_roles(trainable, expected.trained, "trainable=True makes just these variables trainable")
    losses = tf.get_collection(tf.GraphKeys.REGULARIZATION_LOSSES)
    updates = tf.get_collection(tf.GraphKeys.UPDATE_OPS)
    if expected.regularization is not None and not losses:
        lost("REGULARIZATION_LOSSES is empty")
    if expected.updated and not updates:
        lost("UPDATE_OPS is empty")
    regularization = tf.add_n(losses) if losses else tf.constant(0.0)
    loss = steps.mean_squared_error(tf, outputs, expected.targets) + regularization
    train = steps.train_op(tf, loss, trainable, updates)
    feed = {inputs: expected.inputs}
    if losses:
        checks.equal(run(regularization), expected.regularization, "the regularization loss equals NumPy's")
    checks.equal(run(outputs, feed), expected.outputs, "outputs while training equal NumPy's")
    got_loss, _ = run([loss, train], feed)
    checks.equal(got_loss, expected.loss, "the loss equals NumPy's")
    named = [(variable.name, run(variable)) for variable in tf.global_variables()]
    steps.check_after_step(checks.by_role(named), expected)


def _check_eager_training(tf, tape, loss, outputs, trainable, variables, expected, lost):
    """One eager step by hand. What the model does not bring to training is lost; what moves must move right."""
    names = sorted(checks.by_role([(variable.name, variable) for variable in trainable]))
    if names != sorted(expected.trained):
        lost("the trainable variables are {}, not {}".format(names, sorted(expected.trained)))
    checks.equal(outputs.numpy(), expected.outputs, "outputs while training equal NumPy's")
    for variable, gradient in zip(trainable, tape.gradient(loss, trainable)):
        checks.holds(gradient is not None, "the loss depends on {}".format(variable.name), "no gradient")
        variable.assign_sub(subjects.RATE * tf.convert_to_tensor(gradient))
    values = checks.by_role([(variable.name, variable.numpy()) for variable in variables])
    without_penalty = {
        "dense": lambda: dict(zip(("kernel", "bias"), reference.dense_step(subjects.RATE, regularized=False))),
        "batchnorm": lambda: dict(
            zip(("kernel", "gamma", "beta"), reference.batchnorm_step(subjects.RATE, regularized=False))
        ),
    }["batchnorm" if expected.updated else "dense"]()
    if float(loss) < float(expected.loss) - 0.5 * float(expected.regularization):
        lost("the regularization loss is gone")
        expected = expected._replace(trained=without_penalty)
    steps.check_after_step(values, expected, updated=False)
    for name, value in sorted(expected.updated.items()):
        if abs(values[name] - value).max() > checks.ABSOLUTE:
            lost("{} is not updated by training".format(name))
