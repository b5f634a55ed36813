from __future__ import annotations

import time
from pathlib import Path

import msgspec
import pytest

from conformance.candidate import announcing
from conformance.candidate.announcing import Announcer
from conformance.evidence import Observation
from conformance.running.places import Places
from conformance.words import Outcome
from tests.judging.cases import CLAIMS, TF2, record, seen


@pytest.fixture
def places(tmp_path: Path) -> Places:
    return Places(tmp_path, tmp_path / "reports")


def write(places: Places, *observations: Observation) -> None:
    """What the cell's record has so far."""
    path = places.partial(TF2.id)
    path.parent.mkdir(parents=True, exist_ok=True)
    lines = (record(TF2).header, *observations)
    path.write_bytes(b"".join(msgspec.json.encode(line) + b"\n" for line in lines))


def test_what_is_broken_is_said_once_and_at_once(places: Places) -> None:
    said: list[str] = []
    without = record(TF2, *(seen(name) for name in "abc"), seen("d", Outcome.FAILED))
    announcer = Announcer([without], places, CLAIMS, said.append)
    announcer.look()
    assert said == []

    write(places, seen("a"), seen("b", Outcome.FAILED), seen("d", Outcome.FAILED), seen("new", Outcome.FAILED))
    announcer.look()
    announcer.look()

    assert said == [f"  after 0 s: looks broken in {TF2.id}: b: works → failed: ValueError: no"]


def test_what_no_claim_promises_is_not_said_to_be_broken(places: Places) -> None:
    said: list[str] = []
    write(places, seen("a", Outcome.FAILED, claim="tune", way="fit"))
    Announcer([record(TF2, seen("a", claim="tune", way="fit"))], places, CLAIMS, said.append).look()
    assert said == []


def test_of_much_that_is_broken_a_few_are_said(places: Places) -> None:
    said: list[str] = []
    names = [f"probe-{number}" for number in range(20)]
    write(places, *(seen(name, Outcome.FAILED) for name in names))
    Announcer([record(TF2, *map(seen, names))], places, CLAIMS, said.append).look()
    assert len(said) == 5


def test_it_looks_for_as_long_as_cells_run(places: Places, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(announcing, "_EVERY", 0.01)
    said: list[str] = []
    write(places, seen("a", Outcome.CRASHED))
    with Announcer([record(TF2, seen("a"))], places, CLAIMS, said.append).running():
        deadline = time.monotonic() + 10
        while not said and time.monotonic() < deadline:
            time.sleep(0.01)
    assert len(said) == 1
