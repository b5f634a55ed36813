"""What each fixture model is expected to compute, and to become after one training step, by NumPy alone.

A model's role is its name without the format: "tf1-dense" and "tf2-dense" play the role "dense" (the fixture `role`).
"""

from collections import namedtuple

import numpy as np

from conformance.inside.models import reference

RATE = 0.1  # of the one step of plain gradient descent that every training probe takes

Training = namedtuple("Training", "inputs targets outputs regularization loss trained kept updated")
Training.__doc__ = """One step of training on mean squared error plus the regularization loss.

inputs, targets: the batch; outputs: what the model gives for it while training.
regularization: the regularization loss before the step, or None; loss: the whole loss before the step.
trained: role -> value after the step, of the variables that must move; kept: of those that must not;
updated: of the moving averages.
"""


def batches(role):
    """Two input batches of different sizes."""
    if role == "text":
        return [reference.SENTENCES, reference.SENTENCES[1:3]]
    return [reference.INPUTS, reference.OTHER_INPUTS]


def outputs(role, batch):
    """What the model's main output is for `batch` at inference."""
    return {
        "dense": reference.dense,
        "tuned": reference.dense,
        "batchnorm": reference.batchnorm,
        "keras": reference.batchnorm,
        "layers": reference.batchnorm,
        "signatures": reference.product,
        "plain": reference.product,  # with zeros for its second input
        "text": reference.text,
    }[role](batch)


def training(role):
    """What one training step on the model's first batch must do."""
    return {
        "dense": _dense,
        "tuned": _dense,
        "batchnorm": _batchnorm,
        "keras": _batchnorm,
        "layers": _batchnorm,
        "text": _text,
    }[role]()


def _dense():
    kernel, bias = reference.dense_step(RATE)
    produced = reference.dense(reference.INPUTS)
    regularization = reference.regularization_loss()
    return Training(
        inputs=reference.INPUTS,
        targets=reference.TARGETS,
        outputs=produced,
        regularization=regularization,
        loss=reference.mean_squared_error(produced, reference.TARGETS) + regularization,
        trained={"kernel": kernel, "bias": bias},
        kept={"scale": reference.SCALE},
        updated={},
    )


def _batchnorm():
    kernel, gamma, beta = reference.batchnorm_step(RATE)
    moving_mean, moving_variance = reference.moving_averages(reference.INPUTS)
    produced = reference.batchnorm_training(reference.INPUTS)
    regularization = reference.regularization_loss()
    return Training(
        inputs=reference.INPUTS,
        targets=reference.TARGETS,
        outputs=produced,
        regularization=regularization,
        loss=reference.mean_squared_error(produced, reference.TARGETS) + regularization,
        trained={"kernel": kernel, "gamma": gamma, "beta": beta},
        kept={},
        updated={"moving_mean": moving_mean, "moving_variance": moving_variance},
    )


def _text():
    produced = reference.text(reference.SENTENCES)
    targets = np.zeros_like(produced)
    return Training(
        inputs=reference.SENTENCES,
        targets=targets,
        outputs=produced,
        regularization=None,
        loss=reference.mean_squared_error(produced, targets),
        trained={"embedding": reference.text_step(RATE)},
        kept={},
        updated={},
    )
