"""Usual mistakes in TensorFlow 2, each with the right call beside it."""

import pytest

from conformance.inside.probe import probe, public
from conformance.inside.probes import mistakes, mistakes_layer, mistakes_tf2
from conformance.inside.probes.hub_keras import keras2  # noqa: F401 - a fixture


@pytest.fixture(scope="session")
def loaded(hub):
    """Gives what hub.load gives of a model; loaded once."""
    kept = {}

    def get(handle):
        if handle not in kept:
            kept[handle] = public(hub, "load")(handle)
        return kept[handle]

    return get


@pytest.fixture
def trying(tf, hub, handle, role, loaded, tmp_path):
    """What the calls of a row have to hand."""
    return mistakes.Trying(tf, hub, handle, role, tmp_path, loaded=loaded)


@probe("tf2-savedmodel.load.tf2.mistakes", "literal", way="{way}")
@mistakes.each(mistakes_tf2.OBJECT)
def test_object(trying, row, way):
    """A usual mistake with hub.load or tf.saved_model.load: refused in words of its own; then the right call."""
    mistakes.check(row, trying)


@probe("tf2-savedmodel.load.tf2.signature-mistakes", "literal", way="{way}")
@mistakes.each(mistakes_tf2.PLAIN)
def test_signature(trying, row, way):
    """A usual mistake with the signatures of a model that cannot be called; then the right call."""
    mistakes.check(row, trying)


@probe("tf2-savedmodel.load.tf2.keras-layer.mistakes", "literal", way="{way}")
@mistakes.each(mistakes_layer.LAYER)
def test_layer(trying, keras2, row, way):  # noqa: F811
    """A usual mistake with hub.KerasLayer, alone and in a Keras model; then the right call."""
    trying.keras = keras2
    mistakes.check(row, trying)


@probe("tf1-hub.load.tf2.mistakes", "literal", way="{way}")
@mistakes.each(mistakes_tf2.TF1_FORMAT)
def test_tf1_format(trying, row, way):
    """A usual mistake with a model in the TF1 Hub format in TensorFlow 2; then the right call."""
    mistakes.check(row, trying)


@probe("tf1-hub.load.tf2.names-of-tf1", "literal", way="{way}")
@mistakes.each(mistakes_tf2.TF1_NAMES)
def test_names_of_tf1(trying, row, way):
    """A name that TensorFlow 2 keeps below tf.compat.v1 alone; then the model by hub.load."""
    mistakes.check(row, trying)
