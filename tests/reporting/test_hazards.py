"""What raises nothing and loses something: grouped by cause, with when, how to notice it and what to do instead."""

from __future__ import annotations

import msgspec

from conformance import evidence
from conformance.cells import axis_of, cells_of
from conformance.claims.catalogue import Catalogue
from conformance.environments.catalogue import Releases
from conformance.reporting.guidance import guidance_of
from conformance.reporting.hazards import Hazard, find_hazards
from conformance.reporting.html import render_html
from conformance.reporting.model import build_report
from conformance.results import Instead, Results
from conformance.words import Outcome, Standing, Verdict
from tests.reporting import sample

TAPE = "tf1-hub.fine-tune.tf2"
LOSS, MEAN = "the regularization loss is gone", "moving_mean is not updated by training"


def run(claims: Catalogue, releases: Releases, *cell_ids: str, outcome: Outcome = Outcome.DEGRADED) -> Results:
    """A run in which a gradient tape loses something in each of the cells, for a reviewed cause."""
    cells = [releases.cell(cell_id) for cell_id in cell_ids]
    claim = claims.claim_by_id[TAPE]
    way = "gradient-tape"
    tested = (evidence.Tested(claim.id, Standing.LITERAL, way),)
    error = (
        evidence.Error("AssertionError", "got 1.5, expected 2.0", "probe") if outcome is Outcome.WRONG_VALUES else None
    )
    seen = [
        sample.observation(
            cell,
            claim,
            probe=f"tape[{number}]",
            claims=tested,
            outcome=outcome,
            notes=(note,),
            error=error,
            steps="Step.",
        )
        for cell in cells
        for number, note in enumerate((LOSS, MEAN))
    ]
    verdicts = [
        sample.verdict(
            cell,
            claim,
            way=way,
            verdict=Verdict.EXCEEDS,
            qualifier="hazard",
            expectation=sample.TAPE_RUNS,
            outcomes={"tape[0]": outcome, "tape[1]": outcome},
            instead=(Instead("Use a SavedModel.", cell.id, ("tape[0]",)),),
        )
        for cell in cells
    ]
    return sample.results(cells, [sample.setting(cell) for cell in cells], seen, verdicts)


def hazards(results: Results, claims: Catalogue) -> tuple[Hazard, ...]:
    return find_hazards(results, claims, axis_of(cells_of(results)))


def test_what_one_cause_loses_is_one_hazard_with_all_there_is_to_say(claims: Catalogue, releases: Releases) -> None:
    (one,) = hazards(run(claims, releases, "tf2.14-hub0.16-tf2", "tf2.15-hub0.16-tf2"), claims)
    assert one.losses == (LOSS, MEAN)
    assert (one.when, one.current) == (("since 2.14",), True)
    assert one.expectation == sample.TAPE_RUNS
    assert [remedy.do for remedy in one.remedies] == ["Use a SavedModel."]
    assert (one.title, one.notice, one.steps) == (LOSS, "", "Step.")


def test_a_cause_that_several_calls_share_is_one_hazard_and_says_how_to_notice_it(
    claims: Catalogue, releases: Releases
) -> None:
    one = run(claims, releases, "tf2.15-hub0.16-tf2")
    noticed = msgspec.structs.replace(sample.TAPE_RUNS, notice="Compare the weights.")
    calls = ("gradient-tape", "keras-fit")
    results = msgspec.structs.replace(
        one,
        observations=tuple(
            msgspec.structs.replace(
                row, probe=f"{way}.{row.probe}", claims=(evidence.Tested(TAPE, Standing.LITERAL, way),)
            )
            for row in one.observations
            for way in calls
        ),
        verdicts=tuple(
            msgspec.structs.replace(row, way=way, expectation=noticed) for row in one.verdicts for way in calls
        ),
    )
    (hazard,) = hazards(results, claims)
    assert [use.way for use in hazard.uses] == list(calls)
    assert hazard.notice == "Compare the weights."
    page = render_html(build_report(results, claims), guidance_of(results, claims))
    assert "<dt>How to notice it</dt><dd>Compare the weights.</dd>" in page


def test_a_rule_that_did_not_hold_is_no_title_as_if_it_did(claims: Catalogue, releases: Releases) -> None:
    results = run(claims, releases, "tf2.15-hub0.16-tf2", outcome=Outcome.WRONG_VALUES)
    wrong = evidence.Error("AssertionError", "the output is right: got [[1. 2.]] expected [[3. 4.]]", "probe")
    unreviewed = msgspec.structs.replace(
        results,
        observations=tuple(msgspec.structs.replace(row, error=wrong) for row in results.observations),
        verdicts=tuple(msgspec.structs.replace(row, expectation=None) for row in results.verdicts),
    )
    (hazard,) = hazards(unreviewed, claims)
    assert hazard.title == "this does not hold: the output is right"
    (rule,) = hazard.broken_rules
    assert (rule.rule, rule.got, rule.expected) == ("the output is right", "[[1. 2.]]", "[[3. 4.]]")


def test_a_claim_that_does_not_speak_of_the_cell_has_no_hazard_there(claims: Catalogue, releases: Releases) -> None:
    results = run(claims, releases, "tf2.15-hub0.16-tf2")
    also = evidence.Tested("tf1-hub.load.tf1.module", Standing.LITERAL)  # a probe may speak to claims of two modes
    seen = tuple(msgspec.structs.replace(row, claims=(*row.claims, also)) for row in results.observations)
    (hazard,) = hazards(msgspec.structs.replace(results, observations=seen), claims)
    assert [use.claim.id for use in hazard.uses] == [TAPE]


def test_without_a_reviewed_cause_what_one_probe_noticed_is_one_hazard(claims: Catalogue, releases: Releases) -> None:
    results = run(claims, releases, "tf2.15-hub0.16-tf2")
    unreviewed = tuple(msgspec.structs.replace(row, expectation=None) for row in results.verdicts)
    other = tuple(msgspec.structs.replace(row, probe=f"other.{row.probe}") for row in results.observations)
    both = msgspec.structs.replace(results, verdicts=unreviewed, observations=(*results.observations, *other))
    first, second = hazards(both, claims)
    assert first.losses == second.losses == (LOSS, MEAN)
    assert first.probes != second.probes


def test_what_ordinary_use_loses_as_the_call_does_has_the_same_cause(claims: Catalogue, releases: Releases) -> None:
    results = run(claims, releases, "tf2.15-hub0.16-tf2")
    around = (evidence.Tested(TAPE, Standing.IMPLIED, "gradient-tape"),)
    implied = tuple(
        msgspec.structs.replace(row, probe="around", claims=around, notes=("Lost, in other words.",))
        for row in results.observations
    )
    judged = tuple(
        msgspec.structs.replace(row, standing=Standing.IMPLIED, expectation=None) for row in results.verdicts
    )
    both = msgspec.structs.replace(
        results, observations=(*implied, *results.observations), verdicts=(*results.verdicts, *judged)
    )
    report = build_report(both, claims)
    (hazard,) = hazards(report.results, claims)
    assert hazard.expectation == sample.TAPE_RUNS
    assert all(item.expected for item in report.implied_exceeding)
    assert [use.standing for use in hazard.uses] == [Standing.LITERAL]


def test_another_error_than_the_right_one_is_not_silent(claims: Catalogue, releases: Releases) -> None:
    results = run(claims, releases, "tf2.15-hub0.16-tf2", outcome=Outcome.WRONG_VALUES)
    other = evidence.Error(
        "WrongValues", "it is refused: got KeyError('x'), expected a ValueError that matches 'y'", "probe"
    )
    raised = tuple(msgspec.structs.replace(row, error=other) for row in results.observations)
    assert hazards(msgspec.structs.replace(results, observations=raised), claims) == ()


def test_wrong_values_come_first_and_say_what_differs(claims: Catalogue, releases: Releases) -> None:
    lost = run(claims, releases, "tf2.14-hub0.16-tf2")
    wrong = run(claims, releases, "tf2.15-hub0.16-tf2", outcome=Outcome.WRONG_VALUES)
    both = msgspec.structs.replace(
        lost,
        environments=(*lost.environments, *wrong.environments),
        observations=(*lost.observations, *wrong.observations),
        verdicts=(*lost.verdicts, *wrong.verdicts),
    )
    first, second = hazards(both, claims)
    assert (first.outcome, first.losses) == (Outcome.WRONG_VALUES, ("got 1.5, expected 2.0",))
    assert second.outcome is Outcome.DEGRADED


def test_what_only_the_legacy_keras_loses_says_so(claims: Catalogue, releases: Releases) -> None:
    legacy, spared = "tf2.16-hub0.16-tf2-legacy", releases.cell("tf2.16-hub0.16-tf2-keras3")
    lost = run(claims, releases, legacy)
    both = msgspec.structs.replace(lost, environments=(*lost.environments, sample.setting(spared)))
    (one,) = hazards(both, claims)
    assert "with TF_USE_LEGACY_KERAS=1" in repr(one)


def test_a_claim_that_the_claims_file_dropped_is_no_hazard_and_proves_nothing(
    claims: Catalogue, releases: Releases
) -> None:
    results = run(claims, releases, "tf2.15-hub0.16-tf2")
    dropped = (evidence.Tested("dropped", Standing.LITERAL),)
    seen = tuple(msgspec.structs.replace(row, claims=dropped) for row in results.observations)
    guidance = guidance_of(msgspec.structs.replace(results, observations=seen), claims)
    assert guidance.hazards == ()
    assert all(way.recipe is None for answer in guidance.answers for group in answer.broken for way in group.ways)


def test_an_answer_warns_of_the_hazards_of_the_very_call_that_it_recommends(
    claims: Catalogue, releases: Releases
) -> None:
    report = build_report(run(claims, releases, "tf2.15-hub0.16-tf2"), claims)
    guidance = guidance_of(report.results, claims)
    recipes = [recipe for answer in guidance.answers for recipe in answer.recipes]
    assert [recipe.hazards for recipe in recipes] == [(0,)]
    page = render_html(report, guidance)
    assert f'id="{guidance.hazards[0].anchor}"' in page
    assert "How to notice" in page
