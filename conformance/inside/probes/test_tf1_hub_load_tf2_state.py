"""TF1 Hub format in TF2: variables in parts, tables, control flow, inputs as Python has them."""

import numpy as np
import pytest

from conformance.inside import checks
from conformance.inside.models import reference
from conformance.inside.probe import probe, public
from conformance.inside.probes import steps


@probe("tf1-hub.load.tf2.hub-load", "implied")
@probe("tf1-hub.load.tf2.keras-layer", "implied")
@pytest.mark.parametrize("model", ["tf1-partitioned"])
def test_partitioned_variable(tf, hub, handle):
    """A variable in two parts, as large embeddings have: inference; and a signature without inputs, of all its rows."""
    loaded = public(hub, "load")(handle)
    whole = loaded.signatures["whole"]()["default"].numpy()
    checks.equal(whole, reference.EMBEDDING, "a signature without inputs joins the parts")
    picked = loaded.signatures["default"](tf.constant(reference.IDS))["default"].numpy()
    checks.equal(picked, reference.EMBEDDING[reference.IDS], "ids pick their rows")
    picked = public(hub, "KerasLayer")(handle, signature="default")(tf.constant(reference.IDS)).numpy()
    checks.equal(picked, reference.EMBEDDING[reference.IDS], "so they do through the layer")


@probe("tf1-hub.load.tf2.hub-load.variables", "implied")
@pytest.mark.parametrize("model", ["tf1-partitioned"])
def test_values_of_a_partitioned_variable(tf, hub, handle):
    """The variables of hub.load(handle), where one has two parts: each can be read, and is there once."""
    loaded = public(hub, "load")(handle)
    named = [(variable.name, variable.numpy()) for variable in loaded.variables]
    expected = {
        "part_0": reference.EMBEDDING[:3],
        "part_1": reference.EMBEDDING[3:],
        "kernel": reference.KERNEL,
    }
    checks.same_outputs(checks.by_role(named), expected, "the variables have the exported values")


@probe("tf1-hub.load.tf2.hub-load.assets", "implied")
@pytest.mark.parametrize("model", ["tf1-text"])
def test_tables_of_two_models(tf, hub, handle, tmp_path):
    """Two models at once, alike but for the words of their vocabularies: each looks words up in its own."""
    words, embedding = steps.with_swapped_vocabulary(handle, str(tmp_path / "swapped"))
    first, second = (public(hub, "load")(path) for path in (handle, str(tmp_path / "swapped")))
    sentences = steps.tensor(tf, reference.SENTENCES)
    for _ in range(2):
        outputs = first.signatures["default"](sentences)["default"].numpy()
        checks.equal(outputs, reference.text(reference.SENTENCES), "the first has its own words")
        outputs = second.signatures["default"](sentences)["default"].numpy()
        checks.equal(outputs, reference.text(reference.SENTENCES, embedding), "the second has {}".format(words))


@probe("tf1-hub.load.tf2.hub-load", "implied")
@pytest.mark.parametrize("model", ["tf1-variety", "tf1-partitioned"])
def test_control_flow(tf, hub, role, handle):
    """Signatures with a tf.while_loop and a tf.cond in their graphs."""
    signatures = public(hub, "load")(handle).signatures
    for batch, factor in ((reference.INPUTS, np.float32(1)), (-reference.INPUTS, np.float32(-3))):
        name = {"variety": "loop", "partitioned": "choice"}[role]
        expected = {"variety": reference.looped(batch), "partitioned": factor * reference.product(batch)}[role]
        checks.equal(signatures[name](tf.constant(batch))["default"].numpy(), expected, "inference equals NumPy's")


@probe("tf1-hub.load.tf2.hub-load.not-callable", "implied")
@pytest.mark.parametrize("model", ["tf1-text"])
def test_signature_instead_of_call(tf, hub, handle):
    """m.signatures["default"](tf.constant(["hello world", "hub"])): what the guide says to call instead."""
    outputs = public(hub, "load")(handle).signatures["default"](tf.constant(["hello world", "hub"]))
    expected = {"default": reference.text(reference.SENTENCES[:2])}
    checks.same_outputs(steps.arrays(outputs), expected, "each string has its embedding")
