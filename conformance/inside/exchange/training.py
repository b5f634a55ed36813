"""One step of training of a model that was loaded, compared with the step that NumPy computes."""

import importlib

from conformance.inside import checks
from conformance.inside.exchange.roles import ROLES, default_signature
from conformance.inside.exchange.using import load_graph
from conformance.inside.fresh.loading import feedable
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


def in_session(path, role):
    """The graph of the TF1 Hub format, by tf.saved_model.loader.load and tf.train.GradientDescentOptimizer."""
    expected = subjects.training(ROLES[role].plays)
    v1 = importlib.import_module("tensorflow.compat.v1")
    with v1.Graph().as_default(), v1.Session() as session:
        loaded = load_graph(v1, session, role, path, training=ROLES[role].plays == "batchnorm")
        ends = loaded.signature_def[default_signature(role)]
        [inputs], [outputs] = ends.inputs.values(), ends.outputs.values()
        outputs = session.graph.get_tensor_by_name(outputs.name)
        penalties = v1.get_collection(v1.GraphKeys.REGULARIZATION_LOSSES)
        loss = v1.add_n([steps.mean_squared_error(v1, outputs, expected.targets)] + penalties)
        step = steps.train_op(v1, loss, v1.trainable_variables(), v1.get_collection(v1.GraphKeys.UPDATE_OPS))
        feed = {inputs.name: feedable(expected.inputs)}
        checks.equal(session.run(loss, feed), expected.loss, "the loss equals NumPy's")
        session.run(step, feed)
        values = session.run({one.name: one for one in v1.global_variables()})
        steps.check_after_step(checks.by_role(values.items()), expected)
