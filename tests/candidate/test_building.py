from __future__ import annotations

import zipfile
from pathlib import Path

import pytest

from conformance.candidate import building
from conformance.candidate.asked import Slot, TypedCandidate, read_asked
from conformance.candidate.building import BuiltWheel, build
from conformance.environments.command import Finished
from conformance.errors import UsageError
from tests.candidate.fakes import write_wheel


class FakeBuild:
    """Replaces uv; makes a wheel of whatever it is given, if it is not told to fail."""

    def __init__(self) -> None:
        self.built: list[list[str]] = []  # what lay at the top of each tree
        self.log = ""
        self.wheels = 1

    def __call__(self, *arguments: str | Path) -> Finished:
        out, source = Path(arguments[-2]), Path(arguments[-1])
        self.built.append(sorted(entry.name for entry in source.iterdir()) if source.is_dir() else [source.name])
        if self.log:
            return Finished(2, "", self.log)
        for number in range(self.wheels):
            write_wheel(out, version=f"0.17.{number}")
        return Finished(0, "", "")


@pytest.fixture
def uv(monkeypatch: pytest.MonkeyPatch) -> FakeBuild:
    fake = FakeBuild()
    monkeypatch.setattr(building, "uv", fake)
    return fake


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    tree = tmp_path / "hub"
    (tree / "tensorflow_hub").mkdir(parents=True)
    (tree / "setup.py").write_text("setup()")
    (tree / "tensorflow_hub" / "module.py").write_text("x = 1")
    return tree


def asked(path: Path) -> TypedCandidate:
    (one,) = read_asked({Slot.HUB: [str(path)]})
    return one


def refused(path: Path, kept: Path) -> str:
    with pytest.raises(UsageError) as raised:
        build(asked(path), kept)
    return str(raised.value)


def test_a_tree_is_built_once_until_it_changes(tree: Path, tmp_path: Path, uv: FakeBuild) -> None:
    first = build(asked(tree), tmp_path / "kept")
    (tree / ".git").mkdir()
    (tree / ".git" / "index").touch()
    (tree / "build").mkdir()  # what another build left there
    assert build(asked(tree), tmp_path / "kept") == first
    assert (first.name, first.version, len(uv.built)) == ("tensorflow-hub", "0.17.0", 1)

    (tree / "tensorflow_hub" / "module.py").write_text("x = 2")
    build(asked(tree), tmp_path / "kept")

    assert len(uv.built) == 2
    assert uv.built[1] == [".git", "setup.py", "tensorflow_hub"]


def test_nothing_is_left_in_the_users_tree(tree: Path, tmp_path: Path, uv: FakeBuild) -> None:
    before = sorted(tree.rglob("*"))
    build(asked(tree), tmp_path / "kept")
    assert sorted(tree.rglob("*")) == before


def test_a_tree_that_does_not_build_is_refused_with_the_end_of_its_log(
    tree: Path, tmp_path: Path, uv: FakeBuild
) -> None:
    uv.log = "\n".join(f"line {number}" for number in range(100)) + "\nSyntaxError: setup.py"

    told = refused(tree, tmp_path / "kept")

    assert "does not build" in told
    assert "line 99\nSyntaxError: setup.py" in told
    assert "line 50" not in told
    uv.log = ""
    assert build(asked(tree), tmp_path / "kept").version == "0.17.0"  # nothing half-built was kept


def test_a_build_of_no_single_wheel_is_refused(tree: Path, tmp_path: Path, uv: FakeBuild) -> None:
    uv.wheels = 2
    assert "its build made 2 wheels instead of one" in refused(tree, tmp_path / "kept")
    assert not [entry for entry in (tmp_path / "kept").iterdir() if not entry.name.startswith("building-")]


def test_the_build_files_of_tensorflow_hub_are_found_where_it_keeps_them(
    tree: Path, tmp_path: Path, uv: FakeBuild
) -> None:
    (tree / "setup.py").unlink()
    assert "has neither pyproject.toml nor setup.py" in refused(tree, tmp_path / "kept")
    (tree / "tensorflow_hub" / "pip_package").mkdir()
    (tree / "tensorflow_hub" / "pip_package" / "setup.py").write_text("setup()")

    build(asked(tree), tmp_path / "kept")

    assert uv.built == [["setup.py", "tensorflow_hub"]]


def test_a_wheel_and_an_sdist(tmp_path: Path, uv: FakeBuild) -> None:
    sdist = tmp_path / "hub-0.17.tar.gz"
    sdist.write_bytes(b"sources")
    assert build(asked(sdist), tmp_path / "kept").version == "0.17.0"
    assert build(asked(write_wheel(tmp_path, version="0.18")), tmp_path / "kept").version == "0.18"
    assert len(uv.built) == 1


def test_what_is_no_wheel_of_that_package_is_refused(tmp_path: Path) -> None:
    other = write_wheel(tmp_path, "numpy", "2.0")
    assert "is numpy, which takes the place of no tensorflow-hub. Give it by --with." in refused(other, tmp_path / "k")
    broken = tmp_path / "tensorflow_hub-1-py3-none-any.whl"
    broken.write_bytes(b"no archive")
    assert "is no wheel" in refused(broken, tmp_path / "k")
    with zipfile.ZipFile(broken, "w") as archive:
        archive.writestr("empty", "")
    assert "is no wheel (it has no METADATA)" in refused(broken, tmp_path / "k")


@pytest.mark.parametrize(
    ("tag", "pythons", "python", "misfit"),
    [
        ("py3-none-any", "", "3.7", ""),
        ("py3-none-any", ">=3.9", "3.8", "it requires Python >=3.9, and the environment has 3.8"),
        ("py3-none-any", ">=3.9.1", "3.9", ""),
        ("py3-none-any", "nonsense", "3.9", ""),
        ("cp311-cp311-any", "", "3.12", "it is a wheel for cp311-cp311-any, and the environment has CPython 3.12"),
        ("py3-none-win_amd64", "", "3.12", "it is a wheel for py3-none-win_amd64"),
    ],
)
def test_a_wheel_for_another_python_or_platform(tag: str, pythons: str, python: str, misfit: str) -> None:
    wheel = BuiltWheel(Path(f"a-1-{tag}.whl"), "a", "1", "", pythons)
    assert wheel.misfit(python).startswith(misfit)
    assert bool(wheel.misfit(python)) is bool(misfit)
