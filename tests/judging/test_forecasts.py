"""What an expectation changes, and the exit code that comes of it all."""

from __future__ import annotations

from datetime import date

import pytest

from conformance.comparing.surprises import exit_code
from conformance.environments.catalogue import Cell
from conformance.errors import ExitCode
from conformance.evidence import Record
from conformance.judging.expectations import Expectation
from conformance.words import Operation, Outcome, Package, Verdict
from tests.judging.cases import (
    COMPAT,
    KERAS3,
    NO_WHEEL,
    RELEASES,
    TF2,
    WORKING,
    expectation,
    judged,
    record,
    seen,
    verdict_on,
)

FAILING = record(KERAS3, seen("load.fails", Outcome.FAILED))


def test_an_expectation_changes_the_exit_code_and_explains_but_does_not_hide() -> None:
    results = judged(FAILING, expectations=[expectation()], operations=[Operation.LOAD])

    row = verdict_on(results, "load")
    assert (row.verdict, row.expected) == (Verdict.CONTRADICTS, True)
    assert row.expectation is not None
    assert (row.expectation.id, row.expectation.blame) == ("forecast", Package.KERAS)
    assert (row.expectation.upstream, row.expectation.review) == (("tensorflow/hub#901",), "2027-06-30")
    assert exit_code(results) is ExitCode.AS_EXPECTED


def test_the_forecast_verdict_by_another_outcome_is_unexpected_but_not_stale() -> None:
    results = judged(FAILING, expectations=[expectation(outcomes=(Outcome.API_MISSING,))], operations=[Operation.LOAD])
    assert not verdict_on(results, "load").expected
    assert not results.stale_expectations
    assert exit_code(results) is ExitCode.UNEXPECTED


def test_an_expectation_is_stale_where_its_forecast_did_not_come_true() -> None:
    results = judged(FAILING, record(TF2, *WORKING), expectations=[expectation()], operations=[Operation.LOAD])

    (stale,) = results.stale_expectations
    assert (stale.id, stale.cells, stale.observed) == ("forecast", (TF2.id,), "agrees: the probe worked")
    assert verdict_on(results, "load", cell=KERAS3).expected
    assert verdict_on(results, "load", cell=TF2).expectation is None
    assert exit_code(results) is ExitCode.STALE_EXPECTATION


def test_what_is_lost_though_the_verdict_agrees_can_have_a_reviewed_cause_and_that_goes_stale_with_it() -> None:
    lossy = seen("fit.loses", Outcome.DEGRADED, claim="fit")
    forecast = expectation(claim="fit", verdict=Verdict.AGREES, outcomes=(Outcome.DEGRADED,))
    other = RELEASES.cell("tf2.16-hub0.16-tf1-compat-legacy")
    evidence = (record(COMPAT, lossy), record(other, seen("fit.loses", claim="fit")))

    results = judged(*evidence, expectations=[forecast])
    noted = verdict_on(results, "fit", cell=COMPAT)
    assert (noted.verdict, noted.expectation and noted.expectation.id) == (Verdict.AGREES, "forecast")
    assert verdict_on(results, "fit", cell=other).expectation is None
    assert [stale.cells for stale in results.stale_expectations] == [(other.id,)]


@pytest.mark.parametrize(
    "evidence",
    [
        record(KERAS3, unavailable=NO_WHEEL),
        record(KERAS3, seen("load.blocked", Outcome.BLOCKED)),
        record(KERAS3),
    ],
    ids=["unavailable", "blocked", "nothing observed"],
)
def test_an_expectation_does_not_go_stale_for_lack_of_evidence(evidence: Record) -> None:
    assert not judged(evidence, expectations=[expectation()]).stale_expectations


def test_a_review_that_is_due_at_the_end_of_the_run_is_noted_and_costs_nothing() -> None:
    late = record(KERAS3, seen("load.fails", Outcome.FAILED), finished="2027-07-01T00:00:00+00:00")
    forecast = expectation(review=date(2027, 6, 30))

    results = judged(late, expectations=[forecast], operations=[Operation.LOAD])
    assert results.notes == ('The expectation "forecast" is due for review since 2027-06-30.',)
    assert exit_code(results) is ExitCode.AS_EXPECTED
    assert not judged(FAILING, expectations=[forecast]).notes


STALE = expectation(tf="<2.16")
EXCEEDING = seen("tune.tape", claim="tune", way="tape")
CONDITIONAL = seen("fit.fails", Outcome.FAILED, claim="fit")


@pytest.mark.parametrize(
    ("records", "planned", "expectations", "code"),
    [
        ([record(TF2, *WORKING)], [TF2], [], ExitCode.AS_EXPECTED),
        ([record(TF2, *WORKING)], [TF2], [expectation(tf=">=2.16")], ExitCode.AS_EXPECTED),
        ([record(TF2, *WORKING)], [TF2], [STALE], ExitCode.STALE_EXPECTATION),
        ([record(TF2, *WORKING)], [TF2, KERAS3], [STALE], ExitCode.INCOMPLETE),
        ([record(TF2, *WORKING), FAILING], [TF2, KERAS3, COMPAT], [STALE], ExitCode.UNEXPECTED),
        ([record(TF2, WORKING[0], EXCEEDING, WORKING[2])], [TF2], [], ExitCode.UNEXPECTED),
        ([record(COMPAT, WORKING[0], CONDITIONAL)], [COMPAT], [], ExitCode.UNEXPECTED),
        ([], [TF2], [], ExitCode.INCOMPLETE),
    ],
    ids=[
        *("calm", "elsewhere", "stale", "incomplete beats stale", "unexpected beats both"),
        *("exceeds", "on condition", "no records at all"),
    ],
)
def test_the_exit_code_that_asks_for_action_first_wins(
    records: list[Record], planned: list[Cell], expectations: list[Expectation], code: ExitCode
) -> None:
    assert exit_code(judged(*records, planned=planned, expectations=expectations)) is code
