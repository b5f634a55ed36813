"""Usual mistakes: a wrong call, the words that refuse it, and the right call that stands beside it."""

from collections import namedtuple

import numpy as np
import pytest

from conformance.inside import checks
from conformance.inside.models import reference
from conformance.inside.probe import public
from conformance.inside.probes import subjects

NOT_THERE = r"does not exist|contains neither"  # what hub and TensorFlow say of a folder without a model

Mistake = namedtuple("Mistake", "name model errors words wrong right")
Mistake.__doc__ = """One row of a table.

name: also the `way` of the claim, whose texts say what is called wrongly, and what to call instead.
model: the golden model.
errors: the bare names of the classes of which the refusal may be one, or of its base classes.
words: a loose pattern of its text, whatever the release.
wrong, right: Trying -> what the call gives; the right one is what the claim tells to call instead, and gives the
    model's outputs.
"""


def mistake(name, errors, words, wrong, right, model):
    """A row; `errors` as one text."""
    return Mistake(name, model, tuple(errors.split()), words, wrong, right)


def named(module, name):
    """The name ("train.Saver") in a module, looked up as a program does."""
    for part in name.split("."):
        module = getattr(module, part)
    return module


def each(table):
    """Parametrizes a probe with the rows of a table."""
    rows = [pytest.param(row, row.name, row.model, id=row.name) for row in table]
    return pytest.mark.parametrize(("row", "way", "model"), rows)


class Trying:
    """What the calls of one row have to hand: the model, its inputs, and a place for files.

    Attributes:
        keras: the Keras that hub.KerasLayer is a layer of; None where a table has nothing to do with it.
        handle: the path of the golden model.
        array: a batch of its inputs; `inputs` is the same as a tensor.
        empty, missing: paths of a folder without anything in it, and of none.
    """

    def __init__(self, tf, hub, handle, role, folder, loaded=None):
        self.tf, self.hub, self.keras, self.handle, self.role = tf, hub, None, handle, role
        self.array = reference.SENTENCES if role == "text" else reference.INPUTS
        self.missing, self.path = str(folder / "missing"), str(folder / "saved")
        empty = folder / "empty"
        empty.mkdir()
        self.empty = str(empty)
        self._loaded = loaded

    @property
    def inputs(self):
        """The inputs as a tensor, made in whichever graph is the default now."""
        return self.tf.constant(list(self.array) if self.array.dtype == object else self.array)

    @property
    def model(self):
        """What hub.load gives of it."""
        return self._loaded(self.handle)

    def layer(self, **options):
        """hub.KerasLayer of it."""
        return public(self.hub, "KerasLayer")(self.handle, **options)

    def expected(self):
        """What it computes of the inputs, by NumPy."""
        return subjects.outputs(self.role, self.array)


def check(row, trying):
    """Checks that the wrong call is refused in its words, and that the right one computes the model's outputs.

    The right call comes after the wrong one, which must leave nothing behind that disturbs it. What the wrong call
    gives is made an array as well, since some mistakes are refused only there.
    """
    rule = "the wrong call is refused, in words that say what is wrong"
    checks.refused(lambda: np.asarray(row.wrong(trying)), row.errors, row.words, rule)
    checks.equal(np.asarray(row.right(trying)), trying.expected(), "the right call gives NumPy's values")
