"""Around Keras 3: what `tf.keras` is from TensorFlow 2.16 on, while hub.KerasLayer is a layer of tf_keras."""

import importlib
import sys

import pytest

from conformance.inside import checks
from conformance.inside.models import reference, tf2_savedmodel
from conformance.inside.probe import probe, public, rejects
from conformance.inside.probes import steps, subjects
from conformance.inside.probes.refusals import NOT_A_LAYER_OF_KERAS_3


@pytest.fixture
def tf_keras(tf):
    """The package tf_keras, which is Keras 2, whatever tf.keras is; without what earlier probes left in it."""
    module = importlib.import_module("tf_keras")
    module.backend.clear_session()
    return module


@probe("tf2-savedmodel.load.tf2.keras-layer.in-models", "literal", way="sequential")
@rejects(*NOT_A_LAYER_OF_KERAS_3)
@pytest.mark.parametrize("model", ["tf2-keras"])
def test_sequential(hub, keras, role, handle):
    """tf.keras.Sequential([hub.KerasLayer(handle)]), by Model.predict()."""
    _check_predict(role, keras.Sequential([public(hub, "KerasLayer")(handle)]))


@probe("tf2-savedmodel.load.tf2.keras-layer.in-models", "literal", way="functional")
@pytest.mark.parametrize("model", ["tf2-keras"])
def test_functional(hub, keras, role, handle):
    """hub.KerasLayer(handle) called on a tf.keras.Input, by Model.predict()."""
    inputs = keras.Input([reference.FEATURES])
    _check_predict(role, keras.Model(inputs, public(hub, "KerasLayer")(handle)(inputs)))


@probe("tf2-savedmodel.load.tf2.keras-layer.in-tf-keras-models", "literal", way="sequential")
@pytest.mark.parametrize("model", ["tf2-keras"])
def test_tf_keras_sequential(hub, tf_keras, role, handle):
    """tf_keras.Sequential([hub.KerasLayer(handle)]), by Model.predict()."""
    _check_predict(role, tf_keras.Sequential([public(hub, "KerasLayer")(handle)]))


@probe("tf2-savedmodel.load.tf2.keras-layer.in-tf-keras-models", "literal", way="functional")
@pytest.mark.parametrize("model", ["tf2-keras"])
def test_tf_keras_functional(hub, tf_keras, role, handle):
    """hub.KerasLayer(handle) called on a tf_keras.Input, by Model.predict()."""
    inputs = tf_keras.Input([reference.FEATURES])
    _check_predict(role, tf_keras.Model(inputs, public(hub, "KerasLayer")(handle)(inputs)))


@probe("tf2-savedmodel.fine-tune.tf1.fit.tf-keras", "literal")
@probe("tf2-savedmodel.fine-tune.tf2.keras-layer.tf-keras-fit", "literal")
@pytest.mark.parametrize("model", ["tf2-dense", "tf2-batchnorm"])
def test_tf_keras_fit(cell, hub, tf_keras, role, handle):
    """A trainable hub.KerasLayer in a tf_keras.Sequential, trained by Model.fit() for one step; in compat mode with
    one of tf_keras.optimizers.legacy, since the others are eager."""
    expected = subjects.training(role)
    layer = public(hub, "KerasLayer")(handle, trainable=True, input_shape=[reference.FEATURES])
    model = tf_keras.Sequential([layer])
    optimizers = tf_keras.optimizers if cell.mode == "tf2" else tf_keras.optimizers.legacy
    model.compile(optimizers.SGD(subjects.RATE), "mse")
    history = model.fit(expected.inputs, expected.targets, batch_size=len(expected.inputs), epochs=1, verbose=0)
    values = checks.by_role(list(zip([weight.name for weight in layer.weights], layer.get_weights())))
    steps.check_after_step(values, expected)
    loss = checks.np.float32(history.history["loss"][0])
    checks.equal(loss, expected.loss, "the loss that fit() reports equals NumPy's")


@probe("tf2-savedmodel.create.tf2.keras.tf-keras", "literal")
def test_save_a_tf_keras_model(tf, hub, tf_keras, tmp_path):
    """tf.saved_model.save(model, path) of a tf_keras model; hub.load(path) infers and trains."""
    path = str(tmp_path / "model")
    public(tf, "saved_model.save")(tf2_savedmodel.keras(tf_keras), path)
    loaded, expected = public(hub, "load")(path), subjects.training("keras")
    steps.check_inference_eagerly(tf, "keras", loaded)
    steps.check_roles(loaded.trainable_variables, expected.trained, "just these variables are saved as trainable")
    outputs = loaded(tf.constant(expected.inputs), training=True)
    checks.equal(outputs.numpy(), expected.outputs, "training behaviour is saved")


@pytest.fixture
def forgotten_hub(hub, monkeypatch):
    """Lets tensorflow_hub be imported once more: its modules, and the command line flags that they define, are gone."""
    flags = importlib.import_module("absl.flags").FLAGS
    defined = {name: flags[name] for name in flags if name.startswith("tfhub_")}
    for name in defined:
        delattr(flags, name)
    for name in [name for name in sys.modules if name.split(".")[0] == "tensorflow_hub"]:
        monkeypatch.delitem(sys.modules, name)
    yield
    for name, flag in defined.items():
        if name in flags:
            delattr(flags, name)
        flags[name] = flag


@probe("tf2-savedmodel.load.tf2.without-pkg-resources", "literal")
def test_import_without_pkg_resources(hub, forgotten_hub, monkeypatch):
    """import tensorflow_hub once more, where pkg_resources cannot be imported, as with setuptools 82 and later."""
    monkeypatch.setitem(sys.modules, "pkg_resources", None)
    fresh = importlib.import_module("tensorflow_hub")
    checks.holds(fresh is not hub, "tensorflow_hub is imported once more", "the one from before")


def _check_predict(role, model):
    for batch in subjects.batches(role):
        checks.equal(model.predict(batch, verbose=0), subjects.outputs(role, batch), "Model.predict() equals NumPy's")
