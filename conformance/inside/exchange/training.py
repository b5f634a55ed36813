"""One step of training of a model that was loaded, compared with the step that NumPy computes."""

import importlib

from conformance.inside import checks
from conformance.inside.exchange.roles import ROLES
from conformance.inside.probe import public
from conformance.inside.probes import steps, subjects


def eagerly(tf, loaded, role):
    """A gradient tape around the loaded object, and Variable.assign_sub."""
    plays = ROLES[role].plays
    expected = subjects.training(plays)
    inputs = steps.tensor(tf, expected.inputs)
    with tf.GradientTape() as tape:
        outputs = loaded(inputs) if plays == "text" else loaded(inputs, training=True)
        loss = steps.mean_squared_error(tf, outputs, expected.targets)
        for penalty in getattr(loaded, "regularization_losses", None) or ():
            loss += penalty()
    checks.equal(outputs.numpy(), expected.outputs, "the outputs while training equal NumPy's")
    checks.equal(loss.numpy(), expected.loss, "the loss equals NumPy's")
    steps.check_roles(loaded.trainable_variables, expected.trained, "just these variables train")
    variables = list(loaded.trainable_variables)
    for variable, gradient in zip(variables, tape.gradient(loss, variables)):
        checks.holds(gradient is not None, "the loss depends on {}".format(variable.name), "no gradient")
        variable.assign_sub(subjects.RATE * tf.convert_to_tensor(gradient))
    steps.check_after_step(checks.by_role([(one.name, one.numpy()) for one in loaded.variables]), expected)


def in_session(hub, path, role):
    """hub.Module(path, trainable=True) and tf.train.GradientDescentOptimizer."""
    expected = subjects.training(ROLES[role].plays)
    v1 = importlib.import_module("tensorflow.compat.v1")
    with v1.Graph().as_default(), v1.Session() as session:
        tags = {"train"} if ROLES[role].plays == "batchnorm" else set()
        outputs = public(hub, "Module")(path, trainable=True, tags=tags)(steps.tensor(v1, expected.inputs))
        penalties = v1.get_collection(v1.GraphKeys.REGULARIZATION_LOSSES)
        loss = v1.add_n([steps.mean_squared_error(v1, outputs, expected.targets)] + penalties)
        step = steps.train_op(v1, loss, v1.trainable_variables(), v1.get_collection(v1.GraphKeys.UPDATE_OPS))
        session.run([v1.global_variables_initializer(), v1.tables_initializer()])
        checks.equal(session.run(loss), expected.loss, "the loss equals NumPy's")
        session.run(step)
        values = session.run({one.name: one for one in v1.global_variables()})
        steps.check_after_step(checks.by_role(values.items()), expected)
