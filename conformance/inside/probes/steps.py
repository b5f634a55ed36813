"""Steps that several probes take: compute both batches, train once, and compare with NumPy."""

import os
import shutil

import numpy as np

from conformance.inside import checks
from conformance.inside.models import reference
from conformance.inside.probes import subjects


def tensor(tf, batch):
    """A batch as a constant; byte strings come as an array of objects."""
    return tf.constant(list(batch)) if batch.dtype == object else tf.constant(batch)


def placeholder(tf, batch):
    """A placeholder for batches like `batch`, of any size."""
    return tf.placeholder(tf.string if batch.dtype == object else tf.float32, [None] + list(batch.shape[1:]))


def sparse(tf, array):
    """The array as a SparseTensor, without its zeros."""
    return tf.SparseTensor(np.argwhere(array), array[array != 0], array.shape)


def arrays(outputs):
    """The arrays of a dict of eager tensors."""
    return {key: value.numpy() for key, value in outputs.items()}


def with_swapped_vocabulary(handle, path):
    """Copies the text model to `path` with two words of its vocabulary swapped.

    Returns:
        the words as they are there, and the embedding that gives the same outputs with the words as they were.
    """
    shutil.copytree(handle, path)
    [vocabulary] = os.listdir(os.path.join(path, "assets"))
    words = (reference.VOCABULARY[1], reference.VOCABULARY[0]) + reference.VOCABULARY[2:]
    with open(os.path.join(path, "assets", vocabulary), "w") as file:
        file.write("\n".join(words) + "\n")
    return words, reference.EMBEDDING[[1, 0, 2, 3, 4]]


def check_inference_in_graph(tf, run, role, call):
    """Builds `call` on a placeholder, and compares what it gives for two batches of different sizes with NumPy.

    Args:
        call: inputs -> outputs, both tensors, [batch, ...] each.
    """
    first, second = subjects.batches(role)
    inputs = placeholder(tf, first)
    outputs = call(inputs)
    for batch in (first, second, first):
        checks.equal(run(outputs, {inputs: batch}), subjects.outputs(role, batch), "inference equals NumPy's")


def check_inference_eagerly(tf, role, call):
    """Calls eagerly with two batches of different sizes, and compares with NumPy."""
    first, second = subjects.batches(role)
    for batch in (first, second, first):
        checks.equal(call(tensor(tf, batch)).numpy(), subjects.outputs(role, batch), "inference equals NumPy's")


def check_inference(tf, cell, run, role, call):
    """The same in whichever way the cell's mode computes."""
    if cell.mode == "tf2":
        check_inference_eagerly(tf, role, call)
    else:
        check_inference_in_graph(tf, run, role, call)


def mean_squared_error(tf, outputs, targets):
    """A scalar tensor: the mean over all elements."""
    return tf.reduce_mean(tf.square(outputs - targets))


def train_op(tf, loss, variables, updates=()):
    """One step of gradient descent as an op; the loss and the updates are computed before any variable moves."""
    gradients = tf.gradients(loss, variables)
    for variable, gradient in zip(variables, gradients):
        checks.holds(gradient is not None, "the loss depends on {}".format(variable.name), "no gradient")
    optimizer = tf.train.GradientDescentOptimizer(subjects.RATE)
    with tf.control_dependencies([loss] + list(updates)):
        return optimizer.apply_gradients(zip(gradients, variables))


def check_after_step(values, expected, updated=True):
    """Checks the variables after one step.

    Args:
        values: role -> value, of all variables.
        expected: a subjects.Training.
        updated: whether the moving averages should have moved; else they should be as they were.
    """
    for name, value in sorted(expected.trained.items()):
        checks.holds(name in values, "{} is among the variables".format(name), sorted(values))
        checks.equal(values[name], value, "{} took the gradient step computed by hand".format(name))
    for name, value in sorted(expected.kept.items()):
        checks.holds(name in values, "{} is among the variables".format(name), sorted(values))
        checks.holds(values[name] == value, "{} is frozen, to the bit".format(name), values[name])
    if updated:
        for name, value in sorted(expected.updated.items()):
            checks.holds(name in values, "{} is among the variables".format(name), sorted(values))
            checks.equal(values[name], value, "{} moved towards the batch's statistics".format(name))


def check_roles(variables, expected, rule):
    """Checks that a list of variables is exactly those of the expected roles; gives them by role."""
    found = checks.by_role([(variable.name, variable) for variable in variables])
    checks.holds(sorted(found) == sorted(expected), rule, sorted(found))
    return found
