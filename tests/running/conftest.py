from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

import pytest

from conformance.environments.catalogue import Cell, Releases
from conformance.running.places import Places


@pytest.fixture
def places(tmp_path: Path) -> Places:
    places = Places(tmp_path, tmp_path / "reports")
    places.prepare()
    return places


@pytest.fixture
def cell(releases: Releases) -> Cell:
    return releases.cell("tf2.15-hub0.16-tf2")


def is_running(pid: int) -> bool:
    """Whether the process is there and is no zombie."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


def eventually(what: Callable[[], bool], seconds: float = 10.0) -> bool:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if what():
            return True
        time.sleep(0.02)
    return False
