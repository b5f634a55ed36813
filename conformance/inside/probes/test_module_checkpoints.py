"""Checkpoints and averages of a graph with a hub.Module, as TF1 programs keep them: names decide what comes back."""

import numpy as np
import pytest

from conformance.inside import checks
from conformance.inside.models import reference
from conformance.inside.probe import probe, public
from conformance.inside.probes import steps, subjects

CHANGED = np.float32(-0.5) * reference.KERNEL
DECAY = 0.75


@probe("tf1-hub.create.tf1.checkpoint", "literal", way="same-graph")
@pytest.mark.parametrize("model", ["tf1-dense"])
def test_same_graph(tf, hub, handle, tmp_path):
    """tf.train.Saver().save() of a graph with a changed hub.Module, restored into the same graph built anew."""
    path = _saved(tf, hub, handle, str(tmp_path / "kept"))
    _check_restored(tf, hub, handle, lambda session, module: tf.train.Saver().restore(session, path))


@probe("tf1-hub.create.tf1.checkpoint", "literal", way="init-from-checkpoint")
@pytest.mark.parametrize("model", ["tf1-dense"])
def test_init_from_checkpoint(tf, hub, handle, tmp_path):
    """tf.train.init_from_checkpoint of it, after the hub.Module was made."""
    path = _saved(tf, hub, handle, str(tmp_path / "kept"))

    def prepare(module):
        tf.train.init_from_checkpoint(path, {"module/": "module/"})

    _check_restored(tf, hub, handle, lambda session, module: None, prepare)


@probe("tf1-hub.create.tf1.checkpoint", "literal", way="variable-map")
@pytest.mark.parametrize("model", ["tf1-dense"])
def test_other_scope(tf, hub, handle, tmp_path):
    """tf.train.Saver(module.variable_map) on both sides: a module in another scope takes the values."""
    path = _saved(tf, hub, handle, str(tmp_path / "kept"), by_map=True)
    restore = lambda session, module: tf.train.Saver(module.variable_map).restore(session, path)  # noqa: E731
    _check_restored(tf, hub, handle, restore, name="elsewhere")


@probe("tf1-hub.create.tf1.checkpoint.other-name", "literal")
@pytest.mark.parametrize("model", ["tf1-dense"])
def test_other_name(tf, hub, handle, tmp_path):
    """The same without a map, the module's scope having another name than when it was saved: an error that names the
    variable."""
    path = _saved(tf, hub, handle, str(tmp_path / "kept"))
    restore = lambda session, module: tf.train.Saver().restore(session, path)  # noqa: E731
    call = lambda: _check_restored(tf, hub, handle, restore, name="elsewhere")  # noqa: E731
    checks.refused(call, "NotFoundError", r"Key elsewhere\S* not found in checkpoint", "another name is refused")


@probe("tf1-hub.fine-tune.tf1.moving-average", "literal")
@pytest.mark.parametrize("model", ["tf1-dense"])
def test_exponential_moving_average(tf, hub, handle):
    """tf.train.ExponentialMovingAverage over a trainable hub.Module: the averages follow a step, and can be restored
    in its place."""
    expected = subjects.training("dense")
    module = public(hub, "Module")(handle, trainable=True)
    outputs = module(tf.constant(expected.inputs))
    loss = tf.losses.mean_squared_error(expected.targets, outputs) + tf.losses.get_regularization_loss()
    average = tf.train.ExponentialMovingAverage(DECAY)
    variables = tf.trainable_variables()
    train = steps.train_op(tf, loss, variables)
    with tf.control_dependencies([train]):
        follow = average.apply(variables)
    averages = {one.op.name.split("/")[-1]: average.average(one) for one in variables}
    with tf.Session() as session:
        session.run(tf.global_variables_initializer())
        session.run(follow)
        found = session.run(averages)
    for name, start in (("kernel", reference.KERNEL), ("bias", reference.BIAS)):
        after = DECAY * start.astype(np.float64) + (1 - DECAY) * expected.trained[name]
        checks.equal(found[name], after.astype(np.float32), "the average of {} follows its step".format(name))


def _saved(tf, hub, handle, path, by_map=False):
    with tf.Graph().as_default(), tf.Session() as session:
        module = public(hub, "Module")(handle)
        session.run(tf.global_variables_initializer())
        session.run(tf.assign(module.variable_map["kernel"], CHANGED))
        return tf.train.Saver(module.variable_map if by_map else None).save(session, path)


def _check_restored(tf, hub, handle, restore, prepare=lambda module: None, name="module"):
    """A module made anew computes with the changed kernel, once restored."""
    with tf.Graph().as_default(), tf.Session() as session:
        module = public(hub, "Module")(handle, name=name)
        outputs = module(tf.constant(reference.INPUTS))
        prepare(module)
        session.run(tf.global_variables_initializer())
        restore(session, module)
        got = session.run(outputs)
    checks.equal(got, reference.dense(reference.INPUTS, CHANGED), "it computes with the values that were saved")
