"""The corrected page: the page's layout, and nothing in it that a verdict does not say."""

from __future__ import annotations

import re

import pytest

from conformance.claims.catalogue import Catalogue
from conformance.environments.catalogue import Releases
from conformance.reporting.corrected import Phrase, Statement, render_markdown, render_page, statements_of
from conformance.reporting.model import Report, build_report
from conformance.reporting.timeline import MarkState
from conformance.results import ExpectationRow
from conformance.words import Package, Verdict
from tests.reporting import sample


def statement(report: Report, claim: str) -> Statement:
    (one,) = [one for place in report.places for one in statements_of(place) if one.claim == claim]
    return one


def test_a_claim_that_holds_everywhere_is_put_as_the_page_puts_it(report: Report) -> None:
    compat = statement(report, "compat-mode")
    assert compat.subject == compat.says
    held, missing = compat.phrases  # one cell has no record: nothing is claimed of it
    assert (held.state, held.word) == (MarkState.AGREES, "Supported")
    assert missing == Phrase(MarkState.MISSING, "Not observed", "on TensorFlow nightly with TF_USE_LEGACY_KERAS=1")
    assert compat.evidence == "index.html#claim-compat-mode"


def test_a_claim_that_no_longer_holds_says_until_when_since_when_why_and_what_instead(report: Report) -> None:
    fit = statement(report, "tf2-savedmodel.fine-tune.tf1.fit")
    assert fit.subject.startswith("The page says: ")
    held, broken, _ = fit.phrases
    assert (held.word, held.state) == ("Supported on a condition", MarkState.AGREES)
    assert held.where.startswith("on TensorFlow 1.15 to 2.15 with the default Keras; ")
    assert (broken.word, broken.where) == ("Does not work", "since TensorFlow 2.16 with the default Keras")
    assert broken.cause == sample.KERAS3.reason
    assert broken.instead == (sample.KERAS3.instead,)


def test_the_hub_that_removed_something_is_named_and_tensorflow_is_not_blamed(report: Report) -> None:
    _, broken = statement(report, "tf1-hub.load.tf1.module").phrases
    assert broken.where == "since TensorFlow 1.15 with tensorflow_hub 0.16"


def test_what_several_ways_say_alike_is_said_once(report: Report) -> None:
    one = statement(report, "tf1-hub.fine-tune.tf2")
    refused = [phrase for phrase in one.phrases if phrase.word == "Not supported"]
    hazard = next(phrase for phrase in one.phrases if phrase.state is MarkState.EXCEEDS)
    assert refused
    assert hazard.word == "Runs, but silently loses something: do not rely on it"
    assert len(hazard.ways) == 1  # it is true of this way of trying it only


@pytest.mark.parametrize(
    ("claim", "verdict", "qualifier", "word"),
    [
        ("tf1-hub.load.tf2.hub-load", Verdict.AGREES, "", "Recommended"),
        ("tf1-hub.load.tf2.hub-load", Verdict.CONTRADICTS, "", "Does not work"),
        ("tf1-hub.load.tf2.hub-load", Verdict.CONTRADICTS, "minor", "Runs, but loses something"),
        ("tf1-hub.load.tf2.hub-load", Verdict.INCONCLUSIVE, "", "Not settled"),
        ("tf1-hub.create.tf2", Verdict.AGREES, "", "Not supported"),
        ("tf1-hub.create.tf2", Verdict.AGREES, "unclear", "Not supported (though no clear error says so)"),
        (
            "tf1-hub.create.tf2",
            Verdict.AGREES,
            "dangerous",
            "Not supported (and fails by a crash or by wrong values)",
        ),
        ("tf1-hub.create.tf2", Verdict.EXCEEDS, "", "Works, without being promised"),
    ],
)
def test_every_verdict_has_its_words(
    claims: Catalogue, releases: Releases, claim: str, verdict: Verdict, qualifier: str, word: str
) -> None:
    cell, claim_of_page = releases.cell("tf2.15-hub0.16-tf2"), claims.claim_by_id[claim]
    way = next(iter(claim_of_page.ways), "")
    row = sample.verdict(cell, claim_of_page, way=way, verdict=verdict, qualifier=qualifier, expected=False)
    report = build_report(sample.results([cell], [sample.setting(cell)], verdicts=[row]), claims)
    said = [phrase.word for phrase in statement(report, claim).phrases]
    assert word in said


def test_a_deviation_that_nobody_reviewed_has_no_made_up_cause(claims: Catalogue, releases: Releases) -> None:
    cell, claim_of_page = releases.cell("tf2.15-hub0.16-tf2"), claims.claim_by_id["tf1-hub.load.tf2.hub-load"]
    row = sample.verdict(cell, claim_of_page, verdict=Verdict.CONTRADICTS, expected=False)
    report = build_report(sample.results([cell], [sample.setting(cell)], verdicts=[row]), claims)
    (phrase,) = statement(report, claim_of_page.id).phrases
    assert (phrase.cause, phrase.instead) == ("nobody has reviewed why", ())


def test_both_forms_have_the_page_s_layout_and_lead_to_the_evidence_of_every_claim(report: Report) -> None:
    markdown, page = render_markdown(report), render_page(report)
    for heading in ("Compatibility of the TF1 Hub format", "Compatibility of TF2 SavedModel"):
        assert f"## {heading}" in markdown
        assert f"<h2>{heading}</h2>" in page
    for row in ("Loading / Inference", "Fine-tuning", "Creation"):
        assert len(re.findall(rf"^\| {re.escape(row)} \|", markdown, re.MULTILINE)) == 2
        assert page.count(f'<th scope="row">{row}</th>') == 2
    for view in report.claim_views():
        assert f"(index.html#claim-{view.claim.id})" in markdown
        assert f'href="index.html#claim-{view.claim.id}"' in page
    assert all(line.count(" | ") == 2 for line in markdown.splitlines() if line.startswith("| "))
    assert "[1] Importing tensorflow.compat.v1" in markdown


def test_foreign_text_stays_text(claims: Catalogue, releases: Releases) -> None:
    cell, claim_of_page = releases.cell("tf2.15-hub0.16-tf2"), claims.claim_by_id["tf1-hub.load.tf2.hub-load"]
    hostile = ExpectationRow("x", Package.HUB, f"{sample.HOSTILE} | *bold* [link](javascript:1)", (), "", "2027-01-01")
    row = sample.verdict(cell, claim_of_page, verdict=Verdict.CONTRADICTS, expectation=hostile)
    report = build_report(sample.results([cell], [sample.setting(cell)], verdicts=[row]), claims)
    for text in (render_markdown(report), render_page(report)):
        assert sample.HOSTILE not in text
        assert "&lt;script&gt;" in text
    assert r"\| \*bold\* \[link\]" in render_markdown(report)
