"""Lets changed copies of modules stand in for the installed ones, whose files are never touched.

The copies lie in a folder, under the paths that their modules have in site-packages. They are compiled under their own
file names, so that AutoGraph, which reads the source of what it converts, reads the changed one. Each may use the name
`__reached__`: that the attribute `line_12` of it is read is left in the trace as `reached MODULE:12 PROBE`, the first
time for each probe; while none runs, PROBE is empty.
"""

from __future__ import annotations

import importlib.abc
import importlib.machinery
import importlib.util
import os
import sys
from types import ModuleType
from typing import Any, Sequence

from conformance.trial.inside.planting import trace

STAND_INS_VARIABLE = "CONFORMANCE_STAND_INS"
REACHED = "__reached__"
_CURRENT_TEST = "PYTEST_CURRENT_TEST"  # set by pytest


def stand_in_from_environment() -> None:
    """Has the copies in the folder that the environment variable names imported; without it, nothing."""
    folder = os.environ.get(STAND_INS_VARIABLE)
    if folder:
        sys.meta_path.insert(0, _Finder(_modules_in(folder)))


def _modules_in(folder: str) -> dict[str, str]:
    """Module -> its file."""
    found = {}
    for parent, _, names in os.walk(folder):
        for name in names:
            path = os.path.join(parent, name)
            if name.endswith(".py"):
                parts = os.path.relpath(path, folder)[: -len(".py")].split(os.sep)
                found[".".join(parts[:-1] if parts[-1] == "__init__" else parts)] = path
    return found


class _Finder(importlib.abc.MetaPathFinder):
    """Finds the copy of a module in the place of the installed file."""

    def __init__(self, files: dict[str, str]) -> None:
        self._files = files

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> importlib.machinery.ModuleSpec | None:
        """Finds a module that has a copy; a package keeps its installed folder, for its other modules."""
        if fullname not in self._files:
            return None
        installed = importlib.machinery.PathFinder.find_spec(fullname, path)
        if installed is None:
            trace("failed {} is not installed any more".format(fullname))
            return None
        loader = _Loader(fullname, self._files[fullname])
        return importlib.util.spec_from_file_location(
            fullname,
            self._files[fullname],
            loader=loader,
            submodule_search_locations=installed.submodule_search_locations,
        )


class _Loader(importlib.machinery.SourceFileLoader):
    """Executes a copy and says so."""

    def exec_module(self, module: ModuleType) -> None:
        """Executes the module, which may fail: that is what its change does then."""
        setattr(module, REACHED, _Reached(module.__name__))
        trace("planted " + module.__name__)
        super().exec_module(module)


class _Reached:
    """What lines of a module were reached; reading an attribute is no call, which AutoGraph would convert."""

    def __init__(self, module: str) -> None:
        self._module = module
        self._told: set[tuple[str, str]] = set()

    def __getattr__(self, name: str) -> Any:
        if not name.startswith("line_"):
            raise AttributeError(name)  # what looks at every value it meets (copy, inspect) is not an execution
        test = os.environ.get(_CURRENT_TEST, "")
        if (name, test) not in self._told:
            self._told.add((name, test))
            trace("reached {}:{} {}".format(self._module, name[len("line_") :], _probe_of(test)))
        return None


def _probe_of(test: str) -> str:
    """The id of the probe that pytest says is running, as "nodeid (call)"."""
    if not test:
        return ""
    from conformance.inside.item import probe_id  # which needs pytest, as not every process that starts here has

    return probe_id(test.rpartition(" ")[0])
