"""A broken promise of TensorFlow alarms like a regression, and its issue is closed once it holds again."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest

from conformance.alarms.alarm import AlarmKind, ProbeInCell
from conformance.alarms.issues import Act, Existing, steps, wanted_of
from conformance.alarms.promises import alarms_of_exchange, seen_in
from conformance.alarms.runs import read_run
from conformance.exchange.result import ExchangeResult
from conformance.exchange.store import Store
from conformance.fixtures import FIXTURES
from conformance.json_file import encode
from conformance.results import encode_results
from conformance.words import Outcome
from tests.alarms.cases import run
from tests.exchange.test_result import NEW, OLD, exchanged


@pytest.fixture
def store(tmp_path: Path) -> Store:
    store = Store(tmp_path / "store")
    store.folder.mkdir()
    store.path("sha256:m").symlink_to(FIXTURES / "tf2-dense" / "model")
    return store


def pair(result: ExchangeResult, cell: str = NEW) -> ProbeInCell:
    return ProbeInCell(cell, f"consume.values[{result.models[0].id}]")


def test_each_promise_that_is_broken_is_an_alarm(store: Store) -> None:
    result = exchanged(store, in_new=Outcome.WRONG_VALUES)
    alarms = alarms_of_exchange(result)
    assert {alarm.claims for alarm in alarms} == {
        ("versions.same-major",),
        ("versions.graph-def",),
        ("versions.same-minor",),
    }
    assert {(alarm.kind, alarm.cells, alarm.pairs) for alarm in alarms} == {
        (AlarmKind.REGRESSION, (NEW,), (pair(result),))
    }
    [one] = {alarm.reproduce for alarm in alarms}
    assert one == f"nox -s exchange -- --from {OLD} --only {NEW} --role tf2-dense"


def test_what_is_promised_nowhere_alarms_nobody(store: Store) -> None:
    promised = {"versions.same-minor"}  # what 2.4 made itself; nothing is said of what 2.15 made for it
    alarms = alarms_of_exchange(exchanged(store, in_old=Outcome.FAILED))
    assert {claim for alarm in alarms for claim in alarm.claims} <= promised
    assert alarms_of_exchange(exchanged(store)) == ()


def test_a_use_that_left_nothing_is_incomplete(store: Store) -> None:
    result = msgspec.structs.replace(exchanged(store), missing=(f"{NEW}: consume.call[tf2-dense-aaaaaaaa]",))
    [alarm] = alarms_of_exchange(result)
    assert (alarm.kind, alarm.cells) == (AlarmKind.INCOMPLETE, (NEW,))


def test_its_issue_is_closed_once_it_holds_again_and_left_where_nothing_was_tried(store: Store, tmp_path: Path) -> None:
    broken, mended = exchanged(store, in_new=Outcome.WRONG_VALUES), exchanged(store)
    results, exchange = tmp_path / "results.json", tmp_path / "exchange.json"
    results.write_bytes(encode_results(run()))
    exchange.write_bytes(encode(broken))
    found = read_run(results, exchange_path=exchange)
    first = wanted_of(found.alarms, found.run)[0]
    issue = Existing(1, first.title, first.body())
    assert {step.act for step in steps((first,), [issue], found.seen, found.run)} == {Act.UPDATE}
    assert [step.act for step in steps((), [issue], seen_in(mended), found.run)] == [Act.CLOSE]
    assert [step.act for step in steps((), [issue], read_run(results).seen, found.run)] == [Act.LEAVE]


@pytest.mark.parametrize("outcome", [Outcome.BLOCKED, Outcome.TIMED_OUT])
def test_a_use_that_says_nothing_closes_no_issue(store: Store, outcome: Outcome) -> None:
    result = exchanged(store, in_new=outcome)
    assert pair(result) not in seen_in(result)
    assert pair(result, OLD) in seen_in(result)
