"""Errors that only real libraries raise, made here by hand."""

from __future__ import annotations

from conformance.inside import classify
from conformance.words import Outcome

LISTED = """in user code:

    File "/repo/conformance/inside/probes/test_x.py", line 6, in f  *
        return layer(x)
    File "/venv/lib/python3.11/site-packages/tensorflow_hub/keras_layer.py", line 265, in call  *
        self._check_trainability()

    ValueError: Setting trainable is unsupported
    for this format
"""


class StagingError(Exception):
    """AutoGraph's, in place of a class that it cannot make anew."""


class RefusalError(ValueError):
    def __init__(self, one: int, two: int) -> None:
        super().__init__(f"unsupported: {one}, {two}")


def staged() -> BaseException:
    try:
        try:
            raise RefusalError(1, 2)
        except RefusalError:
            raise StagingError("in converted code: unsupported")  # noqa: B904  (as AutoGraph does)
    except StagingError as error:
        return error


def test_message_of_an_error_passed_on_by_autograph_is_that_of_the_error() -> None:
    found = classify.error_of(ValueError(LISTED))
    assert found["message"] == "Setting trainable is unsupported\nfor this format"
    assert (found["type"], found["origin"]) == ("ValueError", "tensorflow_hub")


def test_error_in_an_error_of_autograph_counts() -> None:
    assert classify.error_of(staged())["type"].endswith("RefusalError")
    assert classify.error_of(staged())["message"] == "unsupported: 1, 2"
    assert classify.outcome_of(staged(), [("ValueError", "^unsupported: 1")]) is Outcome.REJECTED


def test_error_raised_from_another_is_judged_by_itself() -> None:
    error = RuntimeError("wrapped")
    error.__cause__ = ValueError("unsupported")
    assert classify.outcome_of(error, [("ValueError", "unsupported")]) is Outcome.FAILED


def test_message_is_the_same_in_every_run() -> None:
    assert classify.error_of(TypeError("<Layer object at 0x7fe83529bed0>"))["message"] == "<Layer object at 0x...>"


def test_a_cycle_of_causes_ends() -> None:
    first, second = ValueError("a"), ValueError("b")
    first.__cause__, second.__cause__ = second, first
    assert classify.error_of(first)["traceback"].count("which led to") == 1
