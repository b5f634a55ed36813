"""What the reports make of a real full matrix: the run that the browser tests show as well."""

from __future__ import annotations

import pytest

from conformance.claims.catalogue import Catalogue
from conformance.reporting.answers import ShortAnswer
from conformance.reporting.corrected import statements_of
from conformance.reporting.deviations import Cause, by_cause
from conformance.reporting.guidance import Guidance, guidance_of
from conformance.reporting.model import Report, build_report
from conformance.reporting.support import support_of
from conformance.reporting.timeline import MarkState
from conformance.results import Results
from conformance.words import Format, Operation, Package


@pytest.fixture(scope="module")
def report(full_matrix: Results, claims: Catalogue) -> Report:
    return build_report(full_matrix, claims)


@pytest.fixture(scope="module")
def guidance(report: Report, claims: Catalogue) -> Guidance:
    return guidance_of(report.results, claims)


@pytest.fixture(scope="module")
def causes(report: Report) -> dict[str, Cause]:
    return {cause.expectation.id: cause for cause in by_cause(report.broken) if cause.expectation}


def test_estimator_is_reported_as_an_interval_with_its_cause(report: Report) -> None:
    view = next(view for view in report.claim_views() if view.claim.id == "tf2-savedmodel.fine-tune.tf1.estimator")
    (lane,) = view.literal[0].lanes
    found = [
        (run.first.state, run.when, run.first.expectation.cause if run.first.expectation else "") for run in lane.runs
    ]
    assert found == [
        (MarkState.AGREES, "1.15 to 2.15", ""),
        (MarkState.CONTRADICTS, "since 2.16", "TensorFlow 2.16 removed Estimator"),
    ]


def test_the_swaps_never_point_at_another_package_than_the_one_that_is_blamed(causes: dict[str, Cause]) -> None:
    for cause in causes.values():
        assert cause.expectation is not None
        assert set(cause.evidence.points_at) <= {cause.expectation.blame}, cause.expectation.id
    pointed = {package for cause in causes.values() for package in cause.evidence.points_at}
    assert pointed == {Package.TENSORFLOW, Package.HUB, Package.KERAS}


def test_for_everything_that_is_broken_the_run_proves_something_to_do_instead(report: Report) -> None:
    for cause in by_cause(report.broken):
        assert cause.remedies, cause.example.claim.id
        for remedy in cause.remedies:
            observed = {cell.id for cell in report.cells}
            assert set(remedy.proofs) <= observed


@pytest.mark.parametrize(
    ("fmt", "operation", "release", "short", "call"),
    [
        (Format.TF1_HUB, Operation.LOAD, "2.21", ShortAnswer.YES, "m.signatures["),
        (Format.TF1_HUB, Operation.LOAD, "1.13", ShortAnswer.YES, "m = hub.Module(handle)"),
        (Format.TF1_HUB, Operation.FINE_TUNE, "2.15", ShortAnswer.PARTLY, "trainable=True"),
        (Format.TF1_HUB, Operation.CREATE, "2.21", ShortAnswer.NO, ""),
        (Format.TF2_SAVEDMODEL, Operation.LOAD, "1.13", ShortAnswer.NO, ""),
        (Format.TF2_SAVEDMODEL, Operation.FINE_TUNE, "2.21", ShortAnswer.YES, "training="),
        (Format.TF2_SAVEDMODEL, Operation.CREATE, "1.15", ShortAnswer.YES, "tf.saved_model.save("),
    ],
)
def test_the_answer_box_answers_as_users_found_out(
    guidance: Guidance,
    fmt: Format,
    operation: Operation,
    release: str,
    short: ShortAnswer,
    call: str,
) -> None:
    (answer,) = [
        one for one in guidance.answers if (one.format, one.operation, one.release) == (fmt, operation, release)
    ]
    assert answer.short is short
    if call:
        assert call in answer.recipes[0].code
        assert '"tensorflow' in answer.recipes[0].install[0]
    else:
        assert answer.elsewhere is not None


def test_the_corrected_page_says_something_of_every_claim_and_support_json_the_same(report: Report) -> None:
    phrases = {one.claim: one.phrases for place in report.places for one in statements_of(place)}
    assert set(phrases) == {view.claim.id for view in report.claim_views()} == set(support_of(report).claims)
    assert all(phrases.values())
