"""The grid: one bar for each run of releases in which a claim stands the same."""

from __future__ import annotations

from conformance.cells import axis_of
from conformance.claims.catalogue import Catalogue
from conformance.environments.catalogue import Releases
from conformance.reporting.deviations import by_cause
from conformance.reporting.grid import Bar, Grid, grid_of
from conformance.reporting.headline import ClaimState
from conformance.reporting.model import build_report
from conformance.words import Verdict
from tests.reporting import sample

MODULE = "tf1-hub.load.tf1.module"


def grid(claims: Catalogue, releases: Releases, says: dict[str, Verdict], *, expected: bool = True) -> Grid:
    cells = [releases.cell(cell_id) for cell_id in says]
    claim = claims.claim_by_id[MODULE]
    rows = [
        sample.verdict(
            cell,
            claim,
            verdict=verdict,
            expected=expected or verdict is Verdict.AGREES,
            expectation=sample.HUB_GONE if expected and verdict is Verdict.CONTRADICTS else None,
        )
        for cell, verdict in zip(cells, says.values(), strict=True)
    ]
    report = build_report(sample.results(cells, map(sample.setting, cells), verdicts=rows), claims)
    return grid_of(report.claim_views(), axis_of(report.cells), by_cause(report.broken))


def bars(drawn: Grid) -> list[Bar]:
    (row,) = [row for row in drawn.rows if row.claim.id == MODULE]
    return [bar for bar in row.bars if bar.state is not ClaimState.NONE]


def test_hubs_that_disagree_are_some_settings_only_and_equal_neighbours_one_bar(
    claims: Catalogue, releases: Releases
) -> None:
    drawn = grid(
        claims,
        releases,
        {
            "tf1.14-hub0.9-tf1": Verdict.AGREES,
            "tf1.15-hub0.15-tf1": Verdict.AGREES,
            "tf1.15-hub0.16-tf1": Verdict.CONTRADICTS,
            "tf2.0-hub0.15-tf1-compat": Verdict.AGREES,
            "tf2.0-hub0.16-tf1-compat": Verdict.CONTRADICTS,
        },
    )
    assert [(bar.state, bar.when, bar.width, bar.notes) for bar in bars(drawn)] == [
        (ClaimState.HOLDS, "1.14", 1, ()),
        (ClaimState.PARTLY, "since 1.15", 2, (1,)),
    ]
    (note,) = drawn.footnotes
    assert (note.cause, note.anchor.startswith("cause-")) == (sample.HUB_GONE, True)


def test_a_release_that_was_not_run_ends_a_bar(claims: Catalogue, releases: Releases) -> None:
    agrees = dict.fromkeys(("tf2.0-hub0.15-tf1-compat", "tf2.2-hub0.15-tf1-compat"), Verdict.AGREES)
    assert [bar.when for bar in bars(grid(claims, releases, agrees))] == ["2.0", "2.2"]


def test_what_nobody_forecast_is_marked(claims: Catalogue, releases: Releases) -> None:
    (bar,) = bars(grid(claims, releases, {"tf2.0-hub0.15-tf1-compat": Verdict.CONTRADICTS}, expected=False))
    assert (bar.state, bar.surprising) == (ClaimState.BROKEN, True)


def test_what_was_planned_and_not_observed_is_shown_as_missing(claims: Catalogue, releases: Releases) -> None:
    cells = [releases.cell(cell_id) for cell_id in ("tf2.0-hub0.15-tf1-compat", "tf2.1-hub0.15-tf1-compat")]
    seen = sample.verdict(cells[0], claims.claim_by_id[MODULE])
    lost = {cells[1].id: "no record"}
    results = sample.results(cells, [sample.setting(cells[0])], (), [seen], lost)
    report = build_report(results, claims)
    drawn = grid_of(report.claim_views(), axis_of(report.cells), ())
    assert [(bar.state, bar.when) for bar in bars(drawn)] == [(ClaimState.HOLDS, "2.0"), (ClaimState.MISSING, "2.1")]
    assert report.subheading == "1 was not observed."
