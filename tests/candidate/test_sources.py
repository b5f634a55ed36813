from __future__ import annotations

import pytest

from conformance.candidate.sources import SourceDifferences, differences, functions_of, users_of

SOURCE = '''"""A module."""
import os
LIMIT = 3
LIMITS = {"all": LIMIT}

def load(handle, tags=None):
    """Loads."""
    if tags is None:
        tags = []
    elif not tags:
        raise ValueError(tags)
    try:
        found = resolve(handle)
    except OSError:
        found = None
    return found

def resolve(handle):
    return os.fspath(handle)[:LIMITS["all"]]

class Layer:
    """A layer."""
    scale = 1

    @property
    def trainable(self):
        return self._trainable

    @trainable.setter
    def trainable(self, value):
        self._trainable = value

    def call(self, x):
        def inner():
            return x * self.scale
        return inner()
'''


def line(text: str) -> int:
    """The number of the line of the source that has this text."""
    return next(number for number, one in enumerate(SOURCE.splitlines(), start=1) if text in one)


def changed(old: str, new: str) -> SourceDifferences:
    """What differs once `old` has become `new`."""
    assert old in SOURCE
    return differences(SOURCE.encode(), SOURCE.replace(old, new).encode())


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("    return found", "    return found  # a comment"),
        ("A module.", "Another docstring."),
        ("Loads.", "Another docstring."),
        ('    """A layer."""\n', ""),
        ("return inner()", "return (inner())\n\n"),
        ("        def inner():\n", '        def inner():\n            """Computes."""\n'),
        (SOURCE[SOURCE.index("def load") : SOURCE.index("def resolve")], ""),  # and see below
    ],
)
def test_what_does_not_count(old: str, new: str) -> None:
    after = SOURCE.replace(old, new) + (old if not new and "def load" in old else "")
    assert not differences(SOURCE.encode(), after.encode())


@pytest.mark.parametrize(
    ("old", "new", "functions", "lines"),
    [
        ("tags = []", "tags = ['serve']", {"load"}, {"tags = []"}),
        ("if tags is None", "if tags is not None", {"load"}, {"if tags is None"}),
        ("elif not tags", "elif tags", {"load"}, {"elif not"}),
        ("found = None", "raise", {"load"}, {"found = None"}),
        ("except OSError", "except ValueError", {"load"}, {"except OSError"}),
        # What is new is met where its neighbour runs; where a block is new, at the statement that it belongs to.
        ("        found = None\n", "        found = None\n        log()\n", {"load"}, {"found = None"}),
        ("        tags = []\n", "        log()\n        tags = []\n", {"load"}, {"tags = []"}),
        ("    return found", "    else:\n        log()\n    return found", {"load"}, {"try:"}),
        ("        found = resolve(handle)\n", "        pass\n", {"load"}, {"found = resolve"}),
        ("    return found\n", "", {"load"}, {"return found"}),
        # A call that is made otherwise matters from the first statement on.
        ("tags=None)", "tags=())", {"load"}, {"if tags is None"}),
        ("def resolve(", "@cached\ndef resolve(", {"resolve"}, {"return os.fspath"}),
        ("self._trainable = value", "self._trainable = not value", {"Layer.trainable"}, {"_trainable = value"}),
        ("return x * self.scale", "return x", {"Layer.call"}, {"return x * self.scale"}),
        ("def inner():", "def inner(y=0):", {"Layer.call"}, {"def inner"}),
    ],
)
def test_where_a_change_of_a_function_is_met(old: str, new: str, functions: set[str], lines: set[str]) -> None:
    found = changed(old, new)
    assert found == SourceDifferences(frozenset(functions), frozenset(line(text) for text in lines))


@pytest.mark.parametrize(
    ("old", "new", "names", "everywhere"),
    [
        ("LIMIT = 3\n", "LIMIT = 4\n", {"LIMIT"}, False),
        ("import os", "import posix as os", {"os"}, False),
        ("scale = 1", "scale = 2", {"scale"}, False),
        ("LIMIT = 3\n", "LIMIT = 3\nregister(load)\n", set(), True),
        ("class Layer:", "class Layer(Base):", {"Layer"}, False),
        # A method may take an inherited one's place.
        ("    scale = 1\n", "    scale = 1\n    def build(self):\n        pass\n", {"Layer", "build"}, False),
        ("class Layer:", "class Other:\n    def build(self):\n        pass\n\nclass Layer:", {"Other"}, False),
        # Who calls it has changed as well, or has called another one of that name.
        ("def resolve(", "def helper():\n    pass\n\ndef resolve(", {"helper"}, False),
        ("def resolve(", "def resolved(", {"resolve", "resolved"}, False),
    ],
)
def test_what_a_change_outside_of_functions_concerns(old: str, new: str, names: set[str], everywhere: bool) -> None:
    found = changed(old, new)
    assert found
    assert (set(found.names), len(found.lines), found.everywhere) == (names, 0, everywhere)


@pytest.mark.parametrize(
    ("name", "lines"),
    [
        ("LIMIT", {"LIMITS = ", "[:LIMITS"}),
        ("scale", {"return x * self.scale"}),
        ("resolve", {"found = resolve", "return os.fspath"}),
        ("trainable", {"return self._trainable", "_trainable = value"}),
        ("Layer", {"return self._trainable", "_trainable = value", "def inner"}),
        ("os", {"import os", "[:LIMITS"}),
    ],
)
def test_the_statements_that_use_a_name(name: str, lines: set[str]) -> None:
    assert users_of(frozenset({name}), SOURCE.encode()) == {line(text) for text in lines}


def test_the_functions_of_a_file() -> None:
    found = functions_of(SOURCE.encode())
    assert ("load", line("def load"), line("return found")) in found
    assert ("Layer.call", line("def call"), line("return inner()")) in found
    assert [one.first for one in found if one.name == "Layer.trainable"] == [line("@property"), line("@trainable.s")]
