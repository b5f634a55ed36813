from __future__ import annotations

import re
from pathlib import Path

from conformance.claims.catalogue import Catalogue
from conformance.environments.catalogue import Releases
from conformance.reporting import legend
from conformance.reporting.timeline import MarkState
from conformance.words import Format, Keras, Level, Operation, Outcome, Package, Verdict
from tests.reporting import sample

STYLE = Path(legend.__file__).with_name("templates") / "style.css"


def test_every_word_has_a_sign() -> None:
    assert set(legend.OUTCOMES) == set(Outcome)
    assert set(legend.STATES) == set(MarkState)
    assert {state.value for state in legend.STATES} >= {verdict.value for verdict in Verdict}
    assert set(legend.LEVELS) == set(Level)
    assert set(legend.FORMATS) == set(Format)
    assert set(legend.OPERATIONS) == set(Operation)
    assert set(legend.KERAS) == set(Keras)
    assert set(legend.PACKAGES) == set(Package)


def test_verdicts_and_outcomes_share_no_glyph() -> None:
    glyphs = [sign.glyph for signs in (legend.STATES, legend.OUTCOMES) for sign in signs.values() if sign.glyph]
    assert len(set(glyphs)) == len(glyphs)


def test_outcomes_have_no_colour_of_their_own() -> None:
    (rule,) = re.findall(r"^\.outcome\{(.*)\}$", STYLE.read_text(encoding="utf-8"), flags=re.MULTILINE)
    assert set(re.findall(r"var\(--([a-z-]+)\)", rule)) == {"line", "ink", "paper"}


def test_a_documented_rejection_reads_as_good_news(claims: Catalogue, releases: Releases) -> None:
    cell, claim = releases.cell("tf2.15-hub0.16-tf2"), claims.claim_by_id["tf1-hub.create.tf2"]
    row = sample.verdict(cell, claim, outcomes={"a": Outcome.REJECTED, "b": Outcome.REJECTED})
    assert legend.verdict_words(row) == "refused, as documented"
    gone = sample.verdict(cell, claim, outcomes={"a": Outcome.API_MISSING}, qualifier="unclear")
    assert legend.verdict_words(gone) == "unsupported, as documented (the error does not say so)"
