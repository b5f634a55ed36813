"""Inputs not as declared, in TF2: refused in clear words, or converted; and the cure gives the values of NumPy."""

import numpy as np
import pytest

from conformance.inside import checks
from conformance.inside.models import reference
from conformance.inside.probe import probe, public, rejects
from conformance.inside.probes import subjects, undeclared
from conformance.inside.probes.refusals import BY_FUNCTION

CONVERTED = [row.name for row in undeclared.MATRICES if row.converts]
REFUSED = [row.name for row in undeclared.MATRICES if not row.converts]
CURED = [row.name for row in undeclared.MATRICES if row.cure]
FLOATS = ["float64", "float16"]  # which Keras casts

# What TensorFlow says of a tensor that is not what an op takes.
BY_OP = r"was expected to be a \w+ tensor but is a|Matrix size-incompatible|In\[0\] (is not a matrix|and In\[1\] has)"


def refuses(test):
    """An error that speaks of the input is a clear refusal."""
    test = rejects("ValueError", BY_FUNCTION)(rejects("TypeError", BY_FUNCTION)(test))
    test = rejects("AssertionError", r"Expected all args to be Tensors or Variables")(test)
    return rejects("InvalidArgumentError", BY_OP)(test)


@pytest.fixture(scope="session")
def forms(cell, hub):
    """Gives the call of a form, tensor -> tensor, on a model; loaded once."""
    made = {}

    def get(form, handle):
        if (form, handle) not in made:
            made[form, handle] = _made(hub, form, handle)
        return made[form, handle]

    return get


def _made(hub, form, handle):
    if form == "keras-layer":
        return public(hub, "KerasLayer")(handle)
    loaded = public(hub, "load")(handle)
    if form == "hub-load":
        return loaded
    signature = loaded.signatures["default"]
    return lambda inputs: signature(inputs)["default"]


def check(tf, role, call, name, cure=False):
    """Calls with what is given, or with its cure; what comes back must be NumPy's values of it."""
    row = undeclared.BY_NAME[name]
    given = row.give(tf)
    if cure:
        given = row.cure(tf, given)
    got = np.asarray(call(given))
    expected = subjects.outputs(role, undeclared.array(given)) if given is not None else got[:0]
    checks.equal(got, expected, "the outputs are NumPy's for what was given")


@probe("tf2-savedmodel.load.tf2.inputs.refused", "literal", way="{case}")
@refuses
@pytest.mark.parametrize("case", REFUSED)
@pytest.mark.parametrize("model", ["tf2-dense"])
def test_hub_load(tf, forms, role, handle, case):
    """hub.load(handle), called with an input that is not as declared."""
    check(tf, role, forms("hub-load", handle), case)


@probe("tf2-savedmodel.load.tf2.keras-layer.inputs.refused", "literal", way="{case}")
@refuses
@pytest.mark.parametrize("case", [case for case in REFUSED if case not in FLOATS])
@pytest.mark.parametrize("model", ["tf2-dense"])
def test_keras_layer(tf, forms, role, handle, case):
    """hub.KerasLayer(handle), called with an input that is not as declared."""
    check(tf, role, forms("keras-layer", handle), case)


@probe("tf2-savedmodel.load.tf2.keras-layer.inputs.cast", "literal")
@pytest.mark.parametrize("case", FLOATS)
@pytest.mark.parametrize("model", ["tf2-dense"])
def test_keras_layer_casts(tf, forms, role, handle, case):
    """hub.KerasLayer(handle), called with floats of another size: Keras casts them."""
    check(tf, role, forms("keras-layer", handle), case)


@probe("tf1-hub.load.tf2.inputs.refused", "literal", way="{case}")
@refuses
@pytest.mark.parametrize("case", REFUSED)
@pytest.mark.parametrize("model", ["tf1-dense"])
def test_signature(tf, forms, role, handle, case):
    """hub.load(handle).signatures["default"], called with an input that is not as declared."""
    check(tf, role, forms("signature", handle), case)


@probe("tf2-savedmodel.load.tf2.inputs.converted", "literal", way="{case}")
@pytest.mark.parametrize("case", CONVERTED)
@pytest.mark.parametrize("model", ["tf2-dense"])
def test_converted(tf, forms, role, handle, case):
    """hub.load(handle), called with what TensorFlow converts by itself."""
    check(tf, role, forms("hub-load", handle), case)


@probe("tf2-savedmodel.load.tf2.inputs.cure", "literal", way="{case}")
@pytest.mark.parametrize("case", CURED)
@pytest.mark.parametrize("model", ["tf2-dense"])
def test_cure(tf, forms, role, handle, case):
    """hub.load(handle), called with the same input made as declared."""
    check(tf, role, forms("hub-load", handle), case, cure=True)


@probe("tf1-hub.load.tf2.inputs.cure", "literal", way="{case}")
@pytest.mark.parametrize("case", CURED)
@pytest.mark.parametrize("model", ["tf1-dense"])
def test_signature_cure(tf, forms, role, handle, case):
    """hub.load(handle).signatures["default"], called with the same input made as declared."""
    check(tf, role, forms("signature", handle), case, cure=True)


@probe("tf2-savedmodel.load.tf2.text.inputs.refused", "literal", way="{case}")
@refuses
@pytest.mark.parametrize("case", [row.name for row in undeclared.SENTENCES if not row.converts])
@pytest.mark.parametrize("form", ["hub-load", "keras-layer"])
@pytest.mark.parametrize("model", ["tf2-text"])
def test_text(tf, forms, role, handle, form, case):
    """A model of strings, called with an input that is not as declared."""
    check(tf, role, forms(form, handle), case)


@probe("tf2-savedmodel.load.tf2.text.inputs.converted", "literal", way="{case}")
@pytest.mark.parametrize("case", [row.name for row in undeclared.SENTENCES if row.converts])
@pytest.mark.parametrize("model", ["tf2-text"])
def test_text_converted(tf, forms, role, handle, case):
    """hub.load(handle) of a model of strings, called with what TensorFlow converts by itself."""
    check(tf, role, forms("hub-load", handle), case)


@probe("tf2-savedmodel.load.tf2.text.inputs.cure", "literal", way="{case}")
@pytest.mark.parametrize("case", [row.name for row in undeclared.SENTENCES if row.cure])
@pytest.mark.parametrize("model", ["tf2-text"])
def test_text_cure(tf, forms, role, handle, case):
    """hub.load(handle) of a model of strings, called with the same input made as declared."""
    check(tf, role, forms("hub-load", handle), case, cure=True)


CALLS = {
    "missing-key": lambda model, rows: model({"left": rows}),
    "extra-key": lambda model, rows: model({"left": rows, "right": rows, "more": rows}),
    "other-key": lambda model, rows: model({"left": rows, "write": rows}),
    "two-arguments": lambda model, rows: model(rows, rows),
    "keywords": lambda model, rows: model(left=rows, right=rows),
    "signature-of-positions": lambda model, rows: model.signatures["pair"](rows, rows),
    "signature-of-a-dict": lambda model, rows: model.signatures["pair"]({"left": rows, "right": rows}),
    "signature-lacks-a-keyword": lambda model, rows: model.signatures["pair"](left=rows),
    "signature-has-one-more": lambda model, rows: model.signatures["pair"](left=rows, right=rows, more=rows),
    "signature-of-another-name": lambda model, rows: model.signatures["pears"](left=rows, right=rows),
    "training-it-does-not-take": lambda model, rows: model({"left": rows, "right": rows}, training=True),
}


@probe("tf2-savedmodel.load.tf2.inputs.structure-refused", "literal", way="{case}")
@rejects("KeyError", r"pears")
@refuses
@pytest.mark.parametrize("case", sorted(CALLS))
@pytest.mark.parametrize("model", ["tf2-signatures"])
def test_structure(tf, forms, handle, case):
    """A model of a dict of two inputs, and its signature, called with another structure, key or name."""
    got = CALLS[case](forms("hub-load", handle), tf.constant(reference.INPUTS))
    expected = reference.paired(reference.INPUTS, reference.INPUTS)
    checks.same_outputs({key: value.numpy() for key, value in got.items()}, expected, "the outputs are NumPy's")
