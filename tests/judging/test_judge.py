"""The verdicts that a run's observations give, and what else its results say of them."""

from __future__ import annotations

import msgspec
import pytest

from conformance.comparing.surprises import exit_code
from conformance.errors import EvidenceError, ExitCode
from conformance.evidence import Error
from conformance.words import Format, Keras, Level, Mode, Operation, Outcome, Standing, Verdict
from tests.judging.cases import (
    CLAIMS,
    COMPAT,
    KERAS3,
    NIGHTLY,
    NO_WHEEL,
    RELEASES,
    TF2,
    WORKING,
    expectation,
    judged,
    record,
    seen,
    verdict_on,
    verdicts_of,
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
