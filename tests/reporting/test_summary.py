from __future__ import annotations

import re

from conformance.claims.catalogue import Catalogue
from conformance.environments.catalogue import Releases
from conformance.markdown import code, text
from conformance.reporting.model import Report, build_report
from conformance.reporting.summary import LIMIT, render_summary
from conformance.words import Verdict
from tests.reporting import sample


def test_it_starts_with_the_headline_and_what_needs_attention(report: Report) -> None:
    lines = render_summary(report).splitlines()
    assert lines[2].startswith(f"**{report.headline}**")
    headings = [line for line in lines if line.startswith("## ")]
    assert headings[:2] == ["## Needs attention", "## Documented claims, per release"]
    assert "## What could not be observed" in headings


def test_tables_are_whole(report: Report) -> None:
    rows = [line for line in render_summary(report).splitlines() if line.startswith("|")]
    assert {line.replace("\\|", "").count("|") for line in rows} == {5, 8}


def test_a_broken_claim_says_since_when_and_until_when(report: Report) -> None:
    assert "default Keras: since 2.16, held through 2.15" in render_summary(report)


def test_what_to_do_instead_is_reported_with_how_far_it_is_proved(report: Report) -> None:
    summary = render_summary(report)
    assert "| Set TF\\_USE\\_LEGACY\\_KERAS=1 before importing TensorFlow. |" in summary
    assert re.search(r"\| Stay on tensorflow\\_hub 0.15. \(\d+ of \d+ cells\) \|", summary)
    assert "Use hub.load" not in summary  # the expectation says so, and no probe of this run proves it


def test_what_the_guides_add_has_a_section_of_its_own(claims: Catalogue, releases: Releases) -> None:
    both, cell = sample.with_companion(claims), releases.cell("tf2.15-hub0.15-tf1-compat")
    rows = [sample.verdict(cell, both.claims[-1], verdict=Verdict.CONTRADICTS)]
    summary = render_summary(build_report(sample.results([cell], [sample.setting(cell)], verdicts=rows), both))
    assert "## What the guides add that does not hold" in summary
    assert "## What no longer holds" not in summary


def test_foreign_text_stays_text() -> None:
    assert text("<script>\n| *x* `y` [a](b)") == "&lt;script&gt; \\| \\*x\\* \\`y\\` \\[a\\](b)"
    assert code("a`b``c|d") == "``` a`b``c\\|d ```"
    assert code("plain") == "`plain`"


def test_a_long_list_is_cut_and_says_so(claims: Catalogue, releases: Releases) -> None:
    cells = releases.cells
    rows = [
        sample.verdict(cell, claim, verdict=Verdict.CONTRADICTS, expected=False, standing="literal", way=f"w{number}")
        for number, cell in enumerate(cells[: LIMIT + 5])
        for claim in claims.claims[:1]
    ]
    summary = render_summary(build_report(sample.results(cells, verdicts=rows), claims))
    assert "more: see index.html" in summary
    assert len(summary) < 60_000
