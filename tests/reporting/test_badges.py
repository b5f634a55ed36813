"""Badges: what shields.io's endpoint reads, one per column of the page."""

from __future__ import annotations

import json

import pytest

from conformance.claims.catalogue import Catalogue
from conformance.environments.catalogue import Releases
from conformance.reporting.badges import Badge, badge_files, badges_of
from conformance.reporting.model import Report, build_report
from conformance.words import Verdict
from tests.reporting import sample


def test_each_column_has_one_and_the_page_as_a_whole(report: Report) -> None:
    badges = badges_of(report)
    assert set(badges) == {
        "page",
        "tf1-hub.tf1",
        "tf1-hub.tf2",
        "tf2-savedmodel.tf1",
        "tf2-savedmodel.tf2",
        "compat-mode",
    }
    assert badges["page"] == Badge(1, "TF Hub compatibility page", "13 of 22 hold on 2.21", "red")


def test_a_file_has_what_the_endpoint_asks_for(report: Report) -> None:
    files = dict(badge_files(report))
    assert json.loads(files["compat-mode.json"]) == {
        "schemaVersion": 1,
        "label": "TF1 compat mode",
        "message": "1 of 1 hold on 2.21",
        "color": "brightgreen",
    }


@pytest.mark.parametrize(
    ("verdicts", "message", "colour"),
    [
        ([], "not observed", "lightgrey"),
        ([Verdict.AGREES], "1 of 1 hold on 2.15", "brightgreen"),
        ([Verdict.AGREES, Verdict.CONTRADICTS], "0 of 1 hold on 2.15", "yellow"),  # in one setting only
        ([Verdict.CONTRADICTS], "0 of 1 hold on 2.15", "red"),
        ([Verdict.EXCEEDS], "0 of 1 hold on 2.15", "blue"),
        ([Verdict.INCONCLUSIVE], "0 of 1 hold on 2.15", "lightgrey"),
    ],
)
def test_numbers_and_colour_say_the_same(
    claims: Catalogue, releases: Releases, verdicts: list[Verdict], message: str, colour: str
) -> None:
    claim = claims.claim_by_id["compat-mode"]
    cells = [releases.cell(f"tf2.15-hub0.{hub}-tf1-compat") for hub in (15, 16)][: max(len(verdicts), 1)]
    rows = [sample.verdict(cell, claim, verdict=verdict) for cell, verdict in zip(cells, verdicts, strict=False)]
    run = sample.results(cells, [sample.setting(cell) for cell in cells], verdicts=rows)
    badge = badges_of(build_report(run, claims))["compat-mode"]
    assert (badge.message, badge.color) == (message, colour)
