"""Turns what a probe raised into an outcome, and into the error that the record keeps of it."""

from __future__ import annotations

import re
from typing import Iterator, Sequence

from conformance.inside import lines, origin, text
from conformance.inside.probe import ApiMissing, Blocked, FreshProcessError, WrongValues, class_names_of
from conformance.words import Outcome

Rejections = Sequence["tuple[str, str]"]  # (bare class name, pattern), as given to @rejects

_LIBRARIES = r"(?P<{}>tensorflow(?:_core|_hub|_estimator)?|keras|tf_keras)(?:\.[\w.]+)?"
_LACKS_NAME = re.compile(
    r"module '" + _LIBRARIES.format("a") + r"' has no attribute"
    r"|cannot import name '\w+' from '" + _LIBRARIES.format("b") + r"'"
    r"|No module named '" + _LIBRARIES.format("c") + r"'"
)
# The code that looks public names up: an error raised there, and asked for by a probe, is the probe's.
_LOOKS_NAMES_UP = re.compile(
    r"/tensorflow(?:_core)?/python/util/(?:module_wrapper|deprecation_wrapper|lazy_loader)\.py$"
    r"|/importlib/__init__\.py$|^<frozen importlib"
)
# AutoGraph puts one of these in place of an error whose class it cannot make anew; the error itself is its context.
_AUTOGRAPH_CLASSES = ("StagingError", "AutoGraphError", "GraphConstructionError")
_OF_PROBES = (ApiMissing, Blocked, WrongValues)
_LONGEST_TRACEBACK = 8000
_LONGEST_CHAIN = 5
_ADDRESS = re.compile(r"\b0x[0-9a-f]{6,}\b")  # differs from run to run, and says nothing


def outcome_of(error: BaseException, rejections: Rejections = ()) -> Outcome:
    """The outcome of a probe that raised `error` in its own code, not in the set-up of a fixture."""
    if isinstance(error, Blocked) or type(error).__name__ == "Skipped":
        return Outcome.BLOCKED
    if isinstance(error, WrongValues):
        return Outcome.WRONG_VALUES
    if isinstance(error, ApiMissing):
        return Outcome.API_MISSING
    if any(_is_rejection(error, class_name, pattern) for class_name, pattern in rejections):
        return Outcome.REJECTED
    if isinstance(error, FreshProcessError):
        return error.outcome
    if _lacking_library(error):
        return Outcome.API_MISSING
    if isinstance(error, AssertionError) and origin.origin_of(error, text_of(error)) == origin.PROBE:
        return Outcome.WRONG_VALUES
    return Outcome.FAILED


def error_of(error: BaseException) -> dict[str, str]:
    """The error that the record keeps: class, text, the package to blame and the frames."""
    if isinstance(error, FreshProcessError):
        return error.error
    return dict(text_of_error(error), traceback=text.shorten(text.clean(_traceback_of(error)), _LONGEST_TRACEBACK))


def text_of_error(error: BaseException) -> dict[str, str]:
    """The same without the frames, as errors are kept that a probe met beside the one it ended with."""
    if isinstance(error, FreshProcessError):
        return dict(error.error, traceback="")
    subject = _unwrapped(error)
    whole = text_of(error)
    message = origin.autograph_cause(whole) if subject is error else text_of(subject)
    if message != whole and message.startswith(type(subject).__name__ + ": "):  # AutoGraph says it once more
        message = message.split(": ", 1)[1]
    return lines.error(
        type_=_class_of(subject),
        message=text.shorten(text.clean(_ADDRESS.sub("0x...", message))),
        origin=_lacking_library(error) or origin.origin_of(error, whole),
    )


def behind(error: BaseException) -> list[BaseException]:
    """The errors that led to `error`, the first that was raised on top, without what only the probes raise."""
    shown = (error, _unwrapped(error))
    return [one for one in _chain(error) if one not in shown and not isinstance(one, _OF_PROBES)]


def text_of(error: BaseException) -> str:
    """`str(error)`, whatever its class makes of that."""
    try:
        return str(error)
    except Exception as failure:
        return "(the text of this {} cannot be had: {})".format(type(error).__name__, type(failure).__name__)


def known_by(error: BaseException) -> tuple[frozenset[str], tuple[str, ...]]:
    """The bare class names and the texts by which `error` is recognized: its own, and those of what AutoGraph wraps."""
    subject = _unwrapped(error)
    return class_names_of(error) | class_names_of(subject), (text_of(error), text_of(subject))


def _is_rejection(error: BaseException, class_name: str, pattern: str) -> bool:
    names, texts = known_by(error)
    return class_name in names and any(re.search(pattern, found, re.IGNORECASE | re.DOTALL) for found in texts)


def _unwrapped(error: BaseException) -> BaseException:
    inner = error.__cause__ or error.__context__
    return inner if inner is not None and type(error).__name__ in _AUTOGRAPH_CLASSES else error


def _lacking_library(error: BaseException) -> str:
    """The library that lacks a public name which our own code asked for; "" if this is another error."""
    found = _LACKS_NAME.search(text_of(error))
    if found is None or not isinstance(error, (AttributeError, ImportError, ApiMissing)):
        return ""
    frames = origin.frames_of(error.__traceback__)
    while frames and (frames[-1].function == "__getattr__" or _LOOKS_NAMES_UP.search(frames[-1].path)):
        frames.pop()
    if frames and origin.package_of(frames[-1].path) != origin.PROBE:
        return ""
    library = next(name for name in found.groups() if name)
    return origin.package_named(library)


def _class_of(error: BaseException) -> str:
    cls = type(error)
    return cls.__qualname__ if cls.__module__ == "builtins" else "{}.{}".format(cls.__module__, cls.__qualname__)


def _traceback_of(error: BaseException) -> str:
    """The frames of `error` and of those behind it, the first that was raised on top."""
    parts = [
        "{}\n{}".format(origin.show(origin.frames_of(behind.__traceback__)), _class_of(behind))
        for behind in _chain(error)
    ]
    return "\n\nwhich led to\n\n".join(parts)


def _chain(error: BaseException) -> Iterator[BaseException]:
    behind = [error]
    while len(behind) < _LONGEST_CHAIN:
        last = behind[-1]
        earlier = last.__cause__ or (None if last.__suppress_context__ else last.__context__)
        if earlier is None or earlier in behind:
            break
        behind.append(earlier)
    return reversed(behind)
