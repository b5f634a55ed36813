"""What of a cell's earlier records is taken over: decided from the records alone."""

from __future__ import annotations

from pathlib import Path

import pytest

from conformance.evidence import SCHEMA, Error, Footer, Header, Observation, Record, Unavailable, Versions
from conformance.running.records import EarlierRecords
from conformance.running.reuse import keep, seconds_left
from conformance.words import Keras, Mode, Outcome

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
        setting=Versions("2.15.1", "0.16.1", "3.11.7", "2.15.0", {}),
        plan=plan or tuple(one.probe for one in observations),
        observations=observations,
        unavailable=unavailable,
        footer=footer if whole else None,
    )


def kept(*records: Record, keys: dict[str, str] = KEYS) -> dict[str, str]:
    """The probes that are taken over, with their dates."""
    found = keep(EarlierRecords(records), keys, probe_limit=120.0)
    return {one.probe: one.observed for one in found.observations}


def test_a_record_of_which_everything_holds_stands_as_it_is() -> None:
    whole = record(seen("a.x"), seen("b.x"))
    assert keep(EarlierRecords((whole,)), KEYS, probe_limit=120.0).whole is whole


def test_a_changed_module_is_observed_again_and_the_others_keep_their_date() -> None:
    found = keep(EarlierRecords((record(seen("a.x"), seen("b.x")),)), {"a": "1", "b": "2"}, probe_limit=120.0)
    assert found.whole is None
    assert [(one.probe, one.observed) for one in found.observations] == [("a.x", MONDAY)]


def test_what_was_taken_over_before_keeps_its_first_date() -> None:
    assert kept(record(seen("a.x", observed=MONDAY), started=TUESDAY)) == {"a.x": MONDAY}


@pytest.mark.parametrize("keys", [{"a": "1"}, {"a": "1", "b": "1", "c": "1"}])
def test_a_module_more_or_less_makes_a_new_record(keys: dict[str, str]) -> None:
    assert keep(EarlierRecords((record(seen("a.x"), seen("b.x")),)), keys, probe_limit=120.0).whole is None


def test_a_record_without_keys_says_nothing_that_holds() -> None:
    assert kept(record(seen("a.x"), keys={})) == {}
    assert keep(EarlierRecords((record(seen("a.x"), keys={}),)), {}, probe_limit=120.0).whole is None


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
    assert keep(EarlierRecords((earlier,)), KEYS, probe_limit=120.0).whole is None


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
    assert keep(EarlierRecords((earlier,)), KEYS, probe_limit=120.0).whole is None
    assert kept(earlier) == {"a.x": MONDAY}


def test_that_a_cell_was_unavailable_is_never_reused() -> None:
    earlier = record(seen("a.x"), unavailable=Unavailable("install", "no."))
    assert keep(EarlierRecords((earlier,)), KEYS, probe_limit=120.0).whole is None


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
    assert keep(EarlierRecords((whole, other)), KEYS, probe_limit=120.0).whole is whole


def test_beside_a_damaged_record_nothing_stands_as_it_is() -> None:
    found = keep(EarlierRecords((record(seen("a.x")),), ("is damaged",)), KEYS, probe_limit=120.0)
    assert (found.whole, found.probes) == (None, ("a.x",))


def test_what_holds_of_a_cell_that_was_not_reached_is_evidence_and_the_rest_is_missing() -> None:
    found = keep(EarlierRecords((record(seen("a.x"), seen("b.x")),)), {"a": "1", "b": "2"}, probe_limit=120.0)
    evidence = found.as_record()
    assert evidence is not None
    assert (evidence.missing, evidence.footer) == (("b.x",), None)
    assert [one.observed for one in evidence.observations] == [MONDAY]


def test_of_a_cell_of_which_nothing_holds_there_is_no_evidence() -> None:
    assert keep(EarlierRecords((record(seen("a.x")),)), {"a": "2"}, probe_limit=120.0).as_record() is None


def test_the_time_left_is_that_of_the_probes_left() -> None:
    earlier = EarlierRecords(
        (record(seen("a.x", seconds=6.0), seen("b.x", seconds=1.0)),)
    )  # of 10 s, 3 are not the probes'
    assert seconds_left(earlier, keep(earlier, {"a": "1", "b": "2"}, probe_limit=120.0)) == pytest.approx(4.0)
