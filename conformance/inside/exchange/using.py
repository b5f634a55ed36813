"""Loads a model and calls its signatures, in whichever way the mode does; a fresh process can be asked for it too."""

import importlib

import numpy as np

from conformance.inside import checks
from conformance.inside.exchange.roles import calls
from conformance.inside.fresh.loading import feedable, tensors
from conformance.inside.probe import public


def computed(tf, hub, path, role):
    """What each of the role's calls gives, as a dict of arrays each, of the model at that path."""
    if tf.executing_eagerly():
        loaded = public(hub, "load")(path)
        return [called(tf, loaded, call) for call in calls(role)]
    v1 = importlib.import_module("tensorflow.compat.v1")
    with v1.Graph().as_default(), v1.Session() as session:
        if role.startswith("tf1-"):  # whose assets and tables only hub.Module knows
            module = public(hub, "Module")(path)
            found = [module(_given(v1, call), signature=call.signature, as_dict=True) for call in calls(role)]
            session.run([v1.global_variables_initializer(), v1.tables_initializer()])
            return session.run(found)
        loaded = v1.saved_model.loader.load(session, ["serve"], path)
        return [run(session, loaded, call) for call in calls(role)]


def _given(v1, call):
    given = {name: tensors(v1, array) for name, array in call.inputs.items()}
    return next(iter(given.values())) if len(given) == 1 else given


def called(tf, loaded, call):
    """Calls a signature of a loaded object by the names of its inputs."""
    checks.holds(call.signature in loaded.signatures, "the signature is there", sorted(loaded.signatures))
    function = loaded.signatures[call.signature]
    given = {name: tensors(tf, array) for name, array in call.inputs.items()}
    known = function.structured_input_signature
    if len(given) == 1:
        [value] = given.values()
        if known is None:  # a TF1 model's, before 2.4: its only input has no name here
            outputs = function(value)
        else:
            [name] = known[1]
            outputs = function(**{name: value})
    else:
        outputs = function(**given)
    return {name: np.asarray(one) for name, one in outputs.items()}


def run(session, loaded, call):
    """Feeds and fetches the tensors of a signature in a session."""
    checks.holds(call.signature in loaded.signature_def, "the signature is there", sorted(loaded.signature_def))
    ends = loaded.signature_def[call.signature]
    names = {name: one.name for name, one in ends.inputs.items()}
    if len(names) == 1:
        names = dict(zip(call.inputs, names.values()))
    feed = {names[name]: feedable(array) for name, array in call.inputs.items()}
    return session.run({name: one.name for name, one in ends.outputs.items()}, feed)


def check(found, role, rule, expected=None):
    """Compares what each call gave with NumPy; a lone output may have any name."""
    for got, call in zip(found, calls(role)):
        outputs = call.outputs if expected is None else expected[call.signature]
        if len(outputs) == len(got) == 1:
            got = dict(zip(outputs, got.values()))
        checks.same_outputs(got, outputs, "{}, signature {}".format(rule, call.signature))
