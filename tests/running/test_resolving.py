from __future__ import annotations

import threading
from pathlib import Path

import pytest

from conformance.environments import locking
from conformance.environments.catalogue import Environment, Releases
from conformance.environments.unavailable import UnavailableError
from conformance.running.places import Places
from conformance.running.resolving import Resolved, resolve


class Resolver:
    """Stands in for the package index, which has no candidate of a release; of nightlies there is a lock of today."""

    def __init__(self, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.lock, self.today = folder / "lock.txt", folder / "today.txt"
        self.together = threading.Barrier(1)  # broken where one waits for the other to end
        self.said: list[str] = []
        monkeypatch.setattr(locking, "resolve_floating", self.resolve)
        monkeypatch.setattr(locking, "resolved_today", self.resolved_today)

    def resolve(self, environment: Environment, directory: Path) -> Path:
        self.together.wait(timeout=30)
        if environment.release.tf == "rc":
            raise UnavailableError("lock", "no.", where="x", remedy="Wait.")
        return self.lock

    def resolved_today(self, environment: Environment, directory: Path) -> Path | None:
        return self.today if environment.release.tf == "nightly" else None


@pytest.fixture
def resolver(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Resolver:
    return Resolver(tmp_path, monkeypatch)


def resolved(resolver: Resolver, releases: Releases, places: Places, *patterns: str, fresh: bool = False) -> Resolved:
    return resolve(releases.cells_matching(patterns), places, fresh=fresh, say=resolver.said.append)


def test_floating_environments_are_resolved_side_by_side_once_for_all_their_cells_and_one_that_cannot_be_is_reported(
    resolver: Resolver, releases: Releases, places: Places
) -> None:
    resolver.together = threading.Barrier(2)

    found = resolved(resolver, releases, places, "tfrc-hub0.16", "tfnightly-hub0.16", fresh=True)

    assert found.locks == {"tfnightly-hub0.16": resolver.lock}
    assert found.lost["tfrc-hub0.16"].reason == "no."
    assert resolver.said == ["Resolving as of now: tfrc-hub0.16, tfnightly-hub0.16."]


def test_a_resolution_of_today_is_not_made_again(resolver: Resolver, releases: Releases, places: Places) -> None:
    assert resolved(resolver, releases, places, "tfnightly-hub0.16").locks == {"tfnightly-hub0.16": resolver.today}
    assert resolver.said == ["Resolved earlier today (UTC), and not again: tfnightly-hub0.16. --fresh resolves anew."]


def test_nothing_is_said_where_nothing_floats(resolver: Resolver, releases: Releases, places: Places) -> None:
    assert resolved(resolver, releases, places, "tf2.15").locks == {}
    assert resolver.said == []
