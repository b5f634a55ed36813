"""The Keras that hub.KerasLayer is a layer of, as a fixture for the modules that import it."""

import importlib

import pytest


@pytest.fixture
def keras2(keras):
    """Keras 2: tf.keras, or the package tf_keras where tf.keras is Keras 3; without what earlier probes left in it."""
    if not getattr(keras, "__version__", "2").startswith("3"):
        return keras
    module = importlib.import_module("tf_keras")
    module.backend.clear_session()
    return module
