"""Advice is given for what its proof does: loading is no substitute for fine-tuning, nor the other way round."""

from __future__ import annotations

import pytest

from conformance.environments.catalogue import Cell
from conformance.judging.advice import Advice
from conformance.judging.fitting import with_fitting_advice
from conformance.words import Keras, Outcome
from tests.judging.cases import CLAIMS, KERAS3, LEGACY, expectation, judged, record, seen, verdict_on

FAILS = seen("load.fails", Outcome.FAILED)


@pytest.mark.parametrize(
    ("advice", "claim", "where", "given"),
    [
        (Advice("Load it otherwise.", probes=("other",)), "load", KERAS3, True),
        (Advice("Tune it.", probes=("other",)), "tune", KERAS3, False),
        (Advice("Set it.", keras=Keras.LEGACY), "load", LEGACY, True),  # the very probe works there
    ],
)
def test_advice_fits_the_operation_of_the_claim(advice: Advice, claim: str, where: Cell, *, given: bool) -> None:
    proof = seen("load.fails" if where is LEGACY else "other", claim=claim, way="tape" if claim == "tune" else "")
    records = [record(KERAS3, FAILS, proof)] if where is KERAS3 else [record(KERAS3, FAILS), record(LEGACY, proof)]
    results = judged(*records, expectations=[expectation(instead=(advice,), tf=">=2.16")])
    assert [one.do for one in verdict_on(results, "load", cell=KERAS3).instead] == [advice.do]  # proved, in any case
    fitting = verdict_on(with_fitting_advice(results, CLAIMS), "load", cell=KERAS3)
    assert [one.do for one in fitting.instead] == ([advice.do] if given else [])
