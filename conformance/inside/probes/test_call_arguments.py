"""Arguments of a call in all the forms that people give them: `training`, images, and dicts of tokens."""

import numpy as np
import pytest

from conformance.inside import checks
from conformance.inside.models import reference
from conformance.inside.models import reference_structures as structures
from conformance.inside.probe import probe, public, rejects
from conformance.inside.probes import calling
from conformance.inside.probes.test_undeclared_inputs import refuses

VALUES = {
    "kernel": reference.KERNEL,
    "gamma": reference.GAMMA,
    "beta": reference.BETA,
    "moving_mean": reference.MOVING_MEAN,
    "moving_variance": reference.MOVING_VARIANCE,
}


@pytest.fixture(scope="session")
def made(hub):
    """Gives what a form makes of a model; made once, and given its published values again by who changes them."""
    kept = {}

    def get(form, handle, **options):
        if (form, handle) not in kept:
            kept[form, handle] = public(hub, form)(handle, **options)
        return kept[form, handle]

    return get


@probe("tf2-savedmodel.load.tf2.training-argument", "literal", way="{way}")
@pytest.mark.parametrize("way", calling.TAKEN)
@pytest.mark.parametrize("model", ["tf2-batchnorm"])
def test_training(tf, made, handle, way):
    """hub.load(handle), told in this form whether it trains: outputs and moving averages."""
    _check_training(tf, made("load", handle), way)


@probe("tf2-savedmodel.load.tf2.training-argument.refused", "literal", way="{way}")
@refuses
@rejects("ValueError", r"training")
@pytest.mark.parametrize("way", calling.REFUSED)
@pytest.mark.parametrize("model", ["tf2-batchnorm"])
def test_training_that_is_no_bool(tf, made, handle, way):
    """hub.load(handle), told by something else than a Python bool whether it trains."""
    _check_training(tf, made("load", handle), way)


@probe("tf2-savedmodel.load.tf2.keras-layer.training-argument", "literal", way="{way}")
@pytest.mark.parametrize("way", calling.TAKEN_BY_LAYER)
@pytest.mark.parametrize("model", ["tf2-batchnorm"])
def test_training_of_layer(tf, made, handle, way):
    """A trainable hub.KerasLayer, told in this form whether it trains."""
    _check_training(tf, made("KerasLayer", handle, trainable=True), way)


@probe("tf2-savedmodel.load.tf2.inputs.images-refused", "literal", way="{way}")
@refuses
@pytest.mark.parametrize("way", sorted(calling.IMAGES))
@pytest.mark.parametrize("form", ["load", "KerasLayer"])
@pytest.mark.parametrize("model", ["tf2-image"])
def test_images(tf, made, handle, form, way):
    """A model of images, called with what is no batch of float32 images of three colours."""
    given = calling.IMAGES[way](tf)
    got = made(form, handle)(given).numpy()
    checks.equal(got, structures.image(np.asarray(given, np.float32)), "the outputs are NumPy's for what was given")


@probe("tf2-savedmodel.load.tf2.inputs.tokens-refused", "literal", way="{way}")
@refuses
@rejects("KeyError", r"\w+")
@pytest.mark.parametrize("way", sorted(calling.TOKENS))
@pytest.mark.parametrize("form", ["load", "KerasLayer"])
@pytest.mark.parametrize("model", ["tf2-encoder"])
def test_tokens(tf, made, handle, form, way):
    """A model of a dict of int32 tokens, called with something else."""
    _check_tokens(made(form, handle)(calling.TOKENS[way](tf)))


@probe("tf2-savedmodel.load.tf2.inputs.tokens-taken", "literal", way="{way}")
@pytest.mark.parametrize("way", sorted(calling.TOKENS_TAKEN))
@pytest.mark.parametrize("model", ["tf2-encoder"])
def test_tokens_taken(tf, made, handle, way):
    """hub.load of a model of a dict of int32 tokens, called with arrays, lists, or the keys in another order."""
    _check_tokens(made("load", handle)(calling.TOKENS_TAKEN[way](tf)))


def _check_tokens(got):
    found = {key: value.numpy() for key, value in got.items()}
    checks.same_outputs(found, structures.encoder(structures.TOKENS), "the outputs are NumPy's")


def _check_training(tf, model, way):
    telling, inputs = calling.TELLINGS[way], tf.constant(reference.INPUTS)
    variables = checks.by_role([(one.name, one) for one in model.variables])
    for name, value in VALUES.items():
        variables[name].assign(value)
    got = telling.call(tf, model, inputs)
    expected = reference.batchnorm_training if telling.trains else reference.batchnorm
    checks.equal(got.numpy(), expected(reference.INPUTS), "the outputs are those of training, or not, as it was told")
    averages = (reference.MOVING_MEAN, reference.MOVING_VARIANCE)
    if telling.trains:
        averages = reference.moving_averages(reference.INPUTS)
    for name, value in zip(("moving_mean", "moving_variance"), averages):
        checks.equal(variables[name].numpy(), value, "{} moves if and only if it trains".format(name))
