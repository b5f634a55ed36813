"""A cell that takes over what it was observed to do: what it runs again, and that it goes on wherever it was cut."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

import msgspec
import pytest

from conformance.claims.catalogue import Catalogue
from conformance.environments import interpreters, virtualenv
from conformance.environments.catalogue import Cell
from conformance.environments.unavailable import UnavailableError
from conformance.errors import EvidenceError
from conformance.evidence import Observation, Record, read_record
from conformance.judging.narrowing import Narrowing
from conformance.limits import Limits
from conformance.running import probing
from conformance.running.cell import Task, measure_cell
from conformance.running.keys import Built, Keys
from conformance.running.places import Places
from conformance.running.records import earlier_records, record_since

FAKE = Path(__file__).with_name("fake_pytest.py")


class FakeKeys:
    def __init__(self, keys: dict[str, str]) -> None:
        self.keys = keys

    def of(self, cell: Cell, built: Built, narrowing: Narrowing, examples: int) -> dict[str, str]:
        return {name: f"{key} {built.python}" for name, key in self.keys.items()}


Measure = Callable[..., Record]


@pytest.fixture
def measure(monkeypatch: pytest.MonkeyPatch, places: Places, cell: Cell, claims: Catalogue) -> Measure:
    """Measures the cell with a fake pytest, whose probes `one` and `two` are a module each."""
    monkeypatch.setattr(virtualenv, "build", lambda cell, **options: Path(sys.executable))
    monkeypatch.setattr(interpreters, "exact_version", lambda version: "3.11.7")

    def measure(
        defect: str = "works", *, reuse: bool = True, one: str = "1", two: str = "1", overlay: bool = False
    ) -> Record:
        monkeypatch.setattr(probing, "command", lambda python, root: [str(python), "-IS", str(FAKE), defect])
        task = Task(cell, keys=None if overlay else lambda: fake_keys(one, two), reuse=reuse)
        return measure_cell(task, places, claims, Limits())

    return measure


def fake_keys(one: str, two: str) -> Keys:
    return FakeKeys({"one": one, "two": two})  # type: ignore[return-value]


def dates(record: Record) -> dict[str, bool]:
    """Whether each observation was taken over."""
    return {one.probe: bool(one.observed) for one in record.observations}


def test_only_the_changed_module_is_observed_again(measure: Measure) -> None:
    first = measure()

    second = measure(two="2")

    assert dates(second) == {"one": True, "two": False}
    assert second.observations[0].observed == first.header.started
    assert second.header.keys == {"one": "1 3.11.7", "two": "2 3.11.7"}
    assert second.complete


def test_without_being_asked_to_reuse_a_cell_observes_everything(measure: Measure) -> None:
    measure()
    assert dates(measure(reuse=False)) == {"one": False, "two": False}


def test_a_planted_defect_leaves_nothing_that_could_be_reused(measure: Measure) -> None:
    assert measure(overlay=True).header.keys == {}
    assert dates(measure()) == {"one": False, "two": False}


def test_a_cell_without_an_interpreter_has_no_keys(measure: Measure, monkeypatch: pytest.MonkeyPatch) -> None:
    def missing(version: str) -> str:
        raise UnavailableError("interpreter", "none.", where="here", remedy="Install it.")

    monkeypatch.setattr(interpreters, "exact_version", missing)
    assert measure().header.keys == {}


def test_a_probe_that_is_edited_while_its_cell_runs_leaves_no_key(
    cell: Cell, places: Places, claims: Catalogue, measure: Measure
) -> None:
    measure()
    versions = iter(("1", "2"))
    record = measure_cell(Task(cell, keys=lambda: fake_keys("1", next(versions))), places, claims, Limits())

    assert record.header.keys == {"one": "1 3.11.7"}
    assert dates(record) == {"one": False, "two": False}


def test_where_nothing_more_could_be_observed_the_record_does_not_look_whole(measure: Measure) -> None:
    measure()

    record = measure("breaks in its plugin", two="2")

    assert record.unavailable is not None
    assert dates(record) == {"one": True}
    assert dates(measure(two="2")) == {"one": True, "two": False}


@pytest.mark.parametrize("torn", [False, True])
def test_a_record_that_was_cut_anywhere_is_completed_and_nothing_is_lost(
    torn: bool, measure: Measure, cell: Cell, places: Places
) -> None:
    whole = measure().path.read_bytes().splitlines(keepends=True)
    for count in range(len(whole) + 1):
        places.record(cell.id).unlink(missing_ok=True)
        cut = b"".join(whole[:count]) + (whole[count][:20] if torn and count < len(whole) else b"")
        places.partial(cell.id).write_bytes(cut)
        there = {one.probe for one in readable(places.partial(cell.id))}

        record = measure()

        assert record.complete
        assert dates(record) == {probe: probe in there for probe in ("one", "two")}
        assert not places.partial(cell.id).exists()


def readable(path: Path) -> tuple[Observation, ...]:
    """What can be read of a record that was cut."""
    try:
        return read_record(path).observations
    except EvidenceError:
        return ()


def test_what_is_taken_over_is_never_off_the_disk(
    measure: Measure, cell: Cell, places: Places, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Killed just after it began, a cell has lost nothing of the partial record that it took over."""
    places.partial(cell.id).write_bytes(b"".join(measure().path.read_bytes().splitlines(keepends=True)[:-1]))
    places.record(cell.id).unlink()

    def die(*arguments: object, **options: object) -> probing.PytestEnd:
        raise KeyboardInterrupt

    monkeypatch.setattr(probing, "run_probes", die)
    with pytest.raises(KeyboardInterrupt):
        measure()

    assert {one.probe for one in read_record(places.partial(cell.id)).observations} == {"one", "two"}


def test_a_damaged_record_is_reported_and_read_no_further(measure: Measure, cell: Cell, places: Places) -> None:
    path = measure().path
    path.write_bytes(b"\x00garbage\n" + path.read_bytes())

    earlier = earlier_records(cell.id, places)

    assert earlier.records == ()
    assert str(path) in earlier.damaged[0]
    assert dates(measure()) == {"one": False, "two": False}


def test_a_record_counts_as_new_by_what_it_is_and_not_by_the_clock(
    measure: Measure, cell: Cell, places: Places
) -> None:
    measure()
    earlier = earlier_records(cell.id, places)
    assert record_since(cell.id, places, earlier) is None

    record = measure(reuse=False)
    old = msgspec.structs.replace(record.header, started="1970-01-01T00:00:00+00:00")
    lines = record.path.read_bytes().splitlines(keepends=True)
    record.path.write_bytes(msgspec.json.encode(old) + b"\n" + b"".join(lines[1:]))

    found = record_since(cell.id, places, earlier)
    assert found is not None
    assert found.header.started.startswith("1970")
