from __future__ import annotations

import zipfile
from pathlib import Path

import pytest

from conformance.candidate import reach
from conformance.candidate.reach import ReachMap, changed_in, load, reach_of, save
from conformance.candidate.sources import OUTSIDE, digests_of
from conformance.errors import EvidenceError, UsageError
from conformance.running.places import Places
from conformance.trial.planted import Trace

MODULE = "tensorflow_hub/module_v2.py"
SOURCE = '''"""A module."""
import os
LIMIT = 3

def load(handle):
    """Loads."""
    return resolve(handle)

def resolve(handle):
    return os.fspath(handle)

class Layer:
    """A layer."""
    def call(self, x):
        return x

    def config(self):
        return {}
'''


def changed(old: str, new: str) -> set[str]:
    """The functions in which the source differs once `old` has become `new`."""
    assert old in SOURCE
    before, after = digests_of(SOURCE.encode()), digests_of(SOURCE.replace(old, new).encode())
    return {name for name in before if before[name] != after.get(name)}


@pytest.mark.parametrize(
    ("old", "new", "functions"),
    [
        ("    return resolve(handle)", "    return resolve(handle)  # a comment", set()),
        ("A module.", "Another docstring.", set()),
        ("Loads.", "Another docstring.", set()),
        ("A layer.", "Another docstring.", set()),
        ("return x\n", "return (x)\n\n\n", set()),
        ("return x\n", "return -x\n", {"Layer.call"}),
        ("def load(handle)", "def load(handle, tags=None)", {"load"}),
        ("def load(", "@decorated\ndef load(", {"load"}),
        ("LIMIT = 3", "LIMIT = 4", {OUTSIDE}),
        ("import os", "import os, sys", {OUTSIDE}),
        ("class Layer:", "class Layer(Base):", {OUTSIDE}),
        ("def resolve(", "def helper():\n    pass\n\ndef resolve(", set()),  # who calls it has changed as well
        (
            "    def config",
            "    def build(self): pass\n    def config",
            {OUTSIDE},
        ),  # it may be in an inherited one's place
        ("def resolve(handle):\n    return os.fspath(handle)\n", "", {"resolve"}),
    ],
)
def test_what_a_change_of_the_source_concerns(old: str, new: str, functions: set[str]) -> None:
    assert changed(old, new) == functions


@pytest.fixture
def virtualenv(tmp_path: Path) -> Path:
    package = tmp_path / "cell" / "lib" / "python3.11" / "site-packages" / "tensorflow_hub"
    saved_model = package.parent / "tensorflow" / "python" / "saved_model"
    for folder in (package, saved_model):
        folder.mkdir(parents=True)
    (package / "module_v2.py").write_text(SOURCE)
    (package / "version.py").write_text("__version__ = '0.16.1'\n")
    (package / "__init__.py").write_text("from tensorflow_hub.module_v2 import load\n")
    (saved_model / "load.py").write_text("def load():\n    pass\n")
    return tmp_path / "cell"


@pytest.fixture
def made(virtualenv: Path) -> ReachMap:
    lines = ("7 a.one", "7 a.two", "10 a.two", "15 ", "15 a.three", "18 a.four")
    trace = Trace(planted=("x",), reached=(*(f"tensorflow_hub.module_v2:{line}" for line in lines), "other:1 a.one"))
    return reach_of("a-cell", {"a": "1"}, trace, virtualenv)


def wheel_with(tmp_path: Path, old: str = "", new: str = "", **files: str) -> Path:
    path = tmp_path / "tensorflow_hub-1-py3-none-any.whl"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("tensorflow_hub-1.dist-info/METADATA", "Name: tensorflow_hub")
        archive.writestr(MODULE, SOURCE.replace(old, new))
        archive.writestr("tensorflow_hub/__init__.py", "from tensorflow_hub.module_v2 import load\n")
        archive.writestr("tensorflow_hub/version.py", "__version__ = '0.17.0'\n")
        for name, content in files.items():
            archive.writestr(f"tensorflow_hub/{name.replace('__', '.')}", content)
    return path


def probes(made: ReachMap, wheel: Path) -> set[str] | None:
    changes = changed_in(wheel, made)
    found = None if changes is None else made.of_changes(changes)
    return None if found is None else set(found)


def test_a_trace_becomes_a_map_of_functions(made: ReachMap) -> None:
    assert made.reached[MODULE] == {
        "Layer.call": ("", "a.three"),
        "Layer.config": ("a.four",),
        "load": ("a.one", "a.two"),
        "resolve": ("a.two",),
    }


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("", "", set()),
        ("os.fspath(handle)", "str(handle)", {"a.two"}),
        ("return {}", "return {1: 2}", {"a.four"}),
        ("return x", "return -x", {"a.one", "a.two", "a.three", "a.four"}),  # imports reach it as well
        ("LIMIT = 3", "LIMIT = 4", {"a.one", "a.two", "a.three", "a.four"}),
        ("import os", "import (", None),  # no Python
    ],
)
def test_the_probes_that_reach_a_change(
    made: ReachMap, tmp_path: Path, old: str, new: str, expected: set[str] | None
) -> None:
    assert probes(made, wheel_with(tmp_path, old, new)) == expected


def test_where_nobody_can_say_all_probes_are_to_run(made: ReachMap, tmp_path: Path) -> None:
    assert probes(made, wheel_with(tmp_path, data__bin="x")) is None  # not only Python
    assert probes(made, wheel_with(tmp_path, new__py="x = 1")) == set()  # reached through what imports it
    unreached = ReachMap(made.schema, made.cell, made.keys, made.digests, {})
    assert probes(unreached, wheel_with(tmp_path, "LIMIT = 3", "LIMIT = 4")) is None
    other = tmp_path / "numpy-1-py3-none-any.whl"
    with zipfile.ZipFile(other, "w") as archive:
        archive.writestr("numpy/core.py", "")
    assert probes(made, other) is None


@pytest.mark.parametrize("trace", [Trace(), Trace(planted=("x",)), Trace(failed=("it is gone",))])
def test_a_trace_that_says_nothing_is_no_map(trace: Trace, virtualenv: Path) -> None:
    with pytest.raises(EvidenceError, match="no function of a-cell was traced"):
        reach_of("a-cell", {}, trace, virtualenv)


def test_a_map_is_kept_until_packages_or_probes_are_others(made: ReachMap, tmp_path: Path) -> None:
    places = Places(tmp_path, tmp_path / "reports")
    with pytest.raises(UsageError, match=r"there is no map of a-cell\. Make it anew: .* --map --only a-cell"):
        load("a-cell", {"a": "1"}, places)

    assert save(made, places) == reach.file_of("a-cell", places)

    assert load("a-cell", {"a": "1"}, places) == made
    with pytest.raises(UsageError, match="other packages or probes"):
        load("a-cell", {"a": "2"}, places)
