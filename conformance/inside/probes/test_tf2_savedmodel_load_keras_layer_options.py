"""hub.KerasLayer around TF2 SavedModels: nested shapes, what a configuration keeps, and options that are refused."""

import json

import numpy as np
import pytest

from conformance.inside import checks
from conformance.inside.models import reference
from conformance.inside.models import reference_structures as structures
from conformance.inside.probe import probe, public


@probe("tf2-savedmodel.load.tf2.keras-layer.callable", "implied")
def test_options_for_handles_alone(tf, hub):
    """hub.KerasLayer(callable, tags=...) and load_options=... are ValueErrors: there is nothing to load."""
    make = public(hub, "KerasLayer")
    for options in ({"tags": []}, {"tags": ["serve"]}, {"load_options": object()}):
        [option] = options
        checks.refused(lambda options=options: make(tf.abs, **options), "ValueError", option, option + " is refused")


@probe("tf2-savedmodel.load.tf2.keras-layer.callable", "implied")
def test_arguments_and_inputs(tf, hub):
    """hub.KerasLayer(callable, arguments=...): the inputs come first, the layer's `training` is passed if asked for."""
    seen = []

    class Model(tf.Module):
        def __call__(self, inputs, factor=1.0, training=None):
            seen.append(training)
            return factor * inputs

    layer = public(hub, "KerasLayer")(Model(), arguments={"factor": 3.0}, trainable=True)
    inputs = tf.constant(reference.INPUTS)
    for training in (True, False):
        checks.equal(layer(inputs, training=training).numpy(), 3.0 * reference.INPUTS, "the argument is passed on")
    layer.trainable = False
    layer(inputs, training=True)
    checks.holds(seen == [True, False, False], "training is that of the call, unless the layer is frozen", seen)
    plain = hub.KerasLayer(tf.abs)
    checks.equal(plain(inputs, training=True).numpy(), np.abs(reference.INPUTS), "who takes no training gets none")


@probe("tf2-savedmodel.load.tf2.keras-layer.callable", "implied")
def test_losses_have_to_be_callables(tf, hub):
    """An object whose regularization_losses are tensors, not callables, is a ValueError; a frozen layer's are zero."""

    class Model(tf.Module):
        def __init__(self, losses):
            super(Model, self).__init__()
            self.regularization_losses = losses

        def __call__(self, inputs):
            return 2.0 * inputs

    make = public(hub, "KerasLayer")
    checks.refused(
        lambda: make(Model([tf.constant(1.0)])), "ValueError", "regularization_losses", "tensors are refused"
    )
    layer = make(Model([lambda: tf.constant(0.5)]), trainable=True)
    found = [float(sum(layer.losses))]
    layer.trainable = False
    found.append(float(sum(layer.losses)))
    layer.trainable = True
    found.append(float(sum(layer.losses)))
    checks.holds(found == [0.5, 0.0, 0.5], "the losses count while the layer trains", found)


@probe("tf2-savedmodel.load.tf2.keras-layer.output-shape", "implied")
@pytest.mark.parametrize("model", ["tf2-encoder"])
def test_nested_output_shape(tf, hub, handle):
    """output_shape as a dict of shapes, for a model that gives a dict: each tensor in a tf.function gets its own."""
    tokens = {key: tf.constant(value) for key, value in structures.TOKENS.items()}
    expected = structures.encoder(structures.TOKENS)
    shapes = {key: [None] * (value.ndim - 2) + [value.shape[-1]] for key, value in expected.items()}
    layer = public(hub, "KerasLayer")(handle, output_shape=shapes)
    found = []

    @tf.function
    def compute(inputs):
        outputs = layer(inputs)
        found.append({key: value.shape.as_list() for key, value in outputs.items()})
        return outputs

    got = {key: value.numpy() for key, value in compute(tokens).items()}
    checks.same_outputs(got, expected, "the outputs are the same as without")
    widths = {key: shape[-1] for key, shape in found[-1].items()}
    checks.holds(widths == {key: value.shape[-1] for key, value in expected.items()}, "each has its shape", found)
    kept = layer.get_config()["output_shape"]
    told = {key: list(shape) for key, shape in kept.items()}
    checks.holds(told == shapes, "the configuration keeps the shapes", kept)
    wrong = hub.KerasLayer(handle, output_shape=dict(shapes, default=[77]))
    checks.refused(lambda: wrong(tokens), "ValueError", "77|shape", "a shape that the output has not is refused")


@probe("tf2-savedmodel.load.tf2.keras-layer.config", "implied")
@pytest.mark.parametrize("model", ["tf2-signatures"])
def test_config_is_json(tf, hub, handle):
    """layer.get_config() can be written as JSON and read back, with arguments, name and all outputs of a signature."""
    make = public(hub, "KerasLayer")
    options = {"signature": "double", "signature_outputs_as_dict": True, "name": "of_two", "arguments": {}}
    config = json.loads(json.dumps(make(handle, **options).get_config()))
    layer = make.from_config(config)
    got = {key: value.numpy() for key, value in layer(tf.constant(reference.INPUTS)).items()}
    checks.same_outputs(got, reference.doubled(reference.INPUTS), "the layer gives all outputs again")
    checks.holds(layer.name == "of_two", "it has its name again", layer.name)
    checks.holds("output_key" not in config, "what was not given is not there", config)
    arguments = {"factor": 3.0, "flags": [True, None]}
    config = make(handle, signature="double", output_key="total", arguments=arguments).get_config()
    config = json.loads(json.dumps(config))
    checks.holds(config["arguments"] == arguments, "the arguments are kept", config)


@probe("tf2-savedmodel.load.tf2.keras-layer.config", "implied")
@pytest.mark.parametrize("model", ["tf2-dense"])
def test_config_that_cannot_be(tf, hub, handle):
    """get_config() around an object is a NotImplementedError, and with arguments that are no JSON a ValueError."""
    make = public(hub, "KerasLayer")
    layer = make(tf.abs)
    checks.refused(layer.get_config, "NotImplementedError", "handle", "an object has no configuration")
    layer = make(handle, arguments={"thing": object()})
    checks.refused(layer.get_config, "ValueError", "thing", "an argument that is no JSON is named")


@probe("tf2-savedmodel.load.tf2.keras-layer.output-key", "implied")
@pytest.mark.parametrize("model", ["tf2-dense"])
def test_output_options_that_cannot_be(tf, hub, handle):
    """output_key of a single output, all outputs of no signature, and both options at once are ValueErrors."""
    make, inputs = public(hub, "KerasLayer"), tf.constant(reference.INPUTS)
    single = make(handle, output_key="default")
    checks.refused(lambda: single(inputs), "ValueError", "output_key", "a single output has no keys")
    checks.refused(
        lambda: make(handle, signature_outputs_as_dict=True), "ValueError", "signature", "a signature has to be named"
    )
    both = {"signature": "serving_default", "output_key": "output_0", "signature_outputs_as_dict": True}
    checks.refused(lambda: make(handle, **both), "ValueError", "output_key", "one of both has to be chosen")


@probe("tf2-savedmodel.load.tf2.keras-layer.output-key", "implied")
def test_objects_without_signatures(tf, hub):
    """hub.KerasLayer(obj, signature=...) of an object that has none, and of one that cannot be called, is refused."""
    make = public(hub, "KerasLayer")
    checks.refused(
        lambda: make(tf.abs, signature="serving_default", output_key="x"), "ValueError", "signature", "it has none"
    )
