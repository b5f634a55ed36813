"""Lifetime: only a part of what was loaded is kept, and Python has collected the rest when the part is used."""

import gc

import pytest

from conformance.inside import checks
from conformance.inside.models import reference
from conformance.inside.probe import probe, public
from conformance.inside.probes import steps, subjects


def _alone(part):
    """Gives the part back when nothing but it is left."""
    gc.collect()
    return part


@probe("tf2-savedmodel.load.tf2.parts", "literal", way="inline")
@pytest.mark.parametrize("model", ["tf2-text"])
def test_call_in_one_line(tf, hub, role, handle):
    """hub.load(handle)(inputs): nothing is kept but the outputs."""
    steps.check_inference_eagerly(tf, role, lambda inputs: _alone(public(hub, "load")(handle)(inputs)))


@probe("tf2-savedmodel.load.tf2.parts", "literal", way="call")
@pytest.mark.parametrize("model", ["tf2-text"])
def test_bound_call(tf, hub, role, handle):
    """call = hub.load(handle).__call__, and then call(inputs)."""
    steps.check_inference_eagerly(tf, role, _alone(public(hub, "load")(handle).__call__))


@probe("tf2-savedmodel.load.tf2.parts", "literal", way="signature")
@pytest.mark.parametrize("model", ["tf2-text", "tf2-keras"])
def test_signature(tf, hub, role, handle):
    """signature = hub.load(handle).signatures["serving_default"], and then a call of it."""
    signature = _alone(public(hub, "load")(handle).signatures["serving_default"])
    steps.check_inference_eagerly(tf, role, lambda inputs: _only(signature(inputs)))


@probe("tf2-savedmodel.load.tf2.parts", "literal", way="signature-in-function")
@pytest.mark.parametrize("model", ["tf2-keras"])
def test_signature_in_a_function(tf, hub, role, handle):
    """The same signature called inside a tf.function that is traced after the rest was collected."""
    signature = _alone(public(hub, "load")(handle).signatures["serving_default"])
    steps.check_inference_eagerly(tf, role, tf.function(lambda inputs: _only(signature(inputs))))


@probe("tf2-savedmodel.load.tf2.parts", "literal", way="variables")
@pytest.mark.parametrize("model", ["tf2-dense"])
def test_variable(tf, hub, handle):
    """One of hub.load(handle).variables: its value, and an assignment to it."""
    [kernel] = [found for found in public(hub, "load")(handle).variables if found.name.startswith("kernel")]
    kernel = _alone(kernel)
    checks.equal(kernel.numpy(), reference.KERNEL, "the variable has its value")
    kernel.assign_add(2.0 * kernel)
    checks.equal(kernel.numpy(), 3.0 * reference.KERNEL, "it can be written")


@probe("tf2-savedmodel.load.tf2.parts", "literal", way="losses")
@pytest.mark.parametrize("model", ["tf2-dense"])
def test_loss(tf, hub, handle):
    """One of hub.load(handle).regularization_losses, called."""
    loss = _alone(public(hub, "load")(handle).regularization_losses[0])
    checks.equal(loss().numpy(), reference.regularization_loss(), "the loss equals NumPy's")


@probe("tf2-savedmodel.load.tf2.parts", "literal", way="layer")
@pytest.mark.parametrize("model", ["tf2-text"])
def test_layer_method(tf, hub, role, handle):
    """hub.KerasLayer(handle).call and hub.KerasLayer(handle).resolved_object, called."""
    for part in ("call", "resolved_object"):
        steps.check_inference_eagerly(tf, role, _alone(getattr(public(hub, "KerasLayer")(handle), part)))


@probe("tf2-savedmodel.load.tf2.parts", "literal", way="holder")
@pytest.mark.parametrize("model", ["tf2-text"])
def test_object_that_is_kept(tf, hub, role, handle):
    """The loaded object is kept beside its call, as an attribute of it, and collected with it."""

    class Holder:
        def __init__(self, loaded):
            self.loaded, self.call = loaded, loaded.__call__

    holder = _alone(Holder(public(hub, "load")(handle)))
    steps.check_inference_eagerly(tf, role, holder.call)


@probe("tf1-hub.load.tf2.parts", "literal", way="signature")
@pytest.mark.parametrize("model", ["tf1-dense", "tf1-text"])
def test_signature_of_a_module(tf, hub, role, handle):
    """signature = hub.load(handle).signatures["default"] of a TF1 Hub model, and then a call of it."""
    signature = _alone(public(hub, "load")(handle).signatures["default"])
    steps.check_inference_eagerly(tf, role, lambda inputs: signature(inputs)["default"])


@probe("tf1-hub.load.tf2.parts", "literal", way="signature-in-function")
@pytest.mark.parametrize("model", ["tf1-dense"])
def test_signature_of_a_module_in_a_function(tf, hub, role, handle):
    """The same signature inside a tf.function."""
    signature = _alone(public(hub, "load")(handle).signatures["default"])
    steps.check_inference_eagerly(tf, role, tf.function(lambda inputs: signature(inputs)["default"]))


@probe("tf1-hub.load.tf2.parts", "literal", way="variables")
@pytest.mark.parametrize("model", ["tf1-dense"])
def test_variable_of_a_module(tf, hub, handle):
    """One of hub.load(handle).variables of a TF1 Hub model."""
    [kernel] = [found for found in public(hub, "load")(handle).variables if "kernel" in found.name]
    checks.equal(_alone(kernel).numpy(), reference.KERNEL, "the variable has its value")


@probe("tf2-savedmodel.load.tf1.parts", "literal", way="inline")
@pytest.mark.parametrize("model", ["tf2-text"])
def test_call_in_one_line_in_a_graph(tf, hub, run, role, handle):
    """hub.load(handle)(inputs) in graph mode; the outputs are run after the object was collected."""
    steps.check_inference_in_graph(tf, run, role, lambda inputs: _alone(public(hub, "load")(handle)(inputs)))


@probe("tf2-savedmodel.load.tf1.parts", "literal", way="call")
@pytest.mark.parametrize("model", ["tf2-text"])
def test_bound_call_in_a_graph(tf, hub, run, role, handle):
    """call = hub.load(handle).__call__ in graph mode, and then call(inputs)."""
    steps.check_inference_in_graph(tf, run, role, _alone(public(hub, "load")(handle).__call__))


@probe("tf2-savedmodel.load.tf1.parts", "literal", way="signature")
@pytest.mark.parametrize("model", ["tf2-text"])
def test_signature_in_a_graph(tf, hub, run, role, handle):
    """signature = hub.load(handle).signatures["serving_default"] in graph mode, and then a call of it."""
    signature = _alone(public(hub, "load")(handle).signatures["serving_default"])
    steps.check_inference_in_graph(tf, run, role, lambda inputs: _only(signature(inputs)))


@probe("tf2-savedmodel.load.tf1.parts", "literal", way="layer")
@pytest.mark.parametrize("model", ["tf2-text"])
def test_layer_method_in_a_graph(tf, hub, run, role, handle):
    """hub.KerasLayer(handle).call in graph mode."""
    steps.check_inference_in_graph(tf, run, role, _alone(public(hub, "KerasLayer")(handle).call))


@probe("tf1-hub.load.tf1.module.parts", "literal")
@pytest.mark.parametrize("model", ["tf1-dense", "tf1-text"])
def test_outputs_of_a_module(tf, hub, run, role, handle):
    """hub.Module(handle)(inputs), run after the module was collected."""
    steps.check_inference_in_graph(tf, run, role, lambda inputs: _alone(public(hub, "Module")(handle)(inputs)))


@probe("tf2-savedmodel.load.tf2.two-loads", "literal")
@pytest.mark.parametrize("model", ["tf2-text"])
def test_two_loads(tf, hub, role, handle):
    """Two loads of one handle, of which one is written to and collected: the other computes what it did."""
    load = public(hub, "load")
    kept, other = load(handle), load(handle)
    for variable in other.variables:
        variable.assign(variable + tf.ones_like(variable))
    checks.holds(kept.variables[0] is not other.variables[0], "each load has variables of its own", "the same")
    steps.check_inference_eagerly(tf, role, kept)
    del other
    gc.collect()
    steps.check_inference_eagerly(tf, role, kept)
    expected = subjects.outputs(role, subjects.batches(role)[0])
    layer = public(hub, "KerasLayer")(handle)
    got = layer(steps.tensor(tf, subjects.batches(role)[0])).numpy()
    checks.equal(got, expected, "a layer of the same handle has the published values")


def _only(outputs):
    [output] = outputs.values()
    return output
