"""TF1 Hub format, fine-tuning with hub.Module: what the guides and the library say beside the page."""

import pytest

from conformance.inside import checks
from conformance.inside.models import reference
from conformance.inside.probe import probe, public
from conformance.inside.probes import steps, subjects


@probe("tf1-hub.fine-tune.tf1.module.trainable-variables", "literal")
@pytest.mark.parametrize("model", ["tf1-batchnorm", "tf1-dense"])
def test_trainable_variables(tf, hub, role, handle):
    """hub.Module(handle, trainable=True) fills TRAINABLE_VARIABLES with what the model trains, and nothing else."""
    module = public(hub, "Module")(handle, trainable=True)
    steps.check_roles(tf.trainable_variables(), subjects.training(role).trained, "just these variables are trainable")
    everything = len(tf.global_variables())
    module(tf.constant(reference.INPUTS))
    trainable = [variable.name for variable in tf.trainable_variables()]
    checks.holds(len(set(trainable)) == len(trainable), "a call adds none of them again", trainable)
    checks.holds(len(tf.global_variables()) == everything, "a call adds no variables", tf.global_variables())


@probe("tf1-hub.fine-tune.tf1.module.trainable-variables", "literal")
@pytest.mark.parametrize("model", ["tf1-batchnorm", "tf1-dense", "tf1-text"])
def test_no_trainable_variables(tf, hub, role, handle):
    """hub.Module(handle, trainable=False) leaves TRAINABLE_VARIABLES empty: an optimizer finds nothing to train."""
    outputs = public(hub, "Module")(handle, trainable=False)(steps.tensor(tf, subjects.batches(role)[0]))
    checks.holds(not tf.trainable_variables(), "nothing is trainable", tf.trainable_variables())
    checks.holds(bool(tf.global_variables()), "the variables are there", "none")
    optimizer = tf.train.GradientDescentOptimizer(subjects.RATE)
    checks.refused(lambda: optimizer.minimize(tf.reduce_sum(outputs)), "ValueError", "no var", "nothing can be trained")


@probe("tf1-hub.fine-tune.tf1.module.tags", "literal")
@pytest.mark.parametrize("model", ["tf1-batchnorm"])
def test_tags_choose_the_graph(tf, hub, run, handle):
    """tags={"train"} gives the train graph, tags=set() and none at all the inference graph, whatever is trainable."""
    module = public(hub, "Module")
    inputs = tf.constant(reference.INPUTS)
    got = run(
        {
            "train": module(handle, tags={"train"})(inputs),
            "train, trainable": module(handle, trainable=True, tags=["train"])(inputs),
            "empty": module(handle, tags=set())(inputs),
            "none, trainable": module(handle, trainable=True)(inputs),
        }
    )
    training, inference = reference.batchnorm_training(reference.INPUTS), reference.batchnorm(reference.INPUTS)
    expected = {"train": training, "train, trainable": training, "empty": inference, "none, trainable": inference}
    checks.same_outputs(got, expected, "the tags alone choose the graph")


@probe("tf1-hub.fine-tune.tf1.module.tags", "literal")
@pytest.mark.parametrize("model", ["tf1-batchnorm", "tf1-dense"])
def test_absent_tags(tf, hub, role, handle):
    """The spec's get_tags() lists the graph variants; asking for another one is a ValueError."""
    spec = public(hub, "load_module_spec")(handle)
    tags = sorted(sorted(variant) for variant in spec.get_tags())
    checks.holds(tags == ([[], ["train"]] if role == "batchnorm" else [[]]), "the variants are listed", tags)
    module = public(hub, "Module")
    for absent in (["serve"], ["serve", "train"]):
        checks.refused(lambda absent=absent: module(spec, tags=absent), "ValueError", "variant|tags", "it is refused")


@probe("tf1-hub.fine-tune.tf1.module.regularization-losses", "literal")
@pytest.mark.parametrize("model", ["tf1-batchnorm", "tf1-dense"])
@pytest.mark.parametrize("trainable", [True, False])
def test_regularization_losses(tf, hub, run, handle, trainable):
    """REGULARIZATION_LOSSES has the model's loss, once however often it is called, if and only if it is trainable."""
    module = public(hub, "Module")(handle, trainable=trainable)
    module(tf.constant(reference.INPUTS))
    module(tf.constant(reference.OTHER_INPUTS))
    losses = tf.get_collection(tf.GraphKeys.REGULARIZATION_LOSSES)
    checks.holds(len(losses) == int(trainable), "there is a loss if and only if the module is trainable", losses)
    if trainable:
        checks.equal(run(losses[0]), reference.regularization_loss(), "its value equals NumPy's")
        run(tf.assign(module.variable_map["kernel"], 3.0 * reference.KERNEL))
        expected = reference.regularization_loss(3.0 * reference.KERNEL)
        checks.equal(run(losses[0]), expected, "it follows the weights")


@probe("tf1-hub.fine-tune.tf1.module.update-ops", "literal")
@pytest.mark.parametrize("model", ["tf1-batchnorm"])
def test_update_ops(tf, hub, run, handle):
    """Each call of a trainable module adds its UPDATE_OPS; running them moves the moving averages by its batch."""
    module = public(hub, "Module")(handle, trainable=True, tags=["train"])
    checks.holds(not tf.get_collection(tf.GraphKeys.UPDATE_OPS), "there are none before a call", "some")
    module(tf.constant(reference.OTHER_INPUTS))
    others = tf.get_collection(tf.GraphKeys.UPDATE_OPS)
    outputs = module(tf.constant(reference.INPUTS))
    updates = [update for update in tf.get_collection(tf.GraphKeys.UPDATE_OPS) if update not in others]
    counts = (len(others), len(updates))
    checks.holds(counts == (2, 2), "a call adds one for each moving average", counts)

    averages = [module.variable_map[name] for name in ("moving_mean", "moving_variance")]
    run(outputs)
    for got, expected in zip(run(averages), (reference.MOVING_MEAN, reference.MOVING_VARIANCE)):
        checks.equal(got, expected, "without the update ops nothing moves")
    run(updates)
    for got, expected in zip(run(averages), reference.moving_averages(reference.INPUTS)):
        checks.equal(got, expected, "they move towards the statistics of the call's own batch")


@probe("tf1-hub.fine-tune.tf1.module.update-ops", "literal")
@pytest.mark.parametrize("model", ["tf1-batchnorm"])
def test_no_update_ops(tf, hub, handle):
    """The train graph of a module that is not trainable adds no UPDATE_OPS."""
    public(hub, "Module")(handle, tags=["train"])(tf.constant(reference.INPUTS))
    updates = tf.get_collection(tf.GraphKeys.UPDATE_OPS)
    checks.holds(not updates, "there are no update ops", updates)
