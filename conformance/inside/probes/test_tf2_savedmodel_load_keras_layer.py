"""hub.KerasLayer around TF2 SavedModels: what its docstring says about callables, shapes and its configuration."""

import numpy as np
import pytest

from conformance.inside import checks
from conformance.inside.models import reference
from conformance.inside.models import reference_structures as structures
from conformance.inside.probe import probe, public
from conformance.inside.probes import steps, subjects


def _with_two_losses(tf):
    """A callable with two variables that train, one that does not, and a regularization loss for each of the former."""

    class Model(tf.Module):
        def __init__(self):
            super(Model, self).__init__()
            self.kernel = tf.Variable(reference.KERNEL, name="kernel")
            self.bias = tf.Variable(reference.BIAS, name="bias")
            self.scale = tf.Variable(reference.SCALE, name="scale", trainable=False)
            self.regularization_losses = [self.of_kernel, self.of_bias]

        @property
        def variables(self):
            return [self.kernel, self.bias, self.scale]

        @property
        def trainable_variables(self):
            return [self.kernel, self.bias]

        @tf.function(input_signature=[tf.TensorSpec([None, reference.FEATURES], tf.float32)])
        def __call__(self, inputs):
            return self.scale * (tf.matmul(inputs, self.kernel) + self.bias)

        @tf.function(input_signature=[])
        def of_kernel(self):
            return reference.REGULARIZATION * tf.reduce_sum(tf.square(self.kernel))

        @tf.function(input_signature=[])
        def of_bias(self):
            return tf.reduce_sum(tf.abs(self.bias))

    return Model()


@probe("tf2-savedmodel.load.tf2.keras-layer.callable", "literal")
def test_callable(tf, hub):
    """hub.KerasLayer(obj, trainable=True) of an object with two regularization losses: outputs, weights, losses."""
    layer = public(hub, "KerasLayer")(_with_two_losses(tf), trainable=True)
    outputs = layer(tf.constant(reference.INPUTS), training=True)
    checks.equal(outputs.numpy(), reference.dense(reference.INPUTS), "the layer calls the object")
    steps.check_roles(layer.trainable_weights, ["kernel", "bias"], "its trainable variables train")
    steps.check_roles(layer.weights, ["kernel", "bias", "scale"], "its variables are the layer's weights")
    expected = sorted([float(reference.regularization_loss()), float(np.abs(reference.BIAS).sum())])
    losses = sorted(float(loss) for loss in layer.losses)
    checks.equal(np.float32(losses), np.float32(expected), "each regularization loss is one of the layer's")


@probe("tf2-savedmodel.load.tf2.reusable.attributes", "implied")
def test_two_losses_survive_saving(tf, hub, outlives, tmp_path):
    """The regularization losses of an object that has two, once it is saved and loaded."""
    path = str(tmp_path / "model")
    public(tf, "saved_model.save")(_with_two_losses(tf), path)
    loaded = public(hub, "load")(path)
    losses = [loss().numpy() for loss in loaded.regularization_losses]
    expected = np.float32([reference.regularization_loss(), np.abs(reference.BIAS).sum()])
    checks.equal(np.float32(losses), expected, "both losses come back, in their order")
    found = outlives(path, batches=[], expected=[])
    checks.equal(np.float32(found["losses"]), expected, "both losses come to a fresh process")


@probe("tf2-savedmodel.load.tf2.keras-layer.output-shape", "literal")
@pytest.mark.parametrize("model", ["tf2-image"])
def test_output_shape(tf, hub, handle):
    """hub.KerasLayer(handle, output_shape=[...]): compute_output_shape and the tensors inside a tf.function have it."""
    layer = public(hub, "KerasLayer")(handle, output_shape=[reference.UNITS])
    found = []

    @tf.function(input_signature=[tf.TensorSpec([None, None, None, 3], tf.float32)])
    def compute(images):
        outputs = layer(images)
        found.append(outputs.shape.as_list())
        return outputs

    got = compute(tf.constant(structures.PICTURES)).numpy()
    checks.equal(got, structures.image(structures.PICTURES), "the outputs are the same as without")
    checks.holds(all(shape == [None, reference.UNITS] for shape in found), "outputs have the shape", found)
    shape = layer.compute_output_shape((7, 4, 5, 3))
    checks.holds(list(shape) == [7, reference.UNITS], "compute_output_shape gives it with the batch size", shape)


@probe("tf2-savedmodel.load.tf2.keras-layer.config", "literal")
@pytest.mark.parametrize("model", ["tf2-encoder", "tf2-batchnorm", "tf2-signatures"])
def test_config(tf, hub, role, handle):
    """hub.KerasLayer.from_config(layer.get_config()) makes a layer of the same model with the same options."""
    options = {
        "encoder": {"output_key": "sequence_output"},
        "batchnorm": {"trainable": True, "output_shape": [reference.UNITS]},
        "signatures": {"signature": "double", "output_key": "total"},
    }[role]
    make = public(hub, "KerasLayer")
    config = make(handle, **options).get_config()
    for key, value in dict(options, handle=handle).items():
        found = list(config[key]) if isinstance(value, list) else config.get(key)
        checks.holds(found == value, "the configuration has {}".format(key), config)
    layer = make.from_config(config)
    if role == "encoder":
        tokens = {key: tf.constant(value) for key, value in structures.TOKENS.items()}
        expected = structures.encoder(structures.TOKENS)["sequence_output"]
        checks.equal(layer(tokens).numpy(), expected, "the layer from the configuration picks the same output")
    elif role == "batchnorm":
        expected = subjects.training(role)
        got = layer(tf.constant(expected.inputs), training=True).numpy()
        checks.equal(got, expected.outputs, "the layer from the configuration trains")
    else:
        got = layer(tf.constant(reference.INPUTS)).numpy()
        checks.equal(got, reference.doubled(reference.INPUTS)["total"], "it calls the same signature")


@probe("tf2-savedmodel.load.tf2.keras-layer.output-key", "literal")
@pytest.mark.parametrize("model", ["tf2-signatures"])
def test_output_key(tf, hub, handle):
    """hub.KerasLayer(handle, signature=..., output_key=...); another key, and none of the options, is a ValueError."""
    make, inputs = public(hub, "KerasLayer"), tf.constant(reference.INPUTS)
    for key, expected in reference.doubled(reference.INPUTS).items():
        got = make(handle, signature="double", output_key=key)(inputs)
        checks.equal(got.numpy(), expected, 'output_key picks "{}"'.format(key))
    whole = make(handle, signature="double", signature_outputs_as_dict=True)(inputs)
    got = {key: value.numpy() for key, value in whole.items()}
    checks.same_outputs(got, reference.doubled(reference.INPUTS), "signature_outputs_as_dict gives all")
    absent = make(handle, signature="double", output_key="absent")
    checks.refused(lambda: absent(inputs), "ValueError", r"absent", "a key that is not there is refused")
    checks.refused(lambda: make(handle, signature="double"), "ValueError", r"output_key", "a signature needs an option")
    checks.refused(
        lambda: make(handle, signature="absent", output_key="default"),
        "ValueError",
        r"unknown signature|absent",
        "a signature that is not there is refused",
    )


@probe("tf2-savedmodel.load.tf2.keras-layer.signature-in-training", "literal")
@pytest.mark.parametrize("model", ["tf2-signatures", "tf2-keras"])
def test_signature_while_training(tf, hub, role, handle):
    """hub.KerasLayer(handle, signature=..., ...) called with training=True: it infers, without an error."""
    layer = public(hub, "KerasLayer")(handle, signature="serving_default", signature_outputs_as_dict=True)
    for training in (True, False, None):
        outputs = layer(tf.constant(reference.INPUTS), training=training)
        checks.holds(len(outputs) == 1, "the signature has one output", sorted(outputs))
        got = next(iter(outputs.values())).numpy()
        checks.equal(got, subjects.outputs(role, reference.INPUTS), "a signature infers, whatever `training` says")
