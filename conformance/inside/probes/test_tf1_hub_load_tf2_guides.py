"""TF1 Hub format, loading in TF2: what the guides and the library say beside the page."""

import numpy as np
import pytest

from conformance.inside import checks
from conformance.inside.models import reference
from conformance.inside.probe import probe, public, rejects
from conformance.inside.probes import steps, subjects
from conformance.inside.probes.refusals import NOT_EAGERLY

TRAINS = {"gamma": True, "beta": True, "kernel": True, "moving_mean": False, "moving_variance": False}


@probe("tf1-hub.load.tf2.no-module", "literal")
@rejects(*NOT_EAGERLY)
@pytest.mark.parametrize("model", ["tf1-dense"])
def test_module_eagerly(tf, hub, role, handle):
    """m = hub.Module(handle); outputs = m(inputs), as TF2 is imported."""
    module = public(hub, "Module")(handle)
    steps.check_inference_eagerly(tf, role, module)


@probe("tf1-hub.load.tf2.hub-load.not-callable", "literal")
@pytest.mark.parametrize("model", ["tf1-dense", "tf1-text"])
def test_loaded_object_is_not_callable(tf, hub, role, handle):
    """hub.load(handle)(inputs) is a TypeError."""
    loaded = public(hub, "load")(handle)
    inputs = steps.tensor(tf, subjects.batches(role)[0])
    checks.refused(lambda: loaded(inputs), "TypeError", "not callable", "the loaded object itself is not callable")


@probe("tf1-hub.load.tf2.hub-load.tags", "literal")
@pytest.mark.parametrize("model", ["tf1-batchnorm"])
def test_tags(tf, hub, handle):
    """hub.load(handle, tags=...) of each set of tags the model has gives that graph; one it lacks is an error."""
    load = public(hub, "load")
    for tags, expected in (
        ([], reference.batchnorm(reference.INPUTS)),
        (set(), reference.batchnorm(reference.INPUTS)),
        ({"train"}, reference.batchnorm_training(reference.INPUTS)),
    ):
        outputs = load(handle, tags=tags).signatures["default"](tf.constant(reference.INPUTS))
        checks.same_outputs(steps.arrays(outputs), {"default": expected}, "tags={!r} choose the graph".format(tags))
    checks.refused(lambda: load(handle, tags=["serve"]), "RuntimeError", "tag", "absent tags are refused")


@probe("tf1-hub.load.tf2.hub-load.implicit-tags", "literal")
@pytest.mark.parametrize("model", ["tf1-batchnorm"])
def test_implicit_tags(tf, hub, handle):
    """hub.load(handle) of a model with two graphs takes the one with the empty set of tags."""
    outputs = public(hub, "load")(handle).signatures["default"](tf.constant(reference.INPUTS))
    expected = {"default": reference.batchnorm(reference.INPUTS)}
    checks.same_outputs(steps.arrays(outputs), expected, "without tags it is the inference graph")


@probe("tf1-hub.load.tf2.hub-load.all-outputs", "literal")
@pytest.mark.parametrize("model", ["tf1-variety"])
def test_every_output_is_computed(tf, hub, handle):
    """A signature with an output that fails whenever it is computed: the call fails though another output is wanted."""
    lazy = public(hub, "load")(handle).signatures["lazy"]
    inputs = tf.constant(reference.INPUTS)
    checks.refused(
        lambda: lazy(inputs)["default"], "InvalidArgumentError", "broken was computed", "every output is computed"
    )


@probe("tf1-hub.load.tf2.hub-load.variables", "literal")
@pytest.mark.parametrize("model", ["tf1-batchnorm"])
@pytest.mark.parametrize("tags", ["", "train"])
def test_variables_without_collections(tf, hub, handle, tags):
    """The loaded object has the variables with their values and whether they train; but no regularization losses,
    and calling the train graph moves no moving average."""
    loaded = public(hub, "load")(handle, tags=[tags] if tags else [])
    trainable = checks.by_role([(variable.name, variable.trainable) for variable in loaded.variables])
    checks.holds(trainable == TRAINS, "the variables know whether they are trained", trainable)
    loaded.signatures["default"](tf.constant(reference.INPUTS))
    values = checks.by_role([(variable.name, variable.numpy()) for variable in loaded.variables])
    expected = {
        "kernel": reference.KERNEL,
        "gamma": reference.GAMMA,
        "beta": reference.BETA,
        "moving_mean": reference.MOVING_MEAN,
        "moving_variance": reference.MOVING_VARIANCE,
    }
    checks.same_outputs(values, expected, "the variables have, and keep, the exported values")
    losses = getattr(loaded, "regularization_losses", None)
    checks.holds(not losses, "there are no regularization losses", losses)


@probe("tf1-hub.load.tf2.hub-load.assets", "literal")
@pytest.mark.parametrize("model", ["tf1-text"])
def test_assets_travel_with_the_model(tf, hub, handle, tmp_path):
    """The model copied to another folder, a word of its vocabulary changed: hub.load reads the one beside it."""
    path = str(tmp_path / "moved")
    _, embedding = steps.with_swapped_vocabulary(handle, path)
    outputs = public(hub, "load")(path).signatures["default"](steps.tensor(tf, reference.SENTENCES))["default"]
    expected = reference.text(reference.SENTENCES, embedding)
    checks.equal(outputs.numpy(), expected, "the asset beside the model is read")


@probe("tf1-hub.load.tf2.hub-load.sparse", "literal")
@pytest.mark.parametrize("model", ["tf1-sparse"])
def test_sparse_components(tf, hub, handle):
    """A sparse input goes in as <name>_indices, <name>_values and <name>_dense_shape; a sparse output comes whole."""
    signature = public(hub, "load")(handle).signatures["default"]
    inputs = steps.sparse(tf, reference.INPUTS)
    outputs = signature(
        inputs_indices=inputs.indices, inputs_values=inputs.values, inputs_dense_shape=inputs.dense_shape
    )
    checks.equal(outputs["default"].numpy(), reference.product(reference.INPUTS), "the product equals NumPy's")
    doubled = outputs["doubled"]
    checks.equal(doubled.indices.numpy(), np.argwhere(reference.INPUTS), "the sparse output's indices")
    checks.equal(doubled.values.numpy(), 2.0 * inputs.values.numpy(), "the sparse output's values")


@probe("tf1-hub.load.tf2.hub-load.ragged", "literal")
@pytest.mark.parametrize("model", ["tf1-ragged"])
def test_ragged_components(tf, hub, handle):
    """A ragged input goes in as <name>_component_0 (values) and _component_1 (row splits); the output comes whole."""
    signature = public(hub, "load")(handle).signatures["default"]
    outputs = signature(
        inputs_component_0=tf.constant(reference.RAGGED_VALUES),
        inputs_component_1=tf.constant(reference.RAGGED_SPLITS),
    )
    scaled = outputs["default"]
    checks.equal(scaled.values.numpy(), reference.SCALE * reference.RAGGED_VALUES, "the ragged output's values")
    checks.equal(scaled.row_splits.numpy(), reference.RAGGED_SPLITS, "the ragged output's rows")
    checks.equal(outputs["lengths"].numpy(), np.diff(reference.RAGGED_SPLITS), "the lengths of the rows")


@probe("tf1-hub.load.tf2.keras-layer.output-key", "literal")
@pytest.mark.parametrize("model", ["tf1-signatures"])
def test_output_key(tf, hub, handle):
    """output_key is "default" unless given; any other output can be named, and an absent one is a ValueError."""
    layer = public(hub, "KerasLayer")
    inputs = tf.constant(reference.INPUTS)
    expected = reference.doubled(reference.INPUTS)
    checks.equal(layer(handle, signature="double")(inputs).numpy(), expected["default"], "the key is default")
    total = layer(handle, signature="double", output_key="total")(inputs)
    checks.equal(total.numpy(), expected["total"], "the key names the output")
    absent = layer(handle, signature="double", output_key="absent")
    checks.refused(lambda: absent(inputs), "ValueError", "output key", "an absent key is refused")


@probe("tf1-hub.load.tf2.keras-layer.outputs-as-dict", "literal")
@pytest.mark.parametrize("model", ["tf1-signatures"])
def test_outputs_as_dict(tf, hub, handle):
    """signature_outputs_as_dict=True gives all outputs, of one input and of a dict of two; with output_key it is a
    ValueError."""
    layer = public(hub, "KerasLayer")
    left, right = tf.constant(reference.INPUTS), tf.constant(reference.INPUTS[::-1])
    doubled = layer(handle, signature="double", signature_outputs_as_dict=True)(left)
    checks.same_outputs(steps.arrays(doubled), reference.doubled(reference.INPUTS), "all outputs come by their names")
    paired = layer(handle, signature="pair", signature_outputs_as_dict=True)({"right": right, "left": left})
    expected = reference.paired(reference.INPUTS, reference.INPUTS[::-1])
    checks.same_outputs(steps.arrays(paired), expected, "inputs are matched by their names")
    checks.refused(
        lambda: layer(handle, signature="double", signature_outputs_as_dict=True, output_key="total"),
        "ValueError",
        "output_key",
        "one output and all of them exclude each other",
    )


@probe("tf1-hub.load.tf2.keras-layer.signature", "literal")
@pytest.mark.parametrize("model", ["tf1-signatures"])
def test_signature(tf, hub, handle):
    """Without signature= it is "default"; an absent one is a ValueError."""
    layer = public(hub, "KerasLayer")
    outputs = layer(handle)(tf.constant(reference.INPUTS))
    checks.equal(outputs.numpy(), reference.product(reference.INPUTS), "the signature is default")
    checks.refused(lambda: layer(handle, signature="absent"), "ValueError", "signature.*absent", "it is refused")


@probe("tf1-hub.load.tf2.keras-layer.tags", "literal")
@pytest.mark.parametrize("model", ["tf1-batchnorm"])
def test_layer_tags(tf, hub, handle):
    """hub.KerasLayer(handle, tags=..., signature="default") takes the graph with these tags; without, the inference
    graph. Either way nothing is trainable."""
    layer = public(hub, "KerasLayer")
    inputs = tf.constant(reference.INPUTS)
    for options, expected in (
        ({}, reference.batchnorm(reference.INPUTS)),
        ({"tags": set()}, reference.batchnorm(reference.INPUTS)),
        ({"tags": {"train"}}, reference.batchnorm_training(reference.INPUTS)),
    ):
        made = layer(handle, signature="default", **options)
        checks.equal(made(inputs).numpy(), expected, "{!r} chooses the graph".format(options))
        checks.holds(not made.trainable_weights, "nothing is trainable", made.trainable_weights)
        checks.holds(len(made.weights) == len(TRAINS), "the variables are its weights", made.weights)
