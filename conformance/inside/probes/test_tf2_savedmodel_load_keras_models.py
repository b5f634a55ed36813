"""TF2 SavedModel, loading: hub.KerasLayer in Keras models, Keras 3 and tf_keras among them, and saved optimizers."""

import importlib
import sys

import pytest

from conformance.inside import checks
from conformance.inside.models import reference, tf2_savedmodel
from conformance.inside.probe import probe, public, rejects
from conformance.inside.probes import steps, subjects
from conformance.inside.probes.refusals import NOT_A_LAYER_OF_KERAS_3


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


@probe("tf2-savedmodel.load.tf2.optimizer-slots", "literal", way="older")
@pytest.mark.parametrize("model", ["tf2-slots"])
def test_optimizer_slots(tf, hub, handle):
    """hub.load and hub.KerasLayer of a Keras model that TF 1.15 saved with the slot variables of its Adam."""
    steps.check_inference_eagerly(tf, "keras", public(hub, "load")(handle))
    steps.check_inference_eagerly(tf, "keras", public(hub, "KerasLayer")(handle))


@probe("tf2-savedmodel.load.tf2.optimizer-slots", "literal", way="here")
def test_optimizer_slots_saved_here(tf, hub, keras, lost, outlives, tmp_path):
    """The same of a model that this tf.keras has trained with Adam and that tf.saved_model.save has saved."""
    path = str(tmp_path / "model")
    model = tf2_savedmodel.keras(keras)
    weights = model.get_weights()
    model.compile(keras.optimizers.Adam(0.0), "mse")
    model.fit(reference.INPUTS, reference.TARGETS, epochs=1, verbose=0)
    model.set_weights(weights)
    public(tf, "saved_model.save")(model, path)
    loaded = public(hub, "load")(path)
    if callable(loaded):
        steps.check_inference_eagerly(tf, "keras", loaded)
        outlives(path, "keras")
    else:
        lost("the saved model cannot be called once loaded; only its signature serving_default is left")
        signature = loaded.signatures["serving_default"]
        steps.check_inference_eagerly(tf, "keras", lambda inputs: next(iter(signature(inputs).values())))
