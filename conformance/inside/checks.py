"""How probes compare what TensorFlow gave with NumPy: every failure states the rule, the got and the expected.

A check raises WrongValues, so that a call which ran and gave wrong numbers is never mistaken for one which failed.
"""

import re

import numpy as np

from conformance.inside import met
from conformance.inside.probe import WrongValues, class_names_of

# In TF 1.15, 2.0, 2.15 and 2.21 the models' float32 outputs were seen up to 5e-7 away from their float64 references;
# these leave room for other hardware and reordered sums, and none for a real drift. They held in the whole matrix.
RELATIVE = 1e-5
ABSOLUTE = 2e-6


def equal(got, expected, rule):
    """Checks shape and values.

    Args:
        got: an array (or what NumPy makes one of); strings are compared exactly.
        expected: the reference.
        rule: what should hold, as a sentence; begins the error's text.

    Raises:
        WrongValues: shape, kind of dtype or any value differs.
    """
    got, expected = np.asarray(got), np.asarray(expected)
    if got.shape != expected.shape:
        raise WrongValues("{}: got shape {}, expected {}".format(rule, got.shape, expected.shape))
    if got.dtype != expected.dtype:
        raise WrongValues("{}: got dtype {}, expected {}".format(rule, got.dtype, expected.dtype))
    if expected.dtype.kind == "f":
        same = np.allclose(got, expected, rtol=RELATIVE, atol=ABSOLUTE)
    else:
        same = bool(np.all(got == expected))
    if not same:
        raise WrongValues("{}: got\n{}\nexpected\n{}".format(rule, got, expected))


def same_outputs(got, expected, rule):
    """Checks a dict of outputs: the same keys, and `equal` for each."""
    if sorted(got) != sorted(expected):
        raise WrongValues("{}: got the outputs {}, expected {}".format(rule, sorted(got), sorted(expected)))
    for key in expected:
        equal(got[key], expected[key], '{}, output "{}"'.format(rule, key))


def holds(truth, rule, got):
    """Checks a plain fact; `got` is what was found instead.

    Raises:
        WrongValues: `truth` is false.
    """
    if not truth:
        raise WrongValues("{}: got {}".format(rule, got))


def refused(call, class_name, pattern, rule):
    """Checks that `call()` is refused with an error of this class whose text matches; the record keeps that text.

    Args:
        class_name: the bare name of the error's class or of one of its base classes, as in @rejects; or several, of
            which any will do.
        pattern: a loose regular expression, searched in the error's text whatever its case and line breaks.

    Raises:
        WrongValues: there is no error, or another one.
    """
    expected = (class_name,) if isinstance(class_name, str) else class_name
    words = " or ".join(expected)
    try:
        got = call()
    except Exception as error:
        met.keep(error)
        matches = re.search(pattern, str(error), re.IGNORECASE | re.DOTALL)
        if class_names_of(error).isdisjoint(expected) or not matches:
            raise WrongValues(
                "{}: got {!r}, expected a {} that matches {!r}".format(rule, error, words, pattern)
            ) from error
    else:
        raise WrongValues("{}: got no error but {!r}, expected a {}".format(rule, got, words))


def by_role(named_values):
    """Names the values of variables by their role: the last part of the variable's name ("kernel", "gamma", ...).

    Args:
        named_values: (name, value) pairs, as "module/dense/kernel:0" or "dense/kernel".

    Raises:
        WrongValues: two variables have the same role, so that one of them could hide the other.
    """
    roles = {}
    for name, value in named_values:
        role = name.split(":")[0].split("/")[-1]
        if role in roles:
            raise WrongValues("each variable is there once: got two of {}".format(role))
        roles[role] = value
    return roles
