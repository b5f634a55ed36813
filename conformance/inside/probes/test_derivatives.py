"""Derivatives through a loaded model of every kind that TensorFlow computes, of all formats: NumPy's numbers."""

import numpy as np
import pytest

from conformance.inside import checks
from conformance.inside.probe import probe, public
from conformance.inside.probes import derivatives

FORWARD = "forward"
OF_SIGNATURES = ["inputs", "second-order"]


@pytest.fixture(scope="session")
def loaded(hub):
    """Gives what a form loads; once for all derivatives, which change nothing."""
    made = {}

    def get(form, handle):
        if (form, handle) not in made:
            made[form, handle] = public(hub, form)(handle)
        return made[form, handle]

    return get


@probe("tf2-savedmodel.fine-tune.tf2.derivatives", "literal", way="{way}")
@pytest.mark.parametrize("way", sorted(set(derivatives.EAGERLY) - {FORWARD}))
@pytest.mark.parametrize("model", ["tf2-dense"])
def test_hub_load(tf, loaded, handle, way):
    """A derivative through hub.load(handle)(inputs)."""
    _check_eagerly(tf, loaded("load", handle), way)


@probe("tf2-savedmodel.fine-tune.tf2.derivatives.forward", "literal")
@pytest.mark.parametrize("model", ["tf2-dense"])
def test_forward(tf, loaded, handle):
    """The derivative of hub.load(handle)(inputs) in a direction, by tf.autodiff.ForwardAccumulator."""
    _check_eagerly(tf, loaded("load", handle), FORWARD)


@probe("tf2-savedmodel.fine-tune.tf2.derivatives", "implied", way="inputs")
@pytest.mark.parametrize("model", ["tf2-dense"])
def test_frozen_layer(tf, loaded, handle):
    """The gradient with respect to the inputs of a frozen hub.KerasLayer, as saliency maps ask for it."""
    _check_eagerly(tf, loaded("KerasLayer", handle), "inputs")


@probe("tf2-savedmodel.fine-tune.tf2.derivatives", "implied", way="second-order")
@pytest.mark.parametrize("model", ["tf2-dense"])
def test_frozen_layer_derived_twice(tf, loaded, handle):
    """The gradient of that gradient, as penalties on gradients ask for it."""
    _check_eagerly(tf, loaded("KerasLayer", handle), "second-order")


@probe("tf1-hub.load.tf2.derivatives", "literal", way="{way}")
@pytest.mark.parametrize("way", OF_SIGNATURES)
@pytest.mark.parametrize("model", ["tf1-dense"])
def test_signature(tf, loaded, handle, way):
    """A derivative through hub.load(handle).signatures["default"](inputs) of a TF1 Hub model."""
    signature = loaded("load", handle).signatures["default"]
    _check_eagerly(tf, lambda inputs: signature(inputs)["default"], way)


@probe("tf1-hub.fine-tune.tf1.derivatives", "literal", way="{way}")
@pytest.mark.parametrize("way", sorted(derivatives.IN_GRAPHS))
@pytest.mark.parametrize("model", ["tf1-dense"])
def test_module(tf, hub, run, handle, way):
    """A derivative through hub.Module(handle)(inputs) by tf.gradients."""
    _check_in_graph(tf, run, public(hub, "Module")(handle), way)


@probe("tf2-savedmodel.fine-tune.tf1.derivatives", "literal", way="{way}")
@pytest.mark.parametrize("way", sorted(derivatives.IN_GRAPHS))
@pytest.mark.parametrize("model", ["tf2-dense"])
def test_loaded_in_a_graph(tf, hub, run, handle, way):
    """A derivative through hub.load(handle)(inputs) by tf.gradients, in graph mode."""
    _check_in_graph(tf, run, public(hub, "load")(handle), way)


def _check_eagerly(tf, call, way):
    compute, expected = derivatives.EAGERLY[way]
    got = compute(tf, call)
    checks.holds(got is not None, "there is a derivative", "none")
    checks.equal(np.asarray(got), expected(), "the derivative equals NumPy's")


def _check_in_graph(tf, run, call, way):
    compute, expected = derivatives.IN_GRAPHS[way]
    got = compute(tf, call)
    checks.holds(got is not None, "there is a derivative", "none")
    checks.equal(run(got), expected(), "the derivative equals NumPy's")
