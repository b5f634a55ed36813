"""How often a pasted text is found again, and how often an unrelated one is taken for a known error."""

from __future__ import annotations

import re

import pytest

from conformance.explaining.explain import Explainer
from tests.explaining import pasted


@pytest.fixture(scope="module")
def explainer() -> Explainer:
    return Explainer(pasted.index())


@pytest.mark.parametrize("name", ["tuning", "test"])
def test_at_least_95_of_100_pasted_texts_are_found(explainer: Explainer, name: str) -> None:
    texts = [one for one in pasted.known() if one.set == name]
    missed = []
    for one in texts:
        match = explainer.explain(one.text).match
        if match is None or not re.search(one.expected, match.text):
            missed.append(f"{one.origin} ({one.altered}): {match.text[:80] if match else 'not known'}")
    assert len(texts) >= 40
    assert len(missed) <= 0.05 * len(texts), f"{len(missed)} of {len(texts)}:\n" + "\n".join(missed)


def test_fewer_than_5_of_100_unrelated_errors_are_taken_for_known_ones(explainer: Explainer) -> None:
    texts = pasted.unrelated()
    found = [(one.origin, match.text[:80]) for one in texts if (match := explainer.explain(one.text).match)]
    assert len(texts) >= 40
    assert len(found) < 0.05 * len(texts), f"{len(found)} of {len(texts)}: {found}"
