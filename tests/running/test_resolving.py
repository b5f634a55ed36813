from __future__ import annotations

import threading
from pathlib import Path

import pytest

from conformance.environments import locking
from conformance.environments.catalogue import Environment, Releases
from conformance.environments.unavailable import UnavailableError
from conformance.running.places import Places
from conformance.running.resolving import resolve


def test_floating_environments_are_resolved_side_by_side_and_one_that_cannot_be_is_told(
    releases: Releases, places: Places, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    together = threading.Barrier(2, timeout=30)  # broken where one waits for the other to end

    def resolve_floating(environment: Environment, directory: Path) -> Path:
        together.wait()
        if environment.release.tf == "rc":
            raise UnavailableError("lock", "no.", where="x", remedy="Wait.")
        return tmp_path / "lock.txt"

    monkeypatch.setattr(locking, "resolve_floating", resolve_floating)
    said: list[str] = []

    resolved = resolve(
        releases.cells_matching(["tfrc-hub0.16", "tfnightly-hub0.16"]), places, fresh=False, say=said.append
    )

    assert resolved.locks == {"tfnightly-hub0.16": tmp_path / "lock.txt"}
    assert resolved.lost["tfrc-hub0.16"].reason == "no."
    assert said == ["Resolving as of now: tfrc-hub0.16, tfnightly-hub0.16."]


def test_nothing_is_said_where_nothing_floats(releases: Releases, places: Places) -> None:
    said: list[str] = []
    assert resolve(releases.cells_matching(["tf2.15"]), places, fresh=True, say=said.append).locks == {}
    assert said == []
