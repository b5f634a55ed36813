"""Plants one defect: patches the modules that it concerns, each the moment it has been imported.

No file of an installed package is touched, since those are links into the installer's cache, which every other
environment shares. What became of the defect is left in a trace file, one line each:

    planted MODULE     the module was imported and patched
    reached NAME       the patched function was called for the first time
    failed WHY         what the defect patches is not there any more: it did not take

A process that cannot say `planted` tells nothing about the probes, whatever they observe.
"""

from __future__ import annotations

import functools
import importlib
import importlib.abc
import importlib.machinery
import inspect
import os
import sys
from types import ModuleType
from typing import Any, Callable, Sequence

DEFECT_VARIABLE = "CONFORMANCE_PLANTED_DEFECT"
TRACE_VARIABLE = "CONFORMANCE_PLANTED_TRACE"
NO_DEFECT = "none"

_LIBRARY = (
    "conformance.trial.inside.hub_module",
    "conformance.trial.inside.hub_keras_layer",
    "conformance.trial.inside.hub_load",
    "conformance.trial.inside.hub_surroundings",
    "conformance.trial.inside.tensorflow_and_keras",
    "conformance.trial.inside.own_programs",
    "conformance.trial.inside.keeping",
    "conformance.trial.inside.ordinary_use",
)

Patch = Callable[[Any], None]

# Defect -> module -> what patches it.
DEFECTS: dict[str, dict[str, Patch]] = {}


class DidNotTake(ImportError):  # noqa: N818 - it reads as an outcome
    """What the defect patches is not there; an ImportError, so that whoever imports it does not go on without."""


class FailsToImport(ImportError):  # noqa: N818 - likewise
    """The defect itself: the module that it concerns cannot be imported."""


def defect(name: str, *modules: str) -> Callable[[Patch], Patch]:
    """Declares the patch of `modules` that plants the defect `name`; it is called with each module once imported.

    Several modules are alternatives (a package that moved) or several places of one defect.
    """

    def declare(patch: Patch) -> Patch:
        patches = DEFECTS.setdefault(name, {})
        for module in modules:
            assert module not in patches, name
            patches[module] = patch
        return patch

    return declare


def replace(owner: Any, name: str, function: Callable[..., Any]) -> None:
    """Puts `function(original, ...)` in the place of `owner.name`, which must be there.

    Raises:
        DidNotTake: it is not there.
    """
    try:
        original = getattr(owner, name)
    except AttributeError:
        raise DidNotTake("{!r} has no {} any more".format(owner, name)) from None
    reached: list[str] = []

    def planted(*args: Any, **kwargs: Any) -> Any:
        if not reached:
            reached.append(name)
            trace("reached " + name)
        return function(original, *args, **kwargs)

    functools.update_wrapper(planted, original)
    # Keras and hub look at the arguments of what they call, without following __wrapped__.
    setattr(planted, "__signature__", inspect.signature(original))  # noqa: B010 - mypy knows no such attribute
    # A function that is built from a planted one must not be rewritten by AutoGraph, which would look for its source.
    setattr(planted, "autograph_info__", {})  # noqa: B010
    setattr(owner, name, planted)


def require(owner: Any, *names: str) -> None:
    """Makes sure that what a defect relies on is there.

    Raises:
        DidNotTake: it is not.
    """
    for name in names:
        if not hasattr(owner, name):
            raise DidNotTake("{!r} has no {} any more".format(owner, name))


def trace(line: str) -> None:
    """Leaves a line for the host; several processes may do so at a time."""
    path = os.environ.get(TRACE_VARIABLE)
    if path:
        file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        os.write(file, (line.replace("\n", " ") + "\n").encode("utf-8", "replace"))
        os.close(file)


def plant_from_environment() -> None:
    """Plants what the environment variable asks for; with none, or "none", nothing."""
    name = os.environ.get(DEFECT_VARIABLE, NO_DEFECT)
    if name == NO_DEFECT:
        return
    for module in _LIBRARY:
        importlib.import_module(module)
    if name not in DEFECTS:
        trace("failed there is no defect called " + name)
        return
    plant(DEFECTS[name])


def plant(patches: dict[str, Patch]) -> None:
    """Has each module patched when it is imported."""
    sys.meta_path.insert(0, _Finder(patches))


class _Finder(importlib.abc.MetaPathFinder):
    """Finds the modules to patch by asking the finders after it, and adds the patch to the end of their execution."""

    def __init__(self, patches: dict[str, Patch]) -> None:
        self._patches = patches

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> importlib.machinery.ModuleSpec | None:
        """Finds a module that is to be patched."""
        if fullname not in self._patches:
            return None
        for finder in sys.meta_path:
            find: Any = getattr(finder, "find_spec", None)
            spec: Any = find(fullname, path, target) if find is not None and finder is not self else None
            if spec is not None and spec.loader is not None:
                # The loader stays what it is: inspect and AutoGraph ask it for the source.
                spec.loader.exec_module = functools.partial(
                    _execute_and_patch, spec.loader.exec_module, self._patches[fullname]
                )
                found: importlib.machinery.ModuleSpec = spec
                return found
        return None


def _execute_and_patch(execute: Callable[[ModuleType], None], patch: Patch, module: ModuleType) -> None:
    execute(module)
    try:
        patch(module)
    except FailsToImport:
        trace("planted " + module.__name__)
        raise
    except DidNotTake as error:
        trace("failed {}".format(error))
        raise
    except Exception as error:
        trace("failed {}: {!r}".format(module.__name__, error))
        raise
    trace("planted " + module.__name__)
