"""TF2 SavedModel, loading: hub.KerasLayer in Keras models, Keras 3 and tf_keras among them, and saved optimizers."""

import importlib
import sys

import numpy as np
import pytest

from conformance.inside import checks
from conformance.inside.models import reference, tf2_savedmodel
from conformance.inside.probe import probe, public, rejects
from conformance.inside.probes import steps, subjects
from conformance.inside.probes.refusals import NO_SAVEDMODELS, NOT_A_LAYER_OF_KERAS_3

_WORDS = 4  # to which texts are filled up
# What Keras numbers 0 fills up, 1 is an unknown word, then come the words, the most frequent first.
_ROWS = np.concatenate([np.zeros_like(reference.EMBEDDING[:1]), reference.EMBEDDING[-1:], reference.EMBEDDING[:-1]])


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


@probe("tf2-savedmodel.load.tf2.keras-text", "literal", way="hub-load")
@rejects(*NO_SAVEDMODELS)
def test_text_by_hub_load(tf, hub, keras, fresh, tmp_path):
    """Model.save of a Keras model that splits texts into words and looks these up; hub.load(path)(texts)."""
    path = _save_text_model(keras, str(tmp_path / "model"))
    _check_text(tf, public(hub, "load")(path))
    checks.equal(fresh.ask(_text_outputs, path), _known_text(), "in a fresh process, the outputs equal NumPy's")


@probe("tf2-savedmodel.load.tf2.keras-text", "literal", way="keras-layer")
@rejects(*NO_SAVEDMODELS)
def test_text_by_keras_layer(tf, hub, keras, tmp_path):
    """The same model by hub.KerasLayer(path)(texts)."""
    _check_text(tf, public(hub, "KerasLayer")(_save_text_model(keras, str(tmp_path / "model"))))


def _save_text_model(keras, path):
    """The path of a saved model of words: their vocabulary was adapted, and so lies in a table that can change."""
    words = keras.layers.TextVectorization(output_sequence_length=_WORDS)
    words.adapt([word for number, word in enumerate(reversed(reference.VOCABULARY)) for _ in range(number + 1)])
    texts = keras.Input((1,), dtype="string")
    rows = keras.layers.Embedding(len(_ROWS), reference.EMBEDDING.shape[1])
    model = keras.Model(texts, rows(words(texts)))
    rows.set_weights([_ROWS])
    model.save(path)
    return path


def _check_text(tf, model):
    checks.equal(model(_texts(tf)).numpy(), _known_text(), "the outputs equal NumPy's")


def _texts(tf):
    return tf.constant([[text] for text in reference.SENTENCES.tolist()])


def _text_outputs(tf, hub, path):
    """What a fresh process computes."""
    return hub.load(path)(_texts(tf)).numpy()


def _known_text():
    """By NumPy: a row for each word, that of unknown words in the place of "unheard", and zeros to fill up."""
    numbers = [[number + 2 for number in reference.word_ids(text)] for text in reference.SENTENCES]
    unknown = len(reference.VOCABULARY) + 2
    rows = [[1 if number == unknown else number for number in row] + [0] * (_WORDS - len(row)) for row in numbers]
    return _ROWS[np.array(rows)]


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
