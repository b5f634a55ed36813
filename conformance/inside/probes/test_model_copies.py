"""Copies of what was loaded, by Python's means and by Keras': each must be a model of its own, or refused."""

import copy
import pickle

import numpy as np
import pytest

from conformance.inside import checks
from conformance.inside.models import reference
from conformance.inside.probe import probe, public, rejects
from conformance.inside.probes.hub_keras import keras2  # noqa: F401 - a fixture

COPYING = {
    "deepcopy": copy.deepcopy,
    "pickle": lambda original: pickle.loads(pickle.dumps(original)),  # noqa: S301 - its own
}
NOT_TO_BE_COPIED = r"pickle|serializ|copy|marshal|local object"
CHANGED = np.float32(-0.5) * reference.KERNEL


def refuses(test):
    """Python's words for what cannot be copied, and TensorFlow's."""
    for class_name in ("TypeError", "AttributeError", "PicklingError", "NotImplementedError", "ValueError"):
        test = rejects(class_name, NOT_TO_BE_COPIED)(test)
    return test


@probe("tf2-savedmodel.load.tf2.copies.refused", "literal", way="{way}")
@refuses
@pytest.mark.parametrize("way", sorted(COPYING))
@pytest.mark.parametrize("model", ["tf2-dense"])
def test_object(tf, hub, handle, way):
    """copy.deepcopy or pickle of what hub.load gave."""
    original = public(hub, "load")(handle)
    _check(tf, original, COPYING[way](original), original.variables)


@probe("tf2-savedmodel.load.tf2.keras-layer.copies.refused", "literal", way="{way}")
@refuses
@pytest.mark.parametrize("way", sorted(COPYING))
@pytest.mark.parametrize("model", ["tf2-dense"])
def test_layer(tf, hub, handle, way):
    """copy.deepcopy or pickle of a hub.KerasLayer."""
    original = public(hub, "KerasLayer")(handle)
    _check(tf, original, COPYING[way](original), original.variables)


@probe("tf1-hub.load.tf1.module.copies.refused", "literal", way="{way}")
@pytest.mark.parametrize("way", sorted(COPYING))
@pytest.mark.parametrize("model", ["tf1-dense"])
def test_module(hub, handle, way):
    """copy.deepcopy or pickle of a hub.Module: an error that says that it cannot be."""
    module = public(hub, "Module")(handle)
    checks.refused(lambda: COPYING[way](module), "Exception", NOT_TO_BE_COPIED, "a module is not copied")


@probe("tf2-savedmodel.load.tf2.keras-layer.copies", "literal", way="config")
@pytest.mark.parametrize("model", ["tf2-dense"])
def test_layer_of_config(tf, hub, handle):
    """hub.KerasLayer.from_config(layer.get_config()): a layer of its own, with the published values."""
    make = public(hub, "KerasLayer")
    original = make(handle, trainable=True)
    original(tf.constant(reference.INPUTS))
    copied = make.from_config(original.get_config())
    checks.holds(copied.trainable, "it trains as the first one does", copied.trainable)
    _check(tf, original, copied, original.variables)


@probe("tf2-savedmodel.load.tf2.keras-layer.copies", "literal", way="clone-model")
@pytest.mark.parametrize("model", ["tf2-dense"])
def test_clone_model(tf, hub, keras2, handle):  # noqa: F811
    """keras.models.clone_model() of a model with a tuned hub.KerasLayer: published values, then set_weights()."""
    original = _model(hub, keras2, handle)
    with keras2.utils.custom_object_scope({"KerasLayer": hub.KerasLayer}):
        copied = keras2.models.clone_model(original)
    checks.holds(len(copied.trainable_weights) == 2, "it trains as the first one does", copied.trainable_weights)
    _kernel(original.weights).assign(CHANGED)
    inputs = tf.constant(reference.INPUTS)
    checks.equal(copied(inputs).numpy(), reference.dense(reference.INPUTS), "a clone has the published values")
    copied.set_weights(original.get_weights())
    checks.equal(copied(inputs).numpy(), reference.dense(reference.INPUTS, CHANGED), "it takes the tuned ones")
    _kernel(copied.weights).assign(reference.KERNEL)
    got = original(inputs).numpy()
    checks.equal(got, reference.dense(reference.INPUTS, CHANGED), "the first one keeps its own")


@probe("tf2-savedmodel.load.tf2.keras-layer.model-copies", "literal", way="{way}")
@pytest.mark.parametrize("way", sorted(COPYING))
@pytest.mark.parametrize("model", ["tf2-dense"])
def test_model(tf, hub, keras2, handle, way):  # noqa: F811
    """copy.deepcopy or pickle of a Keras model with a hub.KerasLayer in it."""
    original = _model(hub, keras2, handle)
    with keras2.utils.custom_object_scope({"KerasLayer": hub.KerasLayer}):
        copied = COPYING[way](original)
    _check(tf, original, copied, original.weights)


def _model(hub, keras, handle):
    layer = public(hub, "KerasLayer")(handle, trainable=True, input_shape=[reference.FEATURES])
    return keras.Sequential([layer])


def _check(tf, original, copied, variables):
    """Both compute right; and what changes one of them changes nothing of the other."""
    inputs = tf.constant(reference.INPUTS)
    checks.holds(copied is not original, "a copy is another object", "the same")
    checks.equal(copied(inputs).numpy(), reference.dense(reference.INPUTS), "the copy computes what NumPy does")
    _kernel(variables).assign(CHANGED)
    checks.equal(copied(inputs).numpy(), reference.dense(reference.INPUTS), "the copy keeps its own values")
    checks.equal(original(inputs).numpy(), reference.dense(reference.INPUTS, CHANGED), "the original has the new ones")
    _kernel(variables).assign(reference.KERNEL)
    _kernel(copied.variables).assign(CHANGED)
    got = copied(inputs).numpy()
    checks.equal(
        got, reference.dense(reference.INPUTS, CHANGED), "what is written to the copy is what it computes with"
    )
    checks.equal(original(inputs).numpy(), reference.dense(reference.INPUTS), "the original keeps its own values")


def _kernel(variables):
    [kernel] = [one for one in variables if "kernel" in one.name]
    return kernel
