"""The batch-normalized model in NumPy, with the values that it has by now: what every step of an order must lead to."""

import numpy as np

from conformance.inside.models import reference

TRAINED = ("kernel", "gamma", "beta")
MOVING = ("moving_mean", "moving_variance")
RATE = 0.1
START = {
    "kernel": reference.KERNEL,
    "gamma": reference.GAMMA,
    "beta": reference.BETA,
    "moving_mean": reference.MOVING_MEAN,
    "moving_variance": reference.MOVING_VARIANCE,
}


class Following:
    """Follows a model from step to step.

    Attributes:
        values: role -> value, of all variables.
    """

    def __init__(self):
        self.values = dict(START)

    def inference(self):
        """The outputs for reference.INPUTS."""
        named = [self.values[name] for name in TRAINED + MOVING]
        return reference.batchnorm(reference.INPUTS, *named)

    def penalty(self):
        """The regularization loss."""
        return reference.regularization_loss(self.values["kernel"])

    def inference_loss(self, trains=True):
        """The mean squared error at inference, with the regularization loss where the model trains."""
        error = reference.mean_squared_error(self.inference(), reference.TARGETS)
        return np.float32(error + (self.penalty() if trains else 0.0))

    def training(self):
        """The outputs for reference.INPUTS while training; the moving averages move."""
        outputs = reference.batchnorm_training(reference.INPUTS, *[self.values[name] for name in TRAINED])
        moved = reference.moving_averages(
            reference.INPUTS, *[self.values[name] for name in ("kernel", "moving_mean", "moving_variance")]
        )
        self.values.update(zip(MOVING, moved))
        return outputs

    def step(self):
        """One step of gradient descent, moving averages included; gives the loss before it."""
        start = {name: self.values[name] for name in TRAINED}
        penalty = self.penalty()
        loss = np.float32(reference.mean_squared_error(self.training(), reference.TARGETS) + penalty)
        self.values.update(zip(TRAINED, reference.batchnorm_step(RATE, **start)))
        return loss

    def write(self, number):
        """Gives every variable another value, which depends on `number`; none is like another."""
        for place, name in enumerate(sorted(START)):
            self.values[name] = (START[name] + np.float32((number + 1) * (place + 1) / 16)).astype(np.float32)
        return self.values

    def read(self, values):
        """Takes over what was compared, so that rounding does not add up over the steps."""
        self.values = dict(values)
