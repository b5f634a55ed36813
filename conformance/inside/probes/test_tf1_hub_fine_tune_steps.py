"""TF1 Hub format, fine-tuning with hub.Module in depth: several steps, checkpoints, control flow."""

import numpy as np
import pytest

from conformance.inside import checks
from conformance.inside.models import reference
from conformance.inside.probe import probe, public
from conformance.inside.probes import steps, subjects


@probe("tf1-hub.fine-tune.tf1.module", "literal")
@pytest.mark.parametrize("model", ["tf1-batchnorm"])
def test_two_steps(tf, hub, run, handle):
    """Two steps of gradient descent with the update ops, on different batches: the second goes on from the first."""
    module = public(hub, "Module")(handle, trainable=True, tags=["train"])
    inputs = tf.placeholder(tf.float32, [None, reference.FEATURES])
    loss = steps.mean_squared_error(tf, module(inputs), reference.TARGETS)
    loss += tf.add_n(tf.get_collection(tf.GraphKeys.REGULARIZATION_LOSSES))
    train = steps.train_op(tf, loss, tf.trainable_variables(), tf.get_collection(tf.GraphKeys.UPDATE_OPS))
    batches = (reference.INPUTS, reference.INPUTS[::-1])
    for batch in batches:
        run(train, {inputs: batch})

    weights = (reference.KERNEL, reference.GAMMA, reference.BETA)
    averages = (reference.MOVING_MEAN, reference.MOVING_VARIANCE)
    for batch in batches:
        averages = reference.moving_averages(batch, weights[0], *averages)
        weights = reference.batchnorm_step(subjects.RATE, batch, reference.TARGETS, True, *weights)
    names = ("kernel", "gamma", "beta", "moving_mean", "moving_variance")
    expected = dict(zip(names, weights + averages))
    checks.same_outputs(run(module.variable_map), expected, "after two steps all is as computed by hand")


@probe("tf1-hub.fine-tune.tf1.module", "implied")
@pytest.mark.parametrize("model", ["tf1-batchnorm"])
def test_checkpoint_from_training_to_inference(tf, hub, role, handle, tmp_path):
    """The train graph's variables, tuned and saved, are restored into the inference graph, as TF1 programs do."""
    path = str(tmp_path / "saved")
    expected = subjects.training(role)
    with tf.Graph().as_default(), tf.Session() as session:
        module = public(hub, "Module")(handle, trainable=True, tags=["train"])
        loss = steps.mean_squared_error(tf, module(tf.constant(expected.inputs)), expected.targets)
        loss += tf.add_n(tf.get_collection(tf.GraphKeys.REGULARIZATION_LOSSES))
        train = steps.train_op(tf, loss, tf.trainable_variables(), tf.get_collection(tf.GraphKeys.UPDATE_OPS))
        session.run(tf.global_variables_initializer())
        session.run(train)
        tf.train.Saver().save(session, path)
    with tf.Graph().as_default(), tf.Session() as session:
        outputs = hub.Module(handle)(tf.constant(reference.OTHER_INPUTS))
        tf.train.Saver().restore(session, path)
        tuned = [expected.trained[name] for name in ("kernel", "gamma", "beta")]
        tuned += [expected.updated[name] for name in ("moving_mean", "moving_variance")]
        wanted = reference.batchnorm(reference.OTHER_INPUTS, *tuned)
        checks.equal(session.run(outputs), wanted, "inference has the tuned values")


@probe("tf1-hub.fine-tune.tf1.module", "implied")
@pytest.mark.parametrize("model", ["tf1-variety"])
def test_gradient_through_a_loop(tf, hub, run, handle):
    """tf.gradients through a signature with a tf.while_loop in its graph, to the inputs and to the weights."""
    module = public(hub, "Module")(handle, trainable=True)
    inputs = tf.constant(reference.INPUTS)
    outputs = module(inputs, signature="loop")
    to_inputs, to_kernel = tf.gradients(outputs, [inputs, module.variable_map["kernel"]])
    got = run({"outputs": outputs, "inputs": to_inputs, "kernel": to_kernel})
    growth = np.float32(2**reference.LOOPS)
    expected = {
        "outputs": reference.looped(reference.INPUTS),
        "inputs": np.tile(growth * reference.KERNEL.sum(axis=1), (len(reference.INPUTS), 1)),
        "kernel": np.tile(growth * reference.INPUTS.sum(axis=0)[:, np.newaxis], (1, reference.UNITS)),
    }
    checks.same_outputs(got, expected, "the loop and its gradients equal NumPy's")


@probe("tf1-hub.fine-tune.tf1.module", "implied")
@pytest.mark.parametrize("model", ["tf1-partitioned"])
def test_gradient_through_a_conditional(tf, hub, run, handle):
    """tf.gradients through a signature with a tf.cond in its graph, to the inputs and to the weights, either way."""
    module = public(hub, "Module")(handle, trainable=True)
    inputs = tf.placeholder(tf.float32, [None, reference.FEATURES])
    outputs = module(inputs, signature="choice")
    slopes = tf.gradients(outputs, [inputs, module.variable_map["kernel"]])
    for batch, factor in ((reference.INPUTS, np.float32(1)), (-reference.INPUTS, np.float32(-3))):
        got = run({"outputs": outputs, "inputs": slopes[0], "kernel": slopes[1]}, {inputs: batch})
        expected = {
            "outputs": factor * reference.product(batch),
            "inputs": np.tile(factor * reference.KERNEL.sum(axis=1), (len(batch), 1)),
            "kernel": np.tile(factor * batch.sum(axis=0)[:, np.newaxis], (1, reference.UNITS)),
        }
        checks.same_outputs(got, expected, "the branch that was taken has its gradients")
