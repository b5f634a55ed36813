"""What of earlier records is taken over, and that a cell which was cut anywhere goes on from there."""

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
from conformance.evidence import SCHEMA, Error, Footer, Header, Observation, Record, Setting, Unavailable, read_record
from conformance.running import probing
from conformance.running.cell import Limits, Task, measure_cell
from conformance.running.keys import Built, Keys
from conformance.running.places import Places
from conformance.running.records import Earlier, earlier_records, record_since
from conformance.running.reuse import keep, seconds_left
from conformance.running.selection import Narrowing
from conformance.words import Keras, Mode, Outcome

FAKE = Path(__file__).with_name("fake_pytest.py")
MONDAY, TUESDAY = "2026-11-23T00:00:00+00:00", "2026-11-24T00:00:00+00:00"
KEYS = {"a": "1", "b": "1"}


def seen(
    probe: str, outcome: Outcome = Outcome.WORKS, *, seconds: float = 1.0, error: str = "", observed: str = ""
) -> Observation:
    raised = Error(error, "no", "probe") if error else None
    return Observation(probe, (), "", outcome, raised, (), seconds, observed=observed)


def record(
    *observations: Observation,
    keys: dict[str, str] = KEYS,
    started: str = MONDAY,
    whole: bool = True,
    plan: tuple[str, ...] = (),
    unavailable: Unavailable | None = None,
) -> Record:
    header = Header(SCHEMA, "c", "e", Mode.TF2, Keras.BUNDLED, "", started, "test", keys)
    footer = Footer(len(observations), 10.0, 10.0, started)
    return Record(
        path=Path("c.jsonl"),
        header=header,
        setting=Setting("2.15.1", "0.16.1", "3.11.7", "2.15.0", {}),
        plan=plan or tuple(one.probe for one in observations),
        observations=observations,
        unavailable=unavailable,
        footer=footer if whole else None,
    )


def kept(*records: Record, keys: dict[str, str] = KEYS) -> dict[str, str]:
    """The probes that are taken over, with their dates."""
    found = keep(Earlier(records), keys, probe_limit=120.0)
    return {one.probe: one.observed for one in found.observations}


def test_a_record_of_which_everything_holds_stands_as_it_is() -> None:
    whole = record(seen("a.x"), seen("b.x"))
    assert keep(Earlier((whole,)), KEYS, probe_limit=120.0).whole is whole


def test_a_changed_module_is_observed_again_and_the_others_keep_their_date() -> None:
    found = keep(Earlier((record(seen("a.x"), seen("b.x")),)), {"a": "1", "b": "2"}, probe_limit=120.0)
    assert found.whole is None
    assert [(one.probe, one.observed) for one in found.observations] == [("a.x", MONDAY)]


def test_what_was_taken_over_before_keeps_its_first_date() -> None:
    assert kept(record(seen("a.x", observed=MONDAY), started=TUESDAY)) == {"a.x": MONDAY}


@pytest.mark.parametrize("keys", [{"a": "1"}, {"a": "1", "b": "1", "c": "1"}])
def test_a_module_more_or_less_makes_a_new_record(keys: dict[str, str]) -> None:
    assert keep(Earlier((record(seen("a.x"), seen("b.x")),)), keys, probe_limit=120.0).whole is None


def test_a_record_without_keys_says_nothing_that_holds() -> None:
    assert kept(record(seen("a.x"), keys={})) == {}
    assert keep(Earlier((record(seen("a.x"), keys={}),)), {}, probe_limit=120.0).whole is None


@pytest.mark.parametrize(
    "observation",
    [
        seen("a.x", Outcome.TIMED_OUT, error="Timeout"),
        seen("a.x", Outcome.CRASHED, error="SIGSEGV"),
        seen("a.x", Outcome.UNAVAILABLE),
        seen("a.x", Outcome.BLOCKED, error="SIGSEGV"),
        seen("a.x", Outcome.BLOCKED, error="OSError"),
        seen("a.x", Outcome.BLOCKED),
        seen("a.x", seconds=121.0),
    ],
)
def test_what_may_have_been_the_machines_is_observed_again(observation: Observation) -> None:
    earlier = record(observation, seen("b.x"))
    assert kept(earlier) == {"b.x": MONDAY}
    assert keep(Earlier((earlier,)), KEYS, probe_limit=120.0).whole is None


@pytest.mark.parametrize(
    "observation",
    [
        seen("a.x", Outcome.BLOCKED, error="conformance.inside.probe.Blocked"),
        seen("a.x", Outcome.FAILED, error="ValueError"),
        seen("a.x", Outcome.WRONG_VALUES, error="conformance.inside.probe.WrongValues"),
    ],
)
def test_what_a_probe_itself_found_is_reused_however_bad(observation: Observation) -> None:
    assert kept(record(observation)) == {"a.x": MONDAY}


def test_a_probe_that_is_missing_makes_the_cell_run_for_it() -> None:
    earlier = record(seen("a.x"), plan=("a.x", "b.x"))
    assert keep(Earlier((earlier,)), KEYS, probe_limit=120.0).whole is None
    assert kept(earlier) == {"a.x": MONDAY}


def test_that_a_cell_was_unavailable_is_never_reused() -> None:
    earlier = record(seen("a.x"), unavailable=Unavailable("install", "no."))
    assert keep(Earlier((earlier,)), KEYS, probe_limit=120.0).whole is None


def test_a_cut_short_record_adds_what_it_has() -> None:
    assert kept(record(seen("a.x")), record(seen("b.x"), started=TUESDAY, whole=False)) == {
        "a.x": MONDAY,
        "b.x": TUESDAY,
    }


def test_the_later_record_has_the_last_word_also_where_it_cannot_be_reused() -> None:
    later = record(seen("a.x", Outcome.CRASHED), started=TUESDAY, whole=False)
    assert kept(record(seen("a.x"), seen("b.x")), later) == {"b.x": MONDAY}


def test_a_cut_short_record_of_other_keys_leaves_the_whole_one_whole() -> None:
    whole, other = record(seen("a.x")), record(seen("a.x"), keys={"a": "2"}, whole=False)
    assert keep(Earlier((whole, other)), KEYS, probe_limit=120.0).whole is whole


def test_beside_a_damaged_record_nothing_stands_as_it_is() -> None:
    found = keep(Earlier((record(seen("a.x")),), ("is damaged",)), KEYS, probe_limit=120.0)
    assert (found.whole, found.probes) == (None, ("a.x",))


def test_what_holds_of_a_cell_that_was_not_reached_is_evidence_and_the_rest_is_missing() -> None:
    found = keep(Earlier((record(seen("a.x"), seen("b.x")),)), {"a": "1", "b": "2"}, probe_limit=120.0)
    evidence = found.as_record()
    assert evidence is not None
    assert (evidence.missing, evidence.footer) == (("b.x",), None)
    assert [one.observed for one in evidence.observations] == [MONDAY]


def test_of_a_cell_of_which_nothing_holds_there_is_no_evidence() -> None:
    assert keep(Earlier((record(seen("a.x")),)), {"a": "2"}, probe_limit=120.0).as_record() is None


def test_the_time_left_is_that_of_the_probes_left() -> None:
    earlier = Earlier((record(seen("a.x", seconds=6.0), seen("b.x", seconds=1.0)),))  # of 10 s, 3 are not the probes'
    assert seconds_left(earlier, keep(earlier, {"a": "1", "b": "2"}, probe_limit=120.0)) == pytest.approx(4.0)


# ---------------------------------------------------------------------------------------------------- in a cell


class FakeKeys:
    def __init__(self, keys: dict[str, str]) -> None:
        self.keys = keys

    def of(self, cell: Cell, built: Built, narrowing: Narrowing, examples: int) -> dict[str, str]:
        return {name: f"{key} {built.python}" for name, key in self.keys.items()}


Measure = Callable[..., Record]


@pytest.fixture
def measure(monkeypatch: pytest.MonkeyPatch, places: Places, cell: Cell, claims: Catalogue) -> Measure:
    """Measures the cell with a fake pytest, whose probes `one` and `two` are a module each."""
    monkeypatch.setattr(virtualenv, "build", lambda cell, root, lock: Path(sys.executable))
    monkeypatch.setattr(interpreters, "exact_version", lambda version: "3.11.7")

    def measure(
        defect: str = "works", *, reuse: bool = True, one: str = "1", two: str = "1", overlay: bool = False
    ) -> Record:
        monkeypatch.setattr(probing, "command", lambda python, root: [str(python), str(FAKE), defect])
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


def test_another_python_observes_everything_again(measure: Measure, monkeypatch: pytest.MonkeyPatch) -> None:
    measure()
    monkeypatch.setattr(interpreters, "exact_version", lambda version: "3.11.8")
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


def test_a_hang_is_tried_again_beside_what_is_taken_over(measure: Measure) -> None:
    measure()
    record = measure("hangs once", two="2")
    assert dates(record) == {"one": True, "two": False}
    assert [one.attempt for one in record.observations] == [1, 2]


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
    return tuple(one for found in earlier_records_of(path) for one in found.observations)


def earlier_records_of(path: Path) -> tuple[Record, ...]:
    try:
        return (read_record(path),)
    except Exception:
        return ()


def test_what_is_taken_over_is_never_off_the_disk(
    measure: Measure, cell: Cell, places: Places, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Killed just after it began, a cell has lost nothing of the partial record that it took over."""
    places.partial(cell.id).write_bytes(b"".join(measure().path.read_bytes().splitlines(keepends=True)[:-1]))
    places.record(cell.id).unlink()

    def die(*arguments: object, **options: object) -> probing.Ended:
        raise KeyboardInterrupt

    monkeypatch.setattr(probing, "run_probes", die)
    with pytest.raises(KeyboardInterrupt):
        measure()

    assert {one.probe for one in read_record(places.partial(cell.id)).observations} == {"one", "two"}


def test_a_damaged_record_is_told_and_read_no_further(measure: Measure, cell: Cell, places: Places) -> None:
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
