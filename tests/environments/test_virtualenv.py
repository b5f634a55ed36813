from __future__ import annotations

import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from conformance.environments import virtualenv
from conformance.environments.catalogue import Cell, Releases
from conformance.environments.lock_file import compose, request_for
from conformance.environments.unavailable import UnavailableError
from conformance.environments.virtualenv import MARKER, build, forget_other_python, note_on_copies, share_bytecode
from tests.environments.fake_uv import WHOLE, Defect, FakeUv

Write = Callable[..., None]


@pytest.fixture
def cell(releases: Releases) -> Cell:
    return releases.cell("tf2.16-hub0.16-tf2-keras3")


@pytest.fixture
def write_lock(cell: Cell, releases: Releases, locks: Path) -> Write:
    def write(*packages: str) -> None:
        body = "".join(f"{package} \\\n    --hash=sha256:{'0' * 64}\n" for package in packages)
        locks.mkdir(exist_ok=True)
        cell.environment.lock.write_text(compose(request_for(cell.environment, releases), {}, body))

    write("numpy==1.0", "tensorflow-cpu==1.0")
    return write


@pytest.fixture
def root(tmp_path: Path, write_lock: Write) -> Path:
    return tmp_path / "cells"


def refused(cell: Cell, root: Path) -> UnavailableError:
    with pytest.raises(UnavailableError) as raised:
        build(cell, root=root)
    return raised.value


def test_a_cell_gets_exactly_its_lock_by_hash(uv: FakeUv, cell: Cell, root: Path) -> None:
    python = build(cell, root=root)

    assert python == root / cell.id / "bin" / "python"
    assert (root / cell.id / "numpy").read_text() == WHOLE
    sync = next(call for call in uv.calls if call[:2] == ("pip", "sync"))
    assert "--require-hashes" in sync
    assert sync[-1] == str(cell.environment.lock)


def test_a_second_build_synchronizes_again_and_does_nothing_else(uv: FakeUv, cell: Cell, root: Path) -> None:
    build(cell, root=root)
    uv.calls.clear()

    build(cell, root=root)

    assert [call[:2] for call in uv.calls] == [("pip", "sync")]


def python_gone(home: Path) -> None:
    (home / "bin" / "python").unlink()
    (home / "bin" / "python").symlink_to("/uninstalled/python3.12")


@pytest.mark.parametrize(
    ("change", "defect", "builds"),
    [
        (lambda home: None, Defect.INDEX_UNREACHABLE, 1),  # what is whole needs no index
        (lambda home: None, Defect.CACHE_EMPTY, 2),  # what cannot be mended is rebuilt
        (python_gone, None, 2),
    ],
    ids=["index unreachable", "cache empty", "python gone"],
)
def test_what_was_built_is_kept_as_long_as_it_can_be_mended(
    uv: FakeUv, cell: Cell, root: Path, change: Callable[[Path], None], defect: Defect | None, builds: int
) -> None:
    build(cell, root=root)
    change(root / cell.id)
    uv.defect = defect

    build(cell, root=root)

    assert uv.count("venv") == builds


def test_another_lock_means_another_virtualenv(uv: FakeUv, cell: Cell, root: Path, write_lock: Write) -> None:
    build(cell, root=root)
    write_lock("tensorflow-cpu==2.0")

    build(cell, root=root)

    assert uv.count("venv") == 2
    assert not (root / cell.id / "numpy").exists()


def test_an_install_that_died_midway_is_rebuilt_from_nothing(uv: FakeUv, cell: Cell, root: Path) -> None:
    uv.defect = Defect.INSTALL_DIES_MIDWAY
    assert refused(cell, root).unavailable.stage == "install"
    assert (root / cell.id / "numpy").read_text() != WHOLE

    uv.defect = None
    build(cell, root=root)

    assert (root / cell.id / "numpy").read_text() == WHOLE


def test_a_sync_that_failed_leaves_no_marker_on_what_was_whole(uv: FakeUv, cell: Cell, root: Path) -> None:
    build(cell, root=root)
    uv.defect = Defect.INSTALL_DIES_MIDWAY

    refused(cell, root)

    assert not (root / cell.id / MARKER).exists()


def test_a_missing_interpreter_is_that_of_the_release(uv: FakeUv, cell: Cell, root: Path) -> None:
    uv.defect = Defect.INTERPRETER_MISSING

    unavailable = refused(cell, root).unavailable

    assert (unavailable.stage, unavailable.remedy) == ("interpreter", "Install it: `uv python install 3.12`.")


def test_a_tampered_lock_is_refused_before_anything_is_touched(uv: FakeUv, cell: Cell, root: Path) -> None:
    build(cell, root=root)
    uv.calls.clear()
    lock = cell.environment.lock
    lock.write_text(lock.read_text().replace("numpy==1.0", "numpy==9.9"))

    assert refused(cell, root).unavailable.stage == "lock"

    assert uv.calls == []
    assert (root / cell.id / MARKER).exists()


def test_the_lock_of_another_environment_is_refused(cell: Cell, root: Path, releases: Releases) -> None:
    other = releases.environment("tf2.17-hub0.16")
    cell.environment.lock.rename(other.lock)

    with pytest.raises(UnavailableError, match=r"is that of tf2\.16-hub0\.16"):
        build(releases.cell("tf2.17-hub0.16-tf2-keras3"), root=root)


def test_a_lock_of_this_run_replaces_the_committed_one(uv: FakeUv, cell: Cell, root: Path, tmp_path: Path) -> None:
    own = cell.environment.lock.rename(tmp_path / "own.txt")

    build(cell, root=root, lock=own)

    assert uv.calls[-1][-1] == str(own)


def test_an_unwritable_folder_is_named(cell: Cell, root: Path) -> None:
    root.write_text("a file where the folder should be")

    error = refused(cell, root)

    assert (error.where, error.unavailable.stage) == (str(root), "install")


def test_a_virtualenv_that_cannot_be_written_is_named(cell: Cell, root: Path) -> None:
    root.mkdir()
    (root / cell.id).write_text("a file where the virtualenv should be")

    assert refused(cell, root).unavailable.stage == "install"


def test_two_that_build_the_same_cell_wait_for_each_other(uv: FakeUv, cell: Cell, root: Path) -> None:
    with ThreadPoolExecutor(4) as executor:
        list(executor.map(lambda _: build(cell, root=root), range(4)))

    assert not uv.collided
    assert uv.count("venv") == 1


def test_a_cache_on_the_same_file_system_needs_no_note(tmp_path: Path) -> None:
    assert note_on_copies(tmp_path / "not" / "there" / "yet") == ""


def test_a_cache_on_another_file_system_is_reported_with_what_to_do(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "cache").mkdir()
    real = Path.stat

    def stat(self: Path, *, follow_symlinks: bool = True) -> os.stat_result:
        found = real(self, follow_symlinks=follow_symlinks)
        device = 4711 if self == tmp_path / "cache" else found.st_dev
        return os.stat_result([*found[:2], device, *found[3:]])

    monkeypatch.setattr(Path, "stat", stat)

    note = note_on_copies(tmp_path / "cells")

    assert str(tmp_path / "cache") in note
    assert "UV_CACHE_DIR" in note


def test_without_a_cache_there_is_nothing_to_note(uv: FakeUv, tmp_path: Path) -> None:
    uv.defect = Defect.UV_MISSING

    assert note_on_copies(tmp_path) == ""


@pytest.mark.parametrize(("version", "builds"), [("3.12.9", 1), ("3.12.10", 2), ("3.12", 2)])
def test_a_virtualenv_of_another_patch_is_built_anew(
    version: str, builds: int, uv: FakeUv, cell: Cell, root: Path
) -> None:
    build(cell, root=root)
    (root / cell.id / "pyvenv.cfg").write_text("home = /somewhere\nversion_info = 3.12.9\n")

    forget_other_python(root / cell.id, version)
    build(cell, root=root)

    assert uv.count("venv") == builds


def test_there_is_nothing_to_forget_of_what_is_not_there(tmp_path: Path) -> None:
    forget_other_python(tmp_path / "nowhere", "3.12.9")


def test_compiled_files_of_the_very_same_sources_are_shared(tmp_path: Path) -> None:
    cache = tmp_path / "cache"
    cache.mkdir()
    packages = [tmp_path / name / "lib" / "python3.12" / "site-packages" / "tensorflow" for name in ("new", "usual")]
    for package in packages:
        package.mkdir(parents=True)
    for name in ("same", "other", "gone"):
        (packages[1] / "__pycache__").mkdir(exist_ok=True)
        (packages[1] / "__pycache__" / f"{name}.cpython-312.pyc").write_text(name)
        (packages[1] / "__pycache__" / f"{name}.cpython-312-pytest-9.pyc").write_text(name)
        (packages[1] / f"{name}.py").write_text(name)
    os.link(packages[1] / "same.py", packages[0] / "same.py")
    (packages[0] / "other.py").write_text("other")  # the same text and size, but another file

    share_bytecode(tmp_path / "new", tmp_path / "usual")
    share_bytecode(tmp_path / "new", tmp_path / "usual")  # what is there already is left alone

    assert [path.name for path in (packages[0] / "__pycache__").iterdir()] == ["same.cpython-312.pyc"]


def test_a_new_virtualenv_takes_the_compiled_files_of_another(
    uv: FakeUv, cell: Cell, root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shared: list[tuple[Path, Path]] = []
    monkeypatch.setattr(virtualenv, "share_bytecode", lambda home, other: shared.append((home, other)))

    build(cell, root=root)
    build(cell, root=root / "candidates", bytecode_of=root / cell.id)
    build(cell, root=root / "candidates", bytecode_of=root / cell.id)  # which is whole

    assert shared == [(root / "candidates" / cell.id, root / cell.id)]
