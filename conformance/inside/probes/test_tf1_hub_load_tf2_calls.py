"""TF1 Hub format in TF2 in depth: batch sizes, dtypes, two loads alike, weights shared, tf.function, config, errors."""

import numpy as np
import pytest

from conformance.inside import checks
from conformance.inside.models import reference
from conformance.inside.probe import probe, public, rejects
from conformance.inside.probes import steps, subjects
from conformance.inside.probes.refusals import NOT_A_LAYER_OF_KERAS_3

MODELS = ["tf1-dense", "tf1-batchnorm", "tf1-signatures", "tf1-text"]


@probe("tf1-hub.load.tf2.hub-load", "literal")
@probe("tf1-hub.load.tf2.keras-layer", "literal")
@pytest.mark.parametrize("model", MODELS)
def test_one_row(tf, hub, role, handle):
    """Both ways to call the signature, on a batch of one."""
    batch = subjects.batches(role)[0][2:3]
    inputs = steps.tensor(tf, batch)
    expected = subjects.outputs(role, batch)
    loaded = public(hub, "load")(handle)
    checks.equal(loaded.signatures["default"](inputs)["default"].numpy(), expected, "hub.load on one row")
    layer = public(hub, "KerasLayer")(handle, signature="default")
    checks.equal(layer(inputs).numpy(), expected, "hub.KerasLayer on one row")


@probe("tf1-hub.load.tf2.hub-load", "implied")
@pytest.mark.parametrize("model", MODELS)
def test_no_rows(tf, hub, role, handle):
    """The signature on a batch of none: none comes out, as wide as any."""
    batch = subjects.batches(role)[0]
    loaded = public(hub, "load")(handle)
    outputs = loaded.signatures["default"](steps.tensor(tf, batch)[:0])
    checks.equal(outputs["default"].numpy(), subjects.outputs(role, batch)[:0], "nothing in, nothing out")


@probe("tf1-hub.load.tf2.hub-load", "literal")
@pytest.mark.parametrize("model", MODELS)
def test_loaded_twice(tf, hub, role, handle):
    """hub.load(handle) twice: the same outputs to the bit; changing the weights of one leaves the other as it is."""
    batch = subjects.batches(role)[0]
    inputs = steps.tensor(tf, batch)
    first, second = public(hub, "load")(handle), hub.load(handle)
    outputs = [each.signatures["default"](inputs)["default"].numpy() for each in (first, second, first)]
    checks.equal(outputs[0], subjects.outputs(role, batch), "inference equals NumPy's")
    same = all(np.array_equal(outputs[0], other) for other in outputs[1:])
    checks.holds(same, "the outputs are the same to the bit", outputs)
    for variable in first.variables:
        variable.assign(tf.zeros_like(variable))
    kept = second.signatures["default"](inputs)["default"].numpy()
    checks.holds(np.array_equal(kept, outputs[0]), "the second load has weights of its own", kept)


@probe("tf1-hub.load.tf2.hub-load", "implied")
@probe("tf1-hub.load.tf2.keras-layer", "implied")
@pytest.mark.parametrize("model", ["tf1-signatures"])
def test_signatures_share_weights(tf, hub, handle):
    """All signatures of the object that a hub.KerasLayer has loaded, and the layer, see a changed weight."""
    layer = public(hub, "KerasLayer")(handle, signature="double")
    loaded = layer.resolved_object
    [kernel] = loaded.variables
    inputs = tf.constant(reference.INPUTS)
    for factor in (np.float32(1.0), np.float32(-2.0)):
        kernel.assign(factor * reference.KERNEL)
        product = factor * reference.product(reference.INPUTS)
        for name, expected in (("default", product), ("double", 2 * product)):
            got = loaded.signatures[name](inputs)["default"].numpy()
            checks.equal(got, expected, "the signature {} sees the weight".format(name))
        checks.equal(layer(inputs).numpy(), 2 * product, "the layer sees the weight")


@probe("tf1-hub.load.tf2.hub-load", "implied")
@pytest.mark.parametrize("model", ["tf1-variety"])
def test_dtypes(tf, hub, handle):
    """int32 to float32 by the default signature; int64 to int64 and string to string by others; any batch size."""
    signatures = public(hub, "load")(handle).signatures
    for rows in (len(reference.IDS), 1, 0):
        ids, integers = reference.IDS[:rows], reference.INTEGERS[:rows]
        embedded = signatures["default"](tf.constant(ids))["default"].numpy()
        checks.equal(embedded, reference.EMBEDDING[ids], "int32 ids pick their rows")
        summed = signatures["integers"](tf.constant(integers))["default"].numpy()
        checks.equal(summed, reference.summed(integers), "int64 sums keep all their bits")
        strings = steps.tensor(tf, reference.SENTENCES)[:rows]
        bracketed = signatures["strings"](strings)["default"].numpy()
        checks.equal(bracketed, reference.bracketed(reference.SENTENCES[:rows]), "strings come out as strings")


@probe("tf1-hub.load.tf2.hub-load", "implied")
@pytest.mark.parametrize("model", ["tf1-image"])
def test_images(tf, hub, handle):
    """The common signatures for images, by the input's name."""
    signatures = public(hub, "load")(handle).signatures
    for batch in (reference.IMAGES, reference.IMAGES[1:]):
        images = tf.constant(batch)
        features = {"default": reference.image_features(batch), "pooled": reference.pooled(batch)}
        got = steps.arrays(signatures["image_feature_vector"](images=images))
        checks.same_outputs(got, features, "the feature vector equals NumPy's")
        got = steps.arrays(signatures["image_classification"](images=images))
        checks.same_outputs(got, {"default": reference.image_logits(batch)}, "the classification equals NumPy's")


@probe("tf1-hub.load.tf2.hub-load", "implied")
@pytest.mark.parametrize("model", ["tf1-dense", "tf1-text"])
def test_inside_a_function(tf, hub, role, handle):
    """The signature called inside a tf.function that takes any batch size."""
    first, second = subjects.batches(role)
    loaded = public(hub, "load")(handle)
    spec = tf.TensorSpec([None] + list(first.shape[1:]), steps.tensor(tf, first).dtype)
    function = tf.function(lambda inputs: loaded.signatures["default"](inputs)["default"], input_signature=[spec])
    for batch in (first, second, first):
        outputs = function(steps.tensor(tf, batch)).numpy()
        checks.equal(outputs, subjects.outputs(role, batch), "inference equals NumPy's")


@probe("tf1-hub.load.tf2.hub-load", "implied")
@pytest.mark.parametrize("model", ["tf1-dense", "tf1-text"])
def test_wrapped_and_saved(tf, hub, role, handle, outlives, tmp_path):
    """A tf.Module that calls the signature, saved as a TF2 SavedModel: loaded back it computes the same."""
    path = str(tmp_path / "wrapped")
    first, second = subjects.batches(role)
    spec = tf.TensorSpec([None] + list(first.shape[1:]), steps.tensor(tf, first).dtype)
    wrapper = tf.Module()
    wrapper.loaded = public(hub, "load")(handle)
    wrapper.call = tf.function(
        lambda inputs: wrapper.loaded.signatures["default"](inputs)["default"], input_signature=[spec]
    )
    tf.saved_model.save(wrapper, path)
    again = hub.load(path)
    for batch in (first, second):
        outputs = again.call(steps.tensor(tf, batch)).numpy()
        checks.equal(outputs, subjects.outputs(role, batch), "inference equals NumPy's")
    outlives(path, role, call="call")


@probe("tf1-hub.load.tf2.hub-load", "implied")
@pytest.mark.parametrize("model", ["tf1-batchnorm"])
def test_gradient_to_inputs(tf, hub, handle):
    """A gradient tape over the signature's inputs, as for a frozen feature extractor with layers before it."""
    signature = public(hub, "load")(handle).signatures["default"]
    inputs = tf.constant(reference.INPUTS)
    with tf.GradientTape() as tape:
        tape.watch(inputs)
        outputs = signature(inputs)["default"]
    slope = reference.GAMMA / np.sqrt(reference.MOVING_VARIANCE.astype(np.float64) + reference.EPSILON)
    expected = np.tile(reference.KERNEL @ slope, (len(reference.INPUTS), 1)).astype(np.float32)
    checks.equal(tape.gradient(outputs, inputs).numpy(), expected, "the gradient equals NumPy's")


@probe("tf1-hub.load.tf2.keras-layer", "implied")
@pytest.mark.parametrize("model", ["tf1-signatures"])
def test_layer_from_its_config(tf, hub, handle):
    """hub.KerasLayer.from_config(layer.get_config()) is a layer with the same signature and output."""
    layer = public(hub, "KerasLayer")(handle, signature="double", output_key="total")
    again = hub.KerasLayer.from_config(layer.get_config())
    outputs = again(tf.constant(reference.INPUTS)).numpy()
    checks.equal(outputs, reference.doubled(reference.INPUTS)["total"], "signature and output are kept")


@probe("tf1-hub.load.tf2.keras-layer", "implied")
@rejects(*NOT_A_LAYER_OF_KERAS_3)
@pytest.mark.parametrize("model", ["tf1-text"])
def test_keras_layer_in_front_of_a_head(tf, hub, keras, role, handle):
    """A head after the layer, by Model.fit(): the head takes its gradient step, and the embedding stays, to the bit."""
    width = reference.EMBEDDING.shape[1]
    layer = public(hub, "KerasLayer")(handle, signature="default", input_shape=[], dtype="string", output_shape=[width])
    head = keras.layers.Dense(1, use_bias=False, kernel_initializer="ones")
    model = keras.Sequential([layer, head])
    model.compile(keras.optimizers.SGD(subjects.RATE), "mse")
    targets = np.ones([len(reference.SENTENCES), 1], np.float32)
    model.fit(
        steps.tensor(tf, reference.SENTENCES),
        tf.constant(targets),
        steps_per_epoch=1,
        epochs=1,
        verbose=0,
    )
    features = reference.text(reference.SENTENCES).astype(np.float64)
    error = features.sum(axis=1, keepdims=True) - targets
    expected = 1.0 - subjects.RATE * 2 * features.T @ error / len(targets)
    checks.equal(head.get_weights()[0], expected.astype(np.float32), "the head took the step computed by hand")
    [embedding] = layer.get_weights()
    checks.holds(np.array_equal(embedding, reference.EMBEDDING), "the embedding is frozen, to the bit", embedding)


@probe("tf1-hub.load.tf2.hub-load", "implied")
@pytest.mark.parametrize("model", ["tf1-signatures"])
def test_signature_refuses_other_inputs(tf, hub, handle):
    """Inputs of another dtype, a missing and an unknown one, and an absent signature are errors."""
    signatures = public(hub, "load")(handle).signatures
    inputs = tf.constant(reference.INPUTS)
    integers = tf.constant(reference.INPUTS.astype(np.int32))
    checks.refused(lambda: signatures["double"](integers), "Exception", "int32|dtype", "another dtype is refused")
    checks.refused(lambda: signatures["pair"](left=inputs), "TypeError", "right", "a missing input is refused")
    checks.refused(
        lambda: signatures["pair"](left=inputs, right=inputs, middle=inputs),
        "TypeError",
        "middle",
        "an unknown one too",
    )
    checks.refused(lambda: signatures["absent"], "KeyError", "absent", "an absent signature is refused")
