"""How often a pasted text is found again, and how often an unrelated one is taken for a known error."""

from __future__ import annotations

import re

import pytest

from conformance.explaining.alike import groups_of_alike
from conformance.explaining.explain import Doubt, Explainer
from conformance.explaining.index import Entry
from tests.explaining import pasted

# Errors of the unrelated texts that the probes of usual mistakes have met word for word since those texts were
# collected: what is said of them holds in any program, so they have to be found.
MET_SINCE = re.compile(
    r"module 'tensorflow' has no attribute '(app|contrib|layers|logging|placeholder|Session)'"
    r"|'SymbolicTensor' object has no attribute 'numpy'"
    r"|Binding inputs to tf\.function failed due to `too many positional arguments`"
    r"|The passed save_path is not a valid checkpoint"
    r"|This model has not yet been built"
    r"|You must compile your model before training/testing"
)


@pytest.fixture(scope="module")
def explainer() -> Explainer:
    return Explainer(pasted.index())


@pytest.mark.parametrize("name", ["tuning", "test", "programs"])
def test_at_least_95_of_100_pasted_texts_are_found(explainer: Explainer, name: str) -> None:
    programs = [one for one in pasted.programs() if one.expected]
    texts = programs if name == "programs" else [one for one in pasted.known() if one.set == name]
    missed = []
    for one in texts:
        match = explainer.explain(one.text).match
        if match is None or not re.search(one.expected, match.text):
            missed.append(f"{one.origin} ({one.altered}): {match.text[:80] if match else 'not known'}")
    assert len(texts) >= 40
    assert len(missed) <= 0.05 * len(texts), f"{len(missed)} of {len(texts)}:\n" + "\n".join(missed)


def test_at_least_95_of_100_texts_that_nothing_was_tuned_on_lead_to_the_right_cause(explainer: Explainer) -> None:
    texts = pasted.held_out()
    missed = []
    for one in texts:
        match = explainer.explain(one.text).match
        if match is None or not (is_same(one.error, match) or causes_of(match) & causes_of(*entries_of(one.error))):
            missed.append(f"{one.origin} ({one.altered}): {match.text[:80] if match else 'not known'}")
    assert len(texts) >= 60
    assert len(missed) <= 0.05 * len(texts), f"{len(missed)} of {len(texts)}:\n" + "\n".join(missed)


def is_same(error: str, entry: Entry) -> bool:
    return len(groups_of_alike([error, entry.text])) == 1


def entries_of(error: str) -> list[Entry]:
    return [entry for entry in pasted.index() if is_same(error, entry)]


def causes_of(*entries: Entry) -> set[str]:
    return {cause.cause for entry in entries for cause in entry.causes}


@pytest.mark.parametrize("name", ["unrelated", "held_out_unrelated", "programs"])
def test_fewer_than_5_of_100_unrelated_errors_are_taken_for_known_ones(explainer: Explainer, name: str) -> None:
    """Counted strictly: what reads like a known error word for word is a false match as well, unless it is doubted."""
    texts = [one for one in pasted.unrelated(name) if not MET_SINCE.search(one.text)]
    found = [
        (one.origin, known.doubt, known.match.text[:80])
        for one in texts
        if (known := explainer.explain(one.text)).match is not None
    ]
    sure = [one for one in found if one[1] is Doubt.NONE]
    assert len(texts) >= 40
    assert len(sure) < 0.05 * len(texts), f"{len(sure)} of {len(texts)}: {sure}"
    assert len(found) < 0.1 * len(texts), f"{len(found)} of {len(texts)}: {found}"


@pytest.mark.parametrize("name", ["unrelated", "held_out_unrelated", "programs"])
def test_an_error_that_a_probe_has_met_since_is_found(explainer: Explainer, name: str) -> None:
    texts = [one for one in pasted.unrelated(name) if MET_SINCE.search(one.text)]
    missed = []
    for one in texts:
        match = explainer.explain(one.text).match
        if match is None or not MET_SINCE.search(match.text):
            missed.append(f"{one.origin} ({one.altered}): {match.text[:80] if match else 'not known'}")
    assert texts
    assert not missed, "\n".join(missed)
