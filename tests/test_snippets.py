from __future__ import annotations

import pytest

from conformance.claims.catalogue import Catalogue
from conformance.snippets import SNIPPETS, Snippet, program, snippet_for
from conformance.words import Keras, Level, Mode, Operation, Source


def test_every_promised_call_of_the_page_has_a_program(claims: Catalogue) -> None:
    promised = [
        claim.id
        for claim in claims.claims
        if claim.source is Source.PAGE
        and claim.level is not Level.NOT_SUPPORTED
        and claims.place_of(claim).operation is not Operation.MODE
        and not claims.place_of(claim).id.endswith(".note")
    ]
    assert promised
    assert [claim for claim in promised if snippet_for(claim, "") is None] == []


def test_each_names_a_claim_and_one_of_its_ways(claims: Catalogue) -> None:
    assert len({snippet.id for snippet in SNIPPETS}) == len(SNIPPETS)
    for snippet in SNIPPETS:
        assert snippet.way in claims.claim_by_id[snippet.claim].ways_or_itself()


@pytest.mark.parametrize("snippet", SNIPPETS, ids=lambda snippet: snippet.id)
def test_it_is_valid_python_that_sets_its_mode_up_first(snippet: Snippet) -> None:
    for mode in Mode:
        text = program(snippet, mode, Keras.LEGACY)
        compile(text, snippet.id, "exec")
        assert text.index("TF_USE_LEGACY_KERAS") < text.index("import tensorflow")
    assert "disable_v2_behavior" in program(snippet, Mode.TF1_COMPAT, Keras.BUNDLED)
