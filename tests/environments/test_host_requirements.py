from __future__ import annotations

from pathlib import Path

import pytest

from conformance.environments.host_requirements import lock_host_requirements
from conformance.environments.locking import Locked
from tests.environments.fake_uv import Defect, FakeUv


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "requirements"
    folder.mkdir()
    (folder / "host.in").write_text("# What it is for.\nrich\n")
    (folder / "develop.in").write_text("# For tests.\n-r host.in\npytest\n")
    return folder


def quiet(locked: Locked, done: int, of: int) -> None:
    pass


def test_both_files_are_written_with_their_comment_on_top(folder: Path) -> None:
    outcomes = lock_host_requirements(report=quiet, folder=folder)

    assert [outcome.name for outcome in outcomes] == ["host.txt", "develop.txt"]
    assert (folder / "host.txt").read_text().startswith("# What it is for.\n\nrich==1.0 \\\n")
    assert (folder / "develop.txt").read_text().startswith("# For tests.\n\npytest==1.0 \\\n")


def test_they_hold_on_every_system_and_python_of_the_host(uv: FakeUv, folder: Path) -> None:
    lock_host_requirements(report=quiet, folder=folder)

    assert all("--universal" in call and "3.11" in call and "--generate-hashes" in call for call in uv.calls)


def test_what_changed_is_reported(uv: FakeUv, folder: Path) -> None:
    lock_host_requirements(report=quiet, folder=folder)
    uv.versions["rich"] = "2.0"

    host, develop = lock_host_requirements(report=quiet, folder=folder)

    assert (host.changes, develop.changes) == (("rich 1.0 -> 2.0",), ())


@pytest.mark.parametrize("defect", [Defect.UV_MISSING, Defect.INDEX_UNREACHABLE, Defect.RESOLVER_FINDS_NOTHING])
def test_a_failure_leaves_the_old_files_untouched(uv: FakeUv, folder: Path, defect: Defect) -> None:
    lock_host_requirements(report=quiet, folder=folder)
    before = (folder / "host.txt").read_bytes()
    uv.defect, uv.versions["rich"] = defect, "2.0"

    outcomes = lock_host_requirements(report=quiet, folder=folder)

    assert all(outcome.failure for outcome in outcomes)
    assert (folder / "host.txt").read_bytes() == before
