from __future__ import annotations

import msgspec
import pytest

from conformance.alarms.alarm import Alarm, AlarmKind, ProbeInCell, alarms_of
from conformance.results import Results, StaleExpectation
from conformance.words import Change, Standing, Verdict
from tests.alarms.cases import CLAIM, FIRST, SECOND, regression, run, surprise


def only(results: Results) -> Alarm:
    (alarm,) = alarms_of(results)
    return alarm


def test_a_run_as_expected_has_no_alarm() -> None:
    assert alarms_of(run()) == ()
    assert alarms_of(msgspec.structs.replace(run(), changes=None)) == ()


def test_a_regression_says_what_where_and_along_with_what() -> None:
    alarm = only(run(regression()))

    assert alarm.kind is AlarmKind.REGRESSION
    assert alarm.title == "works became failed: ValueError: no layer 17 in /tmp/a/model"
    assert alarm.cells == (FIRST.id,)
    assert alarm.claims == (CLAIM.id,)
    assert alarm.packages == ("numpy 1.26.3 → 1.26.4",)
    assert alarm.reproduce == f'nox -s "cell({FIRST.id})" -- --probe "load.dense"'


def test_what_fails_with_the_same_error_is_one_regression() -> None:
    alarm = only(
        run(
            regression("load.dense"),
            regression("load.image", error="ValueError: no layer 4 in /tmp/b/model"),
            regression("load.dense", SECOND),
        )
    )

    assert alarm.pairs == (
        ProbeInCell(FIRST.id, "load.dense"),
        ProbeInCell(FIRST.id, "load.image"),
        ProbeInCell(SECOND.id, "load.dense"),
    )


def test_the_key_is_the_same_in_other_cells_and_with_other_numbers() -> None:
    assert (
        only(run(regression())).key
        == only(run(regression(cell=SECOND, error="ValueError: no layer 1 in /home/x/model"))).key
    )


@pytest.mark.parametrize("calm", [regression(forecast="keras3"), regression(change=Change.CHANGED)])
def test_what_was_forecast_or_is_no_regression_has_no_alarm(calm: object) -> None:
    assert alarms_of(run(calm)) == ()  # type: ignore[arg-type]


def test_a_verdict_that_nobody_forecast_alarms_once_for_all_its_cells() -> None:
    alarm = only(run(verdicts=[surprise(), surprise(cell=SECOND)]))

    assert alarm.kind is AlarmKind.UNEXPECTED
    assert alarm.title == f"{CLAIM.id}: contradicts"
    assert alarm.detail == "1 of 1 probes failed"
    assert set(alarm.cells) == {FIRST.id, SECOND.id}


def test_a_verdict_that_a_regression_explains_is_not_reported_again() -> None:
    assert only(run(regression(), verdicts=[surprise()])).kind is AlarmKind.REGRESSION
    assert len(alarms_of(run(regression(), verdicts=[surprise(probe="load.other")]))) == 2


@pytest.mark.parametrize(
    "calm",
    [surprise(standing=Standing.IMPLIED), msgspec.structs.replace(surprise(), expected=True)],
)
def test_an_implied_or_a_forecast_verdict_has_no_alarm(calm: object) -> None:
    assert alarms_of(run(verdicts=[calm])) == ()  # type: ignore[list-item]


def test_a_cell_that_is_missing_is_reported_once_with_all_that_miss_for_the_same_reason() -> None:
    alarm = only(run(missing={FIRST.id: "no record", SECOND.id: "no record"}))

    assert alarm.kind is AlarmKind.INCOMPLETE
    assert alarm.title == "not observed to its end: no record"
    assert alarm.cells == (FIRST.id, SECOND.id)


def test_a_verdict_that_could_not_be_reached_is_incomplete_evidence() -> None:
    open_verdict = surprise(Verdict.INCONCLUSIVE)

    assert only(run(verdicts=[open_verdict])).kind is AlarmKind.INCOMPLETE
    missing = alarms_of(run(verdicts=[open_verdict], missing={FIRST.id: "no record"}))
    assert [alarm.title for alarm in missing] == ["not observed to its end: no record"]


def test_a_stale_expectation_is_named() -> None:
    stale = StaleExpectation("keras3", (FIRST.id,), "agrees: 1 of 1 probes worked")

    alarm = only(msgspec.structs.replace(run(), stale_expectations=(stale,)))

    assert alarm.kind is AlarmKind.STALE
    assert '"keras3"' in alarm.title
