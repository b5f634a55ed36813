from __future__ import annotations

import msgspec
import pytest

from conformance.cells import CellStatus
from conformance.claims.catalogue import Catalogue
from conformance.environments.catalogue import Releases
from conformance.reporting.deviations import Deviation, by_cause
from conformance.reporting.headline import Tally
from conformance.reporting.model import Report, build_report
from conformance.reporting.timeline import MarkState
from conformance.words import Outcome, Standing, Verdict
from tests.reporting import sample


def deviation(found: tuple[Deviation, ...], claim: str) -> Deviation:
    (one,) = [item for item in found if item.claim.id == claim]
    return one


def test_what_no_longer_holds_says_since_when_until_when_and_where_it_still_does(report: Report) -> None:
    layer = deviation(report.broken, "tf2-savedmodel.fine-tune.tf1.fit")
    (span,) = layer.spans
    assert (span.lane, span.when, span.held_through) == ("default Keras", "since 2.16", "2.15")
    assert layer.current
    assert layer.expectation == sample.KERAS3
    assert layer.holds_in == ("default Keras: 1.15 to 2.15", "TF_USE_LEGACY_KERAS=1: 2.16 to rc")
    assert layer.outcomes == ((Outcome.FAILED, 24),)
    assert layer.errors[0].line.startswith("ValueError: Only instances")


def test_what_a_hub_removed_is_put_down_to_the_hub_lane(report: Report) -> None:
    module = deviation(report.broken, "tf1-hub.load.tf1.module")
    assert [(span.lane, span.when, span.held_through) for span in module.spans] == [("hub 0.16", "since 1.15", "")]
    assert module.holds_in == ("hub before 0.16: 1.13 to 2.15",)


def test_where_a_claim_holds_is_reported_in_whole_intervals_whatever_the_remarks(report: Report) -> None:
    partial = deviation(report.broken, "tf1-hub.create.tf1.partial-in-tf2")  # "noted" in some of these releases
    assert partial.holds_in == ("hub before 0.16: 2.0 to 2.15",)


def test_a_contradiction_that_healed_is_not_among_the_current_ones(report: Report) -> None:
    save = deviation(report.broken, "tf2-savedmodel.create.tf1.save")
    assert not save.current
    assert (save.spans[0].when, save.spans[0].holds_again) == ("2.2 to 2.3", "2.4")
    assert save.qualifiers == ("minor",)


def test_the_unexpected_comes_first(report: Report) -> None:
    assert not report.broken[0].expected
    assert [item.claim.id for item in report.unexpected] == ["tf2-savedmodel.create.tf2.keras", "tf1-hub.create.tf2"]


def test_implied_contradictions_never_headline(report: Report) -> None:
    assert [item.claim.id for item in report.implied_broken] == ["tf2-savedmodel.load.tf2.keras-layer"]
    assert all(item.standing is Standing.LITERAL for item in report.broken)
    assert "tf2-savedmodel.load.tf2.keras-layer" in report.tallies[0].holds


def test_hazards_are_marked_among_what_exceeds(report: Report) -> None:
    assert deviation(report.exceeding, "tf1-hub.fine-tune.tf2").qualifiers == ("hazard",)


def test_one_cause_gathers_its_claims(report: Report) -> None:
    causes = {cause.expectation.id: cause for cause in by_cause(report.broken) if cause.expectation}
    assert len(causes["hub-module-removed"].deviations) == 5


def test_what_to_do_instead_is_reported_with_the_cells_that_prove_it(report: Report) -> None:
    layer = deviation(report.broken, "tf2-savedmodel.fine-tune.tf1.fit")
    (remedy,) = layer.remedies
    assert remedy.do == sample.KERAS3.instead
    assert remedy.cells == layer.cells
    assert all(cell.endswith("-legacy") for cell in remedy.proofs)
    assert not remedy.here


def test_what_to_do_instead_is_reported_only_of_the_cells_in_which_it_is_proved(report: Report) -> None:
    module = deviation(report.broken, "tf1-hub.load.tf1.module")
    (remedy,) = module.remedies  # the other half of the expectation's advice is proved nowhere, and not shown
    assert remedy.do == "Stay on tensorflow_hub 0.15."
    assert 0 < len(remedy.cells) < len(module.cells)
    assert not any("tf2.16" in cell for cell in remedy.cells)
    (cause,) = [cause for cause in by_cause(report.broken) if cause.expectation == sample.HUB_GONE]
    assert cause.remedies[0].proofs == remedy.proofs
    assert cause.evidence.sentence.startswith("Swapping tensorflow_hub alone fixes it")


def test_the_headline_counts_each_claim_once(report: Report) -> None:
    assert report.newest == "2.21"
    assert report.headline == "On TensorFlow 2.21, 13 of 22 documented claims hold."
    assert report.subheading == "2 hold only in some settings, 6 do not hold and 1 works although unsupported."
    assert [tally.release for tally in report.tallies] == ["2.21", "rc", "nightly"]
    assert report.coverage == "97 of 100 planned cells were observed; 2 are missing and 1 is unavailable."


def test_a_tally_reads_as_a_sentence_whatever_the_numbers() -> None:
    def tally(holds: int, broken: int) -> Tally:
        names = tuple("abcdef")
        return Tally(release="2.1", holds=names[:holds], partly=(), broken=names[:broken], exceeded=(), unclear=())

    assert tally(0, 0).head("TensorFlow 2.1") == "No documented claim was observed on TensorFlow 2.1."
    assert tally(1, 0).head("TensorFlow 2.1") == "On TensorFlow 2.1, 1 of 1 documented claim holds."
    assert tally(3, 0).head("TensorFlow 2.1") == "On TensorFlow 2.1, all 3 documented claims hold."
    assert tally(3, 0).rest == ""
    assert tally(3, 1).rest == "1 does not hold."


def test_what_was_not_observed_is_reported_once_with_its_reason(report: Report) -> None:
    assert [(group.status, group.reason) for group in report.lost] == [
        (CellStatus.MISSING, "no record"),
        (CellStatus.MISSING, "cut short"),
        (CellStatus.UNAVAILABLE, "Python 3.7 was not found."),
    ]
    assert [(entry.claim.id, entry.why) for entry in report.open] == [
        ("tf2-savedmodel.load.tf2.hub-load", "1 of 3 probes timed out")
    ]


def test_a_companion_of_the_page_stands_apart_and_changes_nothing_that_the_page_says(
    claims: Catalogue, releases: Releases
) -> None:
    both = sample.with_companion(claims)
    page, companion = both.claims[0], both.claims[-1]
    cell = releases.cell("tf2.15-hub0.15-tf1-compat")
    rows = [
        sample.verdict(cell, page),
        sample.verdict(cell, companion, verdict=Verdict.CONTRADICTS, expected=False),
        sample.verdict(cell, companion, verdict=Verdict.CONTRADICTS, expected=False, standing=Standing.IMPLIED),
    ]
    report = build_report(sample.results([cell], [sample.setting(cell)], verdicts=rows), both)

    assert (report.broken, report.implied_broken) == ((), ())
    assert [item.claim.id for item in report.companion_broken] == [companion.id] * 2
    assert [item.standing for item in report.unexpected] == [Standing.LITERAL]  # the exit code is about it as well
    assert page.id in report.tallies[0].holds
    assert report.tallies[0].broken == ()
    assert report.verdict_counts()[Verdict.CONTRADICTS] == 0
    place = next(view for view in report.places if view.place.id == page.place)
    assert [view.claim.id for view in place.companions] == [companion.id]
    assert companion.id not in [view.claim.id for view in report.claim_views()]


def test_evidence_of_a_claim_starts_with_the_newest_release(report: Report) -> None:
    view = next(view for view in report.claim_views() if view.claim.id == "tf1-hub.load.tf1.module")
    assert view.evidence[0].cell.release == "nightly"
    assert view.evidence[-1].cell.release == "1.13"
    assert len(view.evidence[-1].observations) == 3


def test_a_claim_that_the_claims_file_dropped_is_named(claims: Catalogue, releases: Releases) -> None:
    cell = releases.cell("tf2.15-hub0.16-tf2")
    row = msgspec.structs.replace(sample.verdict(cell, claims.claims[0]), claim="dropped")
    report = build_report(sample.results([cell], [sample.setting(cell)], verdicts=[row]), claims)
    assert report.unknown == ("dropped",)


def test_a_way_that_the_claims_file_dropped_is_still_shown(claims: Catalogue, releases: Releases) -> None:
    cell = releases.cell("tf2.15-hub0.16-tf2")
    row = sample.verdict(cell, claims.claim_by_id["tf1-hub.create.tf2"], way="dropped", verdict=Verdict.EXCEEDS)
    report = build_report(sample.results([cell], [sample.setting(cell)], verdicts=[row]), claims)
    assert [item.way for item in report.exceeding] == ["dropped"]


def test_an_empty_run_has_a_report(claims: Catalogue) -> None:
    report = build_report(sample.results([]), claims)
    assert report.headline == "Nothing was observed."
    assert report.coverage == "No cell was planned."


def test_a_run_in_which_every_cell_is_missing_has_a_report(claims: Catalogue, releases: Releases) -> None:
    cell = releases.cell("tf2.15-hub0.16-tf2")
    report = build_report(sample.results([cell], missing={cell.id: "no record"}), claims)
    marks = {
        mark.state
        for view in report.claim_views()
        for line in view.literal
        for lane in line.lanes
        for mark in lane.marks
    }
    assert marks == {MarkState.MISSING}
    assert report.headline.startswith("On TensorFlow 2.15, 0 of ")


def test_evidence_from_a_cell_that_the_claim_does_not_speak_of_is_left_out(
    claims: Catalogue, releases: Releases
) -> None:
    cell, claim = releases.cell("tf1.15-hub0.15-tf1"), claims.claim_by_id["tf2-savedmodel.load.tf2.hub-load"]
    run = sample.results([cell], [sample.setting(cell)], [sample.observation(cell, claim)])
    view = next(view for view in build_report(run, claims).claim_views() if view.claim == claim)
    assert view.evidence == ()


@pytest.mark.parametrize(
    ("reused", "sentence"),
    [
        ((0, 0), ""),
        (
            (1, 0),
            "1 of 2 observations are reused, the oldest of 2026-01-03: what they depend on has not changed since.",
        ),
        ((1, 1), "All 2 observations are reused, the oldest of 2026-01-02: what they depend on has not changed since."),
    ],
)
def test_what_was_reused_is_said_with_its_date(
    reused: tuple[int, int], sentence: str, claims: Catalogue, releases: Releases
) -> None:
    cells = releases.cells[:2]
    dates = ("2026-01-03T03:00:00+00:00", "2026-01-02T03:00:00+00:00")
    settings = [
        sample.setting(cell, reused=count, reused_from=date if count else "")
        for cell, count, date in zip(cells, reused, dates, strict=True)
    ]
    rows = [sample.observation(cell, claims.claims[0]) for cell in cells]

    assert build_report(sample.results(cells, settings, rows), claims).reuse == sentence
