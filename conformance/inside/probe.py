"""What a probe is written with: the claims it speaks to, the errors it counts as a refusal, and the ways it can end."""

from __future__ import annotations

from typing import Any, Sequence

import pytest

from conformance.words import Outcome, Standing


class WrongValues(AssertionError):  # noqa: N818 - it reads as an outcome, not as an error
    """The call worked, and its numbers (or shapes, or weights) are not the ones computed without TensorFlow."""


class ApiMissing(Exception):  # noqa: N818 - likewise
    """A name that the page tells its reader to use does not exist here."""


class Blocked(Exception):  # noqa: N818 - likewise
    """The probe could not even try, because something it needs and does not itself test failed."""


class FreshProcessError(Exception):
    """What was asked of a fresh process (see conformance.inside.fresh) failed there; counts as if it had failed here.

    Attributes:
        outcome: the outcome of a probe that it ends.
        error: what the record keeps of it.
        class_names: the bare names of the error's class and of its base classes.
    """

    def __init__(
        self, outcome: Outcome, error: dict[str, str], text: str, class_names: frozenset[str] = frozenset()
    ) -> None:
        super().__init__(text)
        self.outcome = outcome
        self.error = error
        self.class_names = class_names


def class_names_of(error: BaseException) -> frozenset[str]:
    """The bare names of an error's class and of its base classes, wherever it was raised."""
    if isinstance(error, FreshProcessError):
        return error.class_names
    return frozenset(base.__name__ for base in type(error).__mro__)


def probe(claim: str | Sequence[str], standing: str, way: str = "") -> pytest.MarkDecorator:
    """Marks a test as a probe of `claim`; stackable, and of use in pytest.param(..., marks=...) as well.

    Args:
        claim: an id from conformance/claims, or several to which it speaks alike.
        standing: "literal" if the test does what the page says word for word, "implied" for ordinary use around it.
        way: which of the claim's ways the test tries, where it has several; "{way}" is the test's parameter `way`, so
            that a table of them needs one test only.

    Raises:
        ValueError: `standing` is neither.
    """
    return pytest.mark.probe((claim,) if isinstance(claim, str) else tuple(claim), Standing(standing).value, way)


def rejects(class_name: str, pattern: str) -> pytest.MarkDecorator:
    """Says which error is a clear, deliberate refusal of what the test tries; stackable, any of them will do.

    Args:
        class_name: the bare name of the error's class or of one of its base classes.
        pattern: a loose regular expression, searched in the error's text whatever its case and line breaks.
    """
    return pytest.mark.rejects(class_name, pattern)


def public(module: Any, name: str) -> Any:
    """Looks up `name` ("compat.v1.estimator.Estimator") in `module`, part by part.

    Raises:
        ApiMissing: a part is missing, or is loaded lazily and cannot be loaded.
    """
    found = module
    for part in name.split("."):
        try:
            found = getattr(found, part)
        except (AttributeError, ImportError) as error:
            home = getattr(module, "__name__", type(module).__name__)
            raise ApiMissing("{}.{} is not there: {}".format(home, name, error)) from error
    return found
