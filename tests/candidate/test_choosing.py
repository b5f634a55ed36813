from __future__ import annotations

import zipfile
from pathlib import Path

import msgspec
import pytest

from conformance.candidate.choosing import Choice, changed_in, choose
from conformance.candidate.reach import ReachMap
from tests.candidate.maps import KERAS, KERAS_SOURCE, PROBES, wheel_with, write_map


@pytest.fixture
def made(tmp_path: Path) -> ReachMap:
    return write_map(tmp_path)


def choice(made: ReachMap, wheel: Path) -> Choice | None:
    changes = changed_in(wheel, made)
    return None if changes is None else choose(made, changes)


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("", "", set()),
        ("os.fspath(handle)", "str(handle)", {"a.one", "a.three"}),
        ("raise ValueError", "raise TypeError", {"a.two"}),
        ("handle is None", "handle == None", {"a.one", "a.two", "a.three"}),
        ("return x", "return -x", {"a.four"}),
        ("import os", "import posix as os", {"a.one", "a.three"}),
        ("LIMIT = 3", "LIMIT = 3; log()", set(PROBES)),
        ("return f\n", "return None\n", set(PROBES)),  # what an import runs decides what all else finds
    ],
)
def test_the_probes_that_reach_a_change(made: ReachMap, tmp_path: Path, old: str, new: str, expected: set[str]) -> None:
    found = choice(made, wheel_with(tmp_path, old, new))
    assert found
    assert {*found.chosen, *found.others} == expected
    assert not found.unreached


def test_a_file_that_was_not_traced_may_matter_to_the_whole_package(made: ReachMap, tmp_path: Path) -> None:
    found = choice(made, wheel_with(tmp_path, files={"__init__.py": "load = None\n"}))
    assert found
    assert {*found.chosen, *found.others} == set(PROBES)


@pytest.mark.parametrize(
    ("old", "new", "other", "unreached"),
    [
        ("LIMIT}", "0}", {}, "tensorflow_hub/module_v2.py: Layer.config"),
        ("LIMIT = 3", "LIMIT = 4", {}, "tensorflow_hub/module_v2.py: (outside of functions)"),
        ("", "", {"resolver.py": "def http():\n    return 2\n"}, "tensorflow_hub/resolver.py: http"),
    ],
)
def test_what_no_probe_reaches_is_named(
    made: ReachMap, tmp_path: Path, old: str, new: str, other: dict[str, str], unreached: str
) -> None:
    assert choice(made, wheel_with(tmp_path, old, new, other)) == Choice(unreached=(unreached,), quickest="a.one")


def test_where_nobody_can_say_all_probes_are_to_run(made: ReachMap, tmp_path: Path) -> None:
    assert choice(made, wheel_with(tmp_path, files={"data.bin": "x"})) is None  # not only Python
    assert choice(made, wheel_with(tmp_path, "import os", "import (")) is None  # no Python
    assert choice(made, wheel_with(tmp_path, files={"new.py": "x = 1"})) == Choice(
        quickest="a.one"
    )  # reached through what imports it
    other = tmp_path / "numpy-1-py3-none-any.whl"
    with zipfile.ZipFile(other, "w") as archive:
        archive.writestr("numpy/core.py", "")
    assert choice(made, other) is None


def test_of_keras_the_functions_are_known(made: ReachMap, tmp_path: Path) -> None:
    wheel = tmp_path / "tf_keras-2.15.1-py3-none-any.whl"
    with zipfile.ZipFile(wheel, "w") as archive:
        archive.writestr(KERAS, KERAS_SOURCE.replace("return y", "return -y"))
    found = choice(made, wheel)
    assert found
    assert (found.chosen, found.others, found.unreached) == (("a.two",), (), ())


def with_seconds(made: ReachMap, *seconds: float) -> ReachMap:
    probes = (msgspec.structs.replace(one, seconds=each) for one, each in zip(made.probes, seconds, strict=True))
    return msgspec.structs.replace(made, probes=tuple(probes))


def test_each_way_through_the_change_is_tried_by_its_quickest_probe(made: ReachMap, tmp_path: Path) -> None:
    wheel = wheel_with(tmp_path, "handle is None", "handle == None")  # two ways: one of them by two probes
    made = with_seconds(made, 1.0, 1.0, 2.0, 1.0)
    found = choice(made, wheel)
    assert found
    assert (found.chosen, found.others) == (("a.one", "a.two"), ("a.three",))


def test_a_fifth_of_the_time_goes_to_more_of_them(made: ReachMap, tmp_path: Path) -> None:
    wheel = wheel_with(tmp_path, "handle is None", "handle == None")
    found = choice(with_seconds(made, 1.0, 1.0, 2.0, 30.0), wheel)
    assert found
    assert (found.chosen, found.others) == (("a.one", "a.two", "a.three"), ())


def test_each_claim_is_tried(made: ReachMap, tmp_path: Path) -> None:
    claims = ("load",), ("load",), ("fit",), ("load",)
    probes = (msgspec.structs.replace(one, claims=of) for one, of in zip(made.probes, claims, strict=True))
    made = with_seconds(msgspec.structs.replace(made, probes=tuple(probes)), 1.0, 1.0, 2.0, 1.0)
    found = choice(made, wheel_with(tmp_path, "os.fspath(handle)", "str(handle)"))
    assert found
    assert set(found.chosen) == {"a.three", "a.one"}
