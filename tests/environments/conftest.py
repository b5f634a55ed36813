"""No test of this folder can start a real uv: the seam is a fake in all of them."""

from __future__ import annotations

from pathlib import Path

import pytest

from conformance.environments import catalogue, command
from conformance.environments.catalogue import Environment, Releases
from tests.environments.fake_uv import FakeUv


@pytest.fixture(autouse=True)
def uv(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> FakeUv:
    fake = FakeUv(tmp_path)
    monkeypatch.setattr(command, "run", fake)
    monkeypatch.setattr("shutil.which", lambda name, path=None: f"/somewhere/{name}")
    monkeypatch.setenv("PYENV_ROOT", str(tmp_path / "pyenv"))
    return fake


@pytest.fixture
def locks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of our own in place of the committed locks."""
    folder = tmp_path / "locks"
    monkeypatch.setattr(catalogue, "LOCKS", folder)
    return folder


@pytest.fixture
def environment(releases: Releases, locks: Path) -> Environment:
    return releases.environment("tf2.16-hub0.16")
