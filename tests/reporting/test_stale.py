"""A stale expectation is good news, with what to do about it."""

from __future__ import annotations

import msgspec

from conformance.claims.catalogue import Catalogue
from conformance.environments.catalogue import Releases
from conformance.judging.expectations import EXPECTATIONS_FOLDER
from conformance.reporting.html import render_html
from conformance.reporting.junit import render_junit
from conformance.reporting.model import build_report
from conformance.reporting.stale import FOLDER, good_news
from conformance.reporting.summary import render_summary
from conformance.results import Results, StaleExpectation
from conformance.running.places import ROOT
from conformance.words import Verdict
from tests.reporting import sample

GONE, STILL = "tf2.15-hub0.15-tf2", "tf2.15-hub0.16-tf2"


def run(claims: Catalogue, releases: Releases, *, still: bool) -> Results:
    cells = [releases.cell(GONE), releases.cell(STILL)]
    claim = claims.claim_by_id["tf1-hub.load.tf2.hub-load"]
    met = {"verdict": Verdict.CONTRADICTS, "expectation": sample.KERAS3} if still else {}
    verdicts = [sample.verdict(cells[0], claim), sample.verdict(cells[1], claim, **met)]
    stale = StaleExpectation("keras3-layer", (GONE,), "agrees: the probe worked")
    return msgspec.structs.replace(
        sample.results(cells, [sample.setting(cell) for cell in cells], (), verdicts), stale_expectations=(stale,)
    )


def test_the_folder_that_is_named_is_the_one_that_is_read() -> None:
    assert ROOT / FOLDER == EXPECTATIONS_FOLDER


def test_one_that_comes_true_nowhere_is_to_be_removed(claims: Catalogue, releases: Releases) -> None:
    (news,) = good_news(run(claims, releases, still=False))
    assert (news.id, news.cells) == ("keras3-layer", (GONE,))
    assert news.what.startswith("Good news:")
    assert news.remedy.startswith("It comes true nowhere in this run: remove it from conformance/judging/expect")


def test_one_that_comes_true_elsewhere_is_to_be_narrowed(claims: Catalogue, releases: Releases) -> None:
    (news,) = good_news(run(claims, releases, still=True))
    assert news.remedy == f"It still comes true in 1 other cell: narrow it in {FOLDER}."


def test_every_output_names_it_and_its_folder(claims: Catalogue, releases: Releases) -> None:
    report = build_report(run(claims, releases, still=True), claims)
    for output in (
        render_html(report),
        render_summary(report).replace("\\_", "_"),
        render_junit(report).decode(),
    ):
        assert "keras3-layer" in output
        assert "Good news" in output
        assert FOLDER in output
