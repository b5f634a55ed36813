"""What the probes compare with: a check that lets something through would make every probe that uses it blind."""

from __future__ import annotations

import pytest

pytest.importorskip("numpy")

from conformance.inside import checks
from conformance.inside.probe import WrongValues


def fails_with(error: Exception):
    def call():
        raise error

    return call


def test_a_refusal_is_matched_by_a_base_class_and_loosely_by_its_text():
    checks.refused(fails_with(KeyError("No such\nTAG")), "LookupError", r"no.*tag", "it is refused")


@pytest.mark.parametrize(
    ("call", "got"),
    [
        (lambda: 7, "no error but 7"),
        (fails_with(TypeError("no such tag")), "TypeError"),
        (fails_with(KeyError("something else")), "something else"),
    ],
)
def test_no_error_or_another_one_is_a_wrong_value_that_says_what_came_instead(call, got):
    with pytest.raises(WrongValues, match=got):
        checks.refused(call, "KeyError", "no such tag", "it is refused")
