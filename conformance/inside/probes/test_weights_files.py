"""Files of weights, and what a training can be gone on with: written in one state of the model, read in another.

A file of weights holds values and no model: whoever reads it builds the model anew, and need not build it alike. Either
every weight has its value, or the reading is refused.
"""

import os

import numpy as np
import pytest

from conformance.inside import checks
from conformance.inside.models import reference
from conformance.inside.models.tf2_savedmodel import reusable
from conformance.inside.probe import WrongValues, probe, public, rejects
from conformance.inside.probes import hub_in_keras, subjects, training_again
from conformance.inside.probes.hub_keras import keras2  # noqa: F401 - a fixture

ENDINGS = {"h5": "weights.h5", "weights-h5": "model.weights.h5", "checkpoint": "weights"}
LAYER = "encoder"  # the name of the hub.KerasLayer
MOMENTUM = 0.5
SQUARE = np.array([[1.0, 0.5, 0.0], [-0.25, 2.0, 0.5], [0.0, -1.0, 1.5]], np.float32)  # [FEATURES, FEATURES]
MISFIT = r"shape|mismatch|expected|expects|incompatible|not compatible|received|count|layers?\b|objects could not be"


def refuses(test):
    """A reading that says that the file does not fit."""
    for class_name in ("ValueError", "AssertionError", "TypeError", "KeyError"):
        test = rejects(class_name, MISFIT)(test)
    return test


@pytest.fixture(scope="session")
def pairs(tf, hub):
    """Gives a tuned model to write and another to read, each as at its beginning, and what the tuned one is by NumPy.

    They are built once for all probes; `nested` gives them inside models of their own.
    """
    made = {}

    def get(keras, handle, role, nested=False):
        if not made:
            public(hub, "KerasLayer")
            inner = [hub_in_keras.build(tf, hub, keras, handle, role, name=LAYER) for _ in range(2)]
            made.update(inner=inner, published=inner[0].get_weights(), outer=[_around(keras, one) for one in inner])
        for model in made["inner"]:
            model.layers[0].trainable = True
            model.set_weights(made["published"])
        known = hub_in_keras.tune(made["inner"][0], role)
        return [*made["inner"], *made["outer" if nested else "inner"], known]

    return get


@probe("tf2-savedmodel.create.tf2.weights-files", "literal", way="{way}")
@pytest.mark.parametrize("way", sorted(ENDINGS))
@pytest.mark.parametrize("model", ["tf2-batchnorm"])
def test_same_model(keras2, pairs, role, handle, tmp_path, way):  # noqa: F811
    """model.save_weights(path) of a tuned model, read by the model built anew."""
    written, read, _, _, known = pairs(keras2, handle, role)
    path = str(tmp_path / ENDINGS[way])
    written.save_weights(path)
    read.load_weights(path)
    _check_values(read, _values(written), known)


@probe("tf2-savedmodel.create.tf2.weights-files.thawed", "literal", way="{way}")
@refuses
@pytest.mark.parametrize("way", sorted(ENDINGS))
@pytest.mark.parametrize("model", ["tf2-batchnorm"])
def test_thawed(keras2, pairs, role, handle, tmp_path, way):  # noqa: F811
    """Weights saved while the hub.KerasLayer was frozen, read by a model in which it trains: as one does who trains
    the head first."""
    _check_thawed(pairs(keras2, handle, role), str(tmp_path / ENDINGS[way]))


@probe("tf2-savedmodel.create.tf2.weights-files.nested-thawed", "literal", way="{way}")
@refuses
@pytest.mark.parametrize("way", sorted(ENDINGS))
@pytest.mark.parametrize("model", ["tf2-batchnorm"])
def test_nested_thawed(keras2, pairs, role, handle, tmp_path, way):  # noqa: F811
    """The same, where the model with the hub.KerasLayer is inside another model, of which the weights are saved."""
    _check_thawed(pairs(keras2, handle, role, nested=True), str(tmp_path / ENDINGS[way]))


@probe("tf2-savedmodel.create.tf2.weights-files.same-shapes", "literal")
@refuses
def test_nested_thawed_same_shapes(tf, hub, keras2, tmp_path):  # noqa: F811
    """The same as .h5, where the hub model's weights have the shapes of the head's."""
    path = str(tmp_path / "square")
    public(tf, "saved_model.save")(_square(tf), path)
    inner = []
    for _ in range(2):
        layer = hub.KerasLayer(path, trainable=True, input_shape=[reference.FEATURES], name=LAYER)
        inner.append(keras2.Sequential([layer, keras2.layers.Dense(reference.FEATURES, name="head")]))
    written, read = inner
    written.set_weights([SQUARE, np.float32([1, 2, 3]), -SQUARE, np.float32([4, 5, 6])])
    saved, outputs = _values(written), written(reference.INPUTS).numpy()
    features = reference.INPUTS @ SQUARE + np.float32([1, 2, 3])
    checks.equal(outputs, features @ -SQUARE + np.float32([4, 5, 6]), "the tuned model computes what NumPy does")
    written.layers[0].trainable = False
    file = str(tmp_path / ENDINGS["h5"])
    _around(keras2, written).save_weights(file)
    _around(keras2, read).load_weights(file)
    found = dict(_values(read))
    wrong = [name for name, value in sorted(saved) if not np.array_equal(found[name], value)]
    checks.holds(not wrong, "every weight has the value that it was saved with", "another one of " + ", ".join(wrong))
    checks.equal(read(reference.INPUTS).numpy(), outputs, "the outputs are those of the tuned model")


@probe("tf2-savedmodel.create.tf2.weights-files.by-name", "literal")
@rejects("ValueError", r"by_name|Invalid keyword")
@rejects("NotImplementedError", r"by.name")
@pytest.mark.parametrize("model", ["tf2-batchnorm"])
def test_by_name(hub, keras2, pairs, role, handle, tmp_path):  # noqa: F811
    """model.load_weights("m.h5", by_name=True): the layer of that name gets its weights, another one keeps its own."""
    written, _, _, _, known = pairs(keras2, handle, role)
    path = str(tmp_path / "weights.h5")
    written.save_weights(path)
    layer = hub.KerasLayer(handle, trainable=True, input_shape=[reference.FEATURES], name=LAYER)
    other = keras2.Sequential([layer, keras2.layers.Dense(3, name="another-head")])
    head = [np.array(one) for one in other.layers[1].get_weights()]
    other.load_weights(path, by_name=True)
    for got, expected in zip(other.layers[0].get_weights(), known.values):
        checks.equal(got, expected, "the layer of that name has its tuned weights")
    for got, expected in zip(other.layers[1].get_weights(), head):
        checks.equal(got, expected, "another layer keeps its own")


@probe("tf2-savedmodel.create.tf2.weights-files.other-model", "literal", way="{way}")
@refuses
@pytest.mark.parametrize("way", sorted(ENDINGS))
@pytest.mark.parametrize("model", ["tf2-batchnorm"])
def test_other_model(tf, hub, keras2, pairs, models, role, handle, tmp_path, way):  # noqa: F811
    """Weights of a model around one hub model, read by a model around another."""
    written, _, _, _, _ = pairs(keras2, handle, role)
    path = str(tmp_path / ENDINGS[way])
    written.save_weights(path)
    other = hub_in_keras.build(tf, hub, keras2, os.path.join(models, "tf2-dense", "model"), "dense", name=LAYER)
    before = dict(_values(other))
    other.load_weights(path)
    kept = [name for name, value in _values(other) if np.array_equal(value, before[name])]
    raise WrongValues(
        "weights of another model are refused: got a reading without an error that leaves of {} as it was: {}".format(
            sorted(before), kept
        )
    )


@pytest.fixture(scope="session")
def tuned(hub):
    """Gives one of two models, compiled with an optimizer of its own, with the published values; each built once."""
    made = {}

    def get(keras, handle, which):
        if which not in made:
            layer = public(hub, "KerasLayer")(handle, trainable=True, input_shape=[reference.FEATURES])
            made[which] = keras.Sequential([layer])
        model = made[which]
        model.set_weights([reference.KERNEL, reference.BIAS, reference.SCALE])
        model.compile(keras.optimizers.SGD(subjects.RATE, momentum=MOMENTUM), "mse")
        return model

    return get


@probe("tf2-savedmodel.fine-tune.tf2.goes-on", "literal", way="{way}")
@pytest.mark.parametrize("way", ["checkpoint", "h5", "keras-file"])
@pytest.mark.parametrize("model", ["tf2-dense"])
def test_training_goes_on(cell, tf, keras2, tuned, fresh_processes, handle, tmp_path, way):  # noqa: F811
    """One step of Model.fit() with momentum, the model saved with its optimizer and loaded, and one more step: as two
    steps without a break. A file is loaded in a process of its own: where TensorFlow 2.15 has loaded a SavedModel with
    an optimizer, it has imported tf_keras, if that is installed, and a file's names stand for its classes."""
    model = tuned(keras2, handle, "first")
    training_again.step(model, reference.INPUTS, reference.TARGETS)
    path = str(tmp_path / {"checkpoint": "training", "h5": "model.h5", "keras-file": "model.keras"}[way])
    if way == "checkpoint":
        written = tf.train.Checkpoint(model=model, optimizer=model.optimizer).save(path)
        model = tuned(keras2, handle, "second")
        status = tf.train.Checkpoint(model=model, optimizer=model.optimizer).restore(written)
        status.assert_existing_objects_matched()
        training_again.step(model, reference.INPUTS, reference.TARGETS)
        found = [(one.name, value) for one, value in zip(model.weights, model.get_weights())]
    else:
        model.save(path)
        which = "tf_keras" if cell.keras == "keras3" else "keras"
        process = fresh_processes.get("training-again")
        found = process.ask(training_again.fit, path, reference.INPUTS, reference.TARGETS, which)
    weights = checks.by_role(found)
    for name, value in two_steps(MOMENTUM).items():
        checks.equal(weights[name], value, "{} took two steps with momentum".format(name))


def _square(tf):
    """A reusable model of as many outputs as inputs: its kernel and bias have the shapes of a Dense layer's on top."""

    class Square(reusable(tf)):
        def __init__(self):
            super(Square, self).__init__()
            self.kernel = tf.Variable(np.zeros_like(SQUARE), name="kernel")
            self.bias = tf.Variable(np.zeros_like(SQUARE[0]), name="bias")
            self.holds([self.kernel, self.bias])

        @tf.function(input_signature=[tf.TensorSpec([None, reference.FEATURES], tf.float32)])
        def __call__(self, inputs):
            return tf.matmul(inputs, self.kernel) + self.bias

    return Square()


def two_steps(momentum):
    """Kernel and bias after two steps on one batch with momentum, by NumPy."""
    start = {"kernel": reference.KERNEL, "bias": reference.BIAS}
    first = dict(zip(("kernel", "bias"), reference.dense_step(subjects.RATE)))
    second = dict(zip(("kernel", "bias"), reference.dense_step(subjects.RATE, **first)))
    return {
        name: (second[name].astype(np.float64) + momentum * (first[name].astype(np.float64) - start[name])).astype(
            np.float32
        )
        for name in start
    }


def _around(keras, inner):
    inputs = keras.Input([reference.FEATURES])
    return keras.Model(inputs, inner(inputs))


def _check_thawed(pair, path):
    written, read, writer, reader, known = pair
    saved = _values(written)
    written.layers[0].trainable = False
    writer.save_weights(path)
    reader.load_weights(path)
    _check_values(read, saved, known)


def _values(model):
    """(layer's number and the variable's name, value) of all weights."""
    return [
        ("{}/{}".format(number, one.name.split("/")[-1]), one.numpy())
        for number, layer in enumerate(model.layers)
        for one in layer.weights
    ]


def _check_values(model, saved, known):
    """Every weight, by its layer and name, has its value; and so has what is computed."""
    found, expected = dict(_values(model)), dict(saved)
    wrong = [name for name in sorted(expected) if not np.array_equal(found.get(name), expected[name])]
    checks.holds(not wrong, "every weight has the value that it was saved with", "another one of " + ", ".join(wrong))
    for batch, outputs in zip(hub_in_keras.batches("batchnorm"), known.outputs):
        checks.equal(model(batch, training=False).numpy(), outputs, "the outputs are those of the tuned model")
