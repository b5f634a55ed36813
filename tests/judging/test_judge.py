from __future__ import annotations

from datetime import date
from pathlib import Path

import msgspec
import pytest

from conformance.comparing.surprises import exit_code
from conformance.environments.catalogue import Cell
from conformance.errors import EvidenceError, ExitCode
from conformance.evidence import Error, Record, Unavailable
from conformance.judging.expectations import Expectation
from conformance.judging.judge import WHOLE_CELL
from conformance.words import Format, Keras, Level, Mode, Operation, Outcome, Package, Standing, Verdict
from tests.judging.cases import (
    CLAIMS,
    COMPAT,
    KERAS3,
    NIGHTLY,
    RELEASES,
    TF2,
    expectation,
    judged,
    record,
    seen,
    verdict_on,
    verdicts_of,
)

NO_WHEEL = Unavailable("install", "There is no wheel for Python 3.12.", "ERROR: none", "Install Python 3.11.")
WORKING = (
    seen("load.works"),
    seen("tune.tape", Outcome.REJECTED, claim="tune", way="tape"),
    seen("tune.fit", Outcome.FAILED, claim="tune", way="fit"),
)


def test_each_claim_gets_a_verdict_in_each_of_its_ways() -> None:
    results = judged(record(TF2, *WORKING))

    assert verdicts_of(results) == {
        ("load", "", Standing.LITERAL): Verdict.AGREES,
        ("tune", "tape", Standing.LITERAL): Verdict.AGREES,
        ("tune", "fit", Standing.LITERAL): Verdict.AGREES,
    }
    fit = verdict_on(results, "tune", way="fit")
    assert (fit.qualifier, fit.why, fit.outcomes) == ("unclear", "the probe failed", {"tune.fit": Outcome.FAILED})
    assert (fit.level, fit.environment, fit.release) == (Level.NOT_SUPPORTED, "tf2.15-hub0.16", "2.15")
    assert (fit.tf, fit.hub, fit.mode, fit.keras) == ("2.15.1", "0.16.1", Mode.TF2, Keras.BUNDLED)
    assert exit_code(results) is ExitCode.AS_EXPECTED


def test_a_broken_environment_never_looks_like_agreement() -> None:
    """The defect: in this cell everything fails, also what should not."""
    results = judged(
        record(TF2, seen("load.works", Outcome.FAILED), seen("tune.tape", Outcome.FAILED, claim="tune", way="tape"))
    )

    tape = verdict_on(results, "tune", way="tape")
    assert tape.verdict is Verdict.INCONCLUSIVE
    assert "the control load is not green" in tape.why
    assert not tape.expected


@pytest.mark.parametrize("outcome", [outcome for outcome in Outcome if outcome is not Outcome.WORKS])
def test_a_control_is_green_only_if_all_its_literal_probes_worked(outcome: Outcome) -> None:
    observations = (*WORKING, seen("load.second", outcome))
    assert verdict_on(judged(record(TF2, *observations)), "tune", way="tape").verdict is Verdict.INCONCLUSIVE


def test_an_implied_probe_neither_spoils_nor_makes_a_control() -> None:
    implied = seen("load.odd", Outcome.FAILED, standing=Standing.IMPLIED)
    assert verdict_on(judged(record(TF2, *WORKING, implied)), "tune", way="tape").verdict is Verdict.AGREES

    only_implied = seen("load.odd", standing=Standing.IMPLIED)
    tape = verdict_on(judged(record(TF2, only_implied, *WORKING[1:])), "tune", way="tape")
    assert tape.verdict is Verdict.INCONCLUSIVE


def test_the_first_control_that_was_tried_counts() -> None:
    tune = msgspec.structs.replace(CLAIMS.claim_by_id["tune"], control=("footnote", "load", "fit"))
    claims = msgspec.structs.replace(CLAIMS, claims=(*CLAIMS.claims[:1], tune, *CLAIMS.claims[2:]))
    observations = (*WORKING, seen("fit.fails", Outcome.FAILED, claim="fit"))

    assert verdict_on(judged(record(TF2, *observations), claims=claims), "tune", way="tape").verdict is Verdict.AGREES


def test_implied_probes_are_judged_beside_the_literal_ones_never_among_them() -> None:
    odd = seen("load.odd", Outcome.WRONG_VALUES, standing=Standing.IMPLIED)
    whole = seen("tune.odd", Outcome.REJECTED, claim="tune", standing=Standing.IMPLIED)  # of no way in particular
    results = judged(record(TF2, *WORKING, odd, whole))

    assert verdict_on(results, "load").verdict is Verdict.AGREES
    implied = verdict_on(results, "load", standing=Standing.IMPLIED)
    assert (implied.verdict, implied.outcomes) == (Verdict.CONTRADICTS, {"load.odd": Outcome.WRONG_VALUES})
    assert verdict_on(results, "tune", standing=Standing.IMPLIED).verdict is Verdict.AGREES
    assert exit_code(results) is ExitCode.AS_EXPECTED  # only a literal probe may headline a contradiction
    assert not results.notes


def test_a_claim_without_a_probe_is_inconclusive_not_absent() -> None:
    results = judged(record(TF2, seen("load.works")))

    tape = verdict_on(results, "tune", way="tape")
    assert (tape.verdict, tape.why, tape.outcomes) == (Verdict.INCONCLUSIVE, "no probe was observed", {})
    assert exit_code(results) is ExitCode.INCOMPLETE


def test_a_time_out_that_repeats_counts_as_failed_and_shows_what_it_was() -> None:
    once = judged(record(TF2, seen("load.hangs", Outcome.TIMED_OUT)))
    twice = judged(record(TF2, seen("load.hangs", Outcome.TIMED_OUT, attempt=2)))

    assert verdict_on(once, "load").verdict is Verdict.INCONCLUSIVE
    assert verdict_on(twice, "load").verdict is Verdict.CONTRADICTS
    assert verdict_on(twice, "load").why == "the probe failed (a time-out that repeated counts as failed)"
    assert verdict_on(twice, "load").outcomes == {"load.hangs": Outcome.TIMED_OUT}


def test_the_verdict_goes_by_the_version_that_was_imported() -> None:
    nightly = record(NIGHTLY, seen("load.fails", Outcome.FAILED), tf="2.23.0-dev20261122")
    row = verdict_on(judged(nightly, expectations=[expectation(tf=">=2.23,<2.24")]), "load")

    assert row.tf == "2.23.0-dev20261122"
    assert row.expected


# ---- Cells that could not be built ----------------------------------------------------------------------------------


def test_an_unavailable_cell_gives_its_reason_for_every_claim_that_applies() -> None:
    results = judged(record(TF2, plan=["never.ran"], unavailable=NO_WHEEL, cut_short=True))

    assert len(results.verdicts) == 3
    for row in results.verdicts:
        assert (row.verdict, row.why) == (Verdict.INCONCLUSIVE, NO_WHEEL.reason)
        assert row.outcomes == {WHOLE_CELL: Outcome.UNAVAILABLE}
    (environment,) = results.environments
    assert (environment.unavailable, environment.tf, environment.python) == (NO_WHEEL.reason, "2.15.1", "3.12")
    assert results.run.cells_missing == {}
    assert exit_code(results) is ExitCode.INCOMPLETE


def test_what_a_floating_release_would_have_got_is_not_claimed() -> None:
    results = judged(record(NIGHTLY, unavailable=NO_WHEEL), expectations=[])
    assert results.environments[0].tf == results.verdicts[0].tf == ""


def test_that_a_cell_is_unavailable_can_be_expected() -> None:
    forecasts = [
        expectation(claim, claim=claim, verdict=Verdict.INCONCLUSIVE, outcomes=(Outcome.UNAVAILABLE,), tf=">=2.23")
        for claim in ("load", "tune")
    ]
    results = judged(record(NIGHTLY, unavailable=NO_WHEEL), expectations=forecasts)

    assert all(row.expected for row in results.verdicts)
    assert exit_code(results) is ExitCode.AS_EXPECTED


def test_what_was_observed_before_a_cell_became_unavailable_still_counts() -> None:
    died = Unavailable("import", "The import crashed.")
    results = judged(record(TF2, seen("load.fails", Outcome.FAILED), *WORKING, unavailable=died))

    assert verdict_on(results, "load").verdict is Verdict.CONTRADICTS
    assert verdict_on(results, "tune", way="fit").why == died.reason


# ---- Records that are missing, cut short or foreign -----------------------------------------------------------------


def test_a_planned_cell_without_a_record_is_shown_as_missing() -> None:
    results = judged(record(TF2, *WORKING), planned=[TF2, KERAS3])

    assert results.run.cells_planned == (TF2.id, KERAS3.id)
    assert results.run.cells_missing == {KERAS3.id: "no record"}
    assert {row.cell for row in results.verdicts} == {TF2.id}
    assert exit_code(results) is ExitCode.INCOMPLETE


def partial(cut: Record) -> Record:
    return msgspec.structs.replace(cut, path=Path("records") / f"{TF2.id}.jsonl.partial")


@pytest.mark.parametrize(
    ("cut", "missing"),
    [
        (record(TF2, *WORKING, plan=["load.works", "tune.tape", "tune.fit", "never.ran"], cut_short=True), "3 of 4"),
        (partial(record(TF2, *WORKING, cut_short=True)), "3 of 3"),
        (record(TF2, cut_short=True), ""),
        (record(TF2, plan=["a", "b"]), "2 of 2 probes left no observation"),
    ],
    ids=["within its plan", "interrupted", "before its plan", "it lost probes"],
)
def test_what_a_record_lacks_is_said_and_what_it_has_is_used(cut: Record, missing: str) -> None:
    results = judged(cut)

    after = f" after {missing} probes" if missing else ""
    assert results.run.cells_missing == {TF2.id: missing if cut.footer else f"cut short{after}"}
    assert len(results.observations) == len(cut.observations)
    assert exit_code(results) is ExitCode.INCOMPLETE


def test_records_of_cells_that_were_not_planned_are_left_aside() -> None:
    results = judged(record(TF2, *WORKING), record(KERAS3, seen("load.fails", Outcome.FAILED)), planned=[TF2])

    assert {row.cell for row in results.observations} == {TF2.id}
    assert len(results.environments) == 1
    assert exit_code(results) is ExitCode.AS_EXPECTED


def renamed() -> Record:
    return msgspec.structs.replace(record(TF2), path=Path("records") / "tf2.14-hub0.16-tf2.jsonl")


def with_header(**changes: object) -> Record:
    sound = record(TF2)
    header = msgspec.structs.replace(sound.header, **changes)
    return msgspec.structs.replace(sound, header=header, path=Path("records") / f"{header.cell}.jsonl")


@pytest.mark.parametrize(
    ("foreign", "complaint"),
    [
        (renamed(), "named after another cell"),
        (with_header(cell="tf2.15-hub0.16-tf3"), 'does not exist. Perhaps you meant "tf2.15-hub0.16-tf2"?'),
        (with_header(mode=Mode.TF1_COMPAT), 'states the mode "tf1-compat", but its cell has "tf2"'),
        (with_header(keras=Keras.KERAS3), 'states the Keras "keras3"'),
        (with_header(environment="tf2.16-hub0.16"), 'states the environment "tf2.16-hub0.16"'),
        (with_header(started="yesterday"), "not ISO 8601"),
        (record(TF2, tf="unknown"), 'states the tensorflow version "unknown"'),
    ],
)
def test_a_foreign_record_is_refused(foreign: Record, complaint: str) -> None:
    with pytest.raises(EvidenceError) as refused:
        judged(foreign, planned=[TF2])

    assert complaint in str(refused.value)
    assert refused.value.where == str(foreign.path)
    assert refused.value.exit_code is ExitCode.INCOMPLETE


def test_two_records_of_one_cell_are_refused() -> None:
    other = msgspec.structs.replace(record(TF2), path=Path("elsewhere") / f"{TF2.id}.jsonl")
    with pytest.raises(EvidenceError, match=r"as records/tf2\.15-hub0\.16-tf2\.jsonl is"):
        judged(record(TF2), other, planned=[TF2])


# ---- Selection ------------------------------------------------------------------------------------------------------


def test_a_selection_narrows_which_claims_need_a_verdict() -> None:
    works = record(COMPAT, seen("load.works"))
    results = judged(works, formats=[Format.TF1_HUB], operations=[Operation.LOAD, Operation.FINE_TUNE])
    assert [row.claim for row in results.verdicts] == ["load"]


def test_a_control_outside_the_selection_is_consulted_all_the_same() -> None:
    results = judged(record(TF2, *WORKING), operations=[Operation.FINE_TUNE])
    assert verdicts_of(results) == {
        ("tune", "tape", Standing.LITERAL): Verdict.AGREES,
        ("tune", "fit", Standing.LITERAL): Verdict.AGREES,
    }


def test_in_a_run_of_some_probes_only_what_none_of_them_tried_needs_no_verdict() -> None:
    results = judged(record(TF2, seen("load.works")), some_probes_only=True)
    assert [row.claim for row in results.verdicts] == ["load"]
    assert exit_code(results) is ExitCode.AS_EXPECTED

    unavailable = judged(record(TF2, unavailable=NO_WHEEL), some_probes_only=True)
    assert exit_code(unavailable) is ExitCode.INCOMPLETE


# ---- Expectations ---------------------------------------------------------------------------------------------------

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


# ---- Exit codes -----------------------------------------------------------------------------------------------------

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


# ---- The rest of the results ----------------------------------------------------------------------------------------


def test_an_observation_says_where_it_was_made_and_how_to_make_it_again() -> None:
    (row,) = judged(record(KERAS3, seen("load.module[tf1-dense]", Outcome.FAILED), tf="2.16.3")).observations

    assert (row.environment, row.cell, row.tf, row.hub) == ("tf2.16-hub0.16", KERAS3.id, "2.16.3", "0.16.1")
    assert (row.python, row.keras, row.mode) == ("3.12.1", Keras.KERAS3, Mode.TF2)
    assert row.error == Error("ValueError", "no", "tensorflow")
    assert row.reproduce == 'nox -s "cell(tf2.16-hub0.16-tf2-keras3)" -- --probe "load.module[tf1-dense]"'


def test_what_no_claim_covers_has_no_verdict_only_outcomes() -> None:
    stray = msgspec.structs.replace(seen("tour.signatures", Outcome.FAILED), claims=())
    results = judged(record(TF2, *WORKING, stray))

    assert [row.probe for row in results.observations][-1] == "tour.signatures"
    assert exit_code(results) is ExitCode.AS_EXPECTED


def test_a_claim_that_does_not_apply_in_the_cell_gets_no_verdict_there() -> None:
    results = judged(record(TF2, *WORKING, seen("fit.tried", claim="fit")))
    assert "fit" not in {row.claim for row in results.verdicts}


def test_an_old_record_of_claims_since_renamed_is_judged_with_a_note() -> None:
    results = judged(
        record(
            TF2,
            *WORKING,
            seen("old", claim="loading"),
            seen("odd", claim="tune"),
            seen("fits", claim="tune", way="fits"),
        )
    )
    assert results.notes == (
        'Some probes speak to "loading", which is no claim. Perhaps you meant "load"?',
        'Some literal probes of "tune" try it in the way "", which it does not have. Known: fit, tape.',
        'Some literal probes of "tune" try it in the way "fits", which it does not have. Perhaps you meant "fit"?',
    )


def test_the_run_spans_its_records() -> None:
    run = judged(
        record(TF2, *WORKING, started="2026-11-22T10:01:00+00:00", finished="2026-11-22T10:02:00+00:00"),
        record(KERAS3, started="2026-11-22T10:00:00+00:00", finished="2026-11-22T10:07:00+00:00"),
    ).run
    assert (run.started, run.finished) == ("2026-11-22T10:00:00+00:00", "2026-11-22T10:07:00+00:00")


def test_a_run_without_records_still_gives_results() -> None:
    results = judged(planned=RELEASES.cells)
    assert (results.run.started, results.run.finished) == ("", "")
    assert set(results.run.cells_missing.values()) == {"no record"}


def test_what_was_reused_is_reported_with_the_run_that_observed_it() -> None:
    monday, tuesday = "2026-11-16T10:00:00+00:00", "2026-11-17T10:00:00+00:00"
    taken_over = msgspec.structs.replace(seen("a.x"), observed=monday)

    results = judged(
        record(TF2, taken_over, seen("a.y")), record(COMPAT, seen("b"), started=tuesday), reused=[COMPAT.id]
    )

    assert [(row.cell, row.probe, row.reused_from) for row in results.observations] == [
        (TF2.id, "a.x", monday),
        (TF2.id, "a.y", ""),
        (COMPAT.id, "b", tuesday),
    ]
    assert [(row.reused, row.reused_from) for row in results.environments] == [(1, monday), (1, tuesday)]


def test_a_date_of_reuse_that_is_none_is_refused() -> None:
    with pytest.raises(EvidenceError, match='states the time "monday"'):
        judged(record(TF2, msgspec.structs.replace(seen("a.x"), observed="monday")))


@pytest.mark.parametrize(
    ("standing", "outcomes", "verdict", "why"),
    [
        (Standing.IMPLIED, "works blocked", Verdict.AGREES, "the probe worked (1 more lacked a prerequisite)"),
        (Standing.IMPLIED, "failed blocked", Verdict.CONTRADICTS, "the probe failed (1 more lacked a prerequisite)"),
        (Standing.IMPLIED, "blocked", Verdict.INCONCLUSIVE, "the probe lacked a prerequisite"),
        (Standing.LITERAL, "works blocked", Verdict.INCONCLUSIVE, "of 2 probes, 1 lacked a prerequisite and 1 worked"),
    ],
)
def test_one_blocked_implied_probe_does_not_unsettle_what_the_others_show(
    standing: Standing, outcomes: str, verdict: Verdict, why: str
) -> None:
    observed = [seen(f"load.{word}", Outcome(word), standing=standing) for word in outcomes.split()]
    row = verdict_on(judged(record(TF2, *observed)), "load", standing=standing)
    assert (row.verdict, row.why) == (verdict, why)
