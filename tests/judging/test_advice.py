"""What to do instead is given only where the run's own observations prove it: a rule, and a test, for each key."""

from __future__ import annotations

import pytest

from conformance.environments.catalogue import Cell
from conformance.evidence import Observation, Record, Unavailable
from conformance.judging.advice import Advice
from conformance.results import Instead
from conformance.words import Keras, Mode, Operation, Outcome, Standing, Verdict
from tests.judging.cases import COMPAT, KERAS3, LEGACY, TF2, expectation, judged, record, seen, verdict_on

FAILS = seen("load.fails", Outcome.FAILED)
FIXED = seen("load.fails")


def proved(advice: Advice | str, *records: Record, here: Cell = KERAS3) -> tuple[Instead, ...]:
    """What the verdict on `load` in the cell `here`, which contradicts as forecast, says to do instead."""
    instead = advice if isinstance(advice, str) else (advice,)
    forecast = expectation(instead=instead, tf=">=2.16")
    results = judged(*records, expectations=[forecast], operations=[Operation.LOAD])
    row = verdict_on(results, "load", cell=here)
    assert (row.verdict, row.expected) == (Verdict.CONTRADICTS, True)
    return row.instead


def there(*observations: Observation) -> Record:
    return record(LEGACY, *observations)


def test_in_a_sibling_cell_the_very_probes_that_deviate_prove_it() -> None:
    (one,) = proved(Advice("Set it.", keras=Keras.LEGACY), record(KERAS3, FAILS), there(FIXED))
    assert one == Instead(do="Set it.", cell=LEGACY.id, probes=("load.fails",))


def test_in_the_very_cell_named_claims_prove_it() -> None:
    other = seen("tune.tape", claim="tune", way="tape")
    (one,) = proved(Advice("Tune it.", claims=("tune",)), record(KERAS3, FAILS, other))
    assert one == Instead(do="Tune it.", cell=KERAS3.id, probes=("tune.tape",))


@pytest.mark.parametrize(
    ("advice", "sibling"),
    [
        (Advice("Older TensorFlow.", tf="2.15"), TF2),  # where no Keras was a choice, the bundled one is meant
        (Advice("Compat mode.", tf="2.15", mode=Mode.TF1_COMPAT), COMPAT),
        (Advice("All named.", tf="2.15", hub="0.16", mode=Mode.TF2, keras=Keras.BUNDLED), TF2),
    ],
    ids=lambda each: each.do if isinstance(each, Advice) else each.id,
)
def test_the_sibling_differs_in_what_is_named_and_in_nothing_else(advice: Advice, sibling: Cell) -> None:
    (one,) = proved(advice, record(KERAS3, FAILS), record(sibling, FIXED), there(FIXED))
    assert one.cell == sibling.id


def test_advice_in_one_sentence_is_not_given_for_nothing_proves_it() -> None:
    assert proved("Use the legacy Keras.", record(KERAS3, FAILS), there(FIXED)) == ()


@pytest.mark.parametrize(
    "sibling",
    [
        there(FAILS),
        there(seen("load.fails", Outcome.DEGRADED)),  # what loses something is no way out
        there(seen("load.other")),  # what deviates here was not tried there
        there(),
        record(LEGACY, unavailable=Unavailable("install", "No wheel.")),
        record(TF2, FIXED),  # another cell than the one named
    ],
    ids=["fails", "degraded", "not tried", "nothing observed", "unavailable", "elsewhere"],
)
def test_what_is_not_proved_in_the_sibling_is_not_given(sibling: Record) -> None:
    assert proved(Advice("Set it.", keras=Keras.LEGACY), record(KERAS3, FAILS), sibling) == ()


def test_all_that_is_to_prove_it_has_to_work() -> None:
    advice = Advice("Tune it.", claims=("tune",))
    works, fails = seen("a", claim="tune", way="tape"), seen("b", Outcome.FAILED, claim="tune", way="fit")
    assert proved(advice, record(KERAS3, FAILS, works, fails)) == ()


@pytest.mark.parametrize(
    ("advice", "proofs"),
    [
        (Advice("One way.", claims=("tune",), way="tape"), ("tune.tape",)),
        (Advice("Implied.", claims=("tune",), standing=Standing.IMPLIED), ("tune.implied",)),
        (Advice("By name.", probes=("tune.tape",)), ("tune.tape",)),
        (Advice("By pattern.", probes=("tune.[ti]*",)), ("tune.tape", "tune.implied")),
        (Advice("Both.", claims=("tune",), probes=("tune.ta*",)), ("tune.tape",)),
        (Advice("Another claim.", claims=("fit",)), None),
    ],
    ids=lambda each: each.do if isinstance(each, Advice) else "",
)
def test_the_proof_is_narrowed_by_whatever_is_named(advice: Advice, proofs: tuple[str, ...] | None) -> None:
    observed = (
        FAILS,
        seen("tune.tape", claim="tune", way="tape"),
        seen("tune.fit", Outcome.REJECTED, claim="tune", way="fit"),
        seen("tune.implied", claim="tune", standing=Standing.IMPLIED),
    )
    found = proved(advice, record(KERAS3, *observed))
    assert [one.probes for one in found] == ([proofs] if proofs else [])


def test_a_verdict_that_nobody_forecast_has_no_advice() -> None:
    forecast = expectation(instead=(Advice("Set it.", keras=Keras.LEGACY),), outcomes=(Outcome.API_MISSING,))
    results = judged(record(KERAS3, FAILS), there(FIXED), expectations=[forecast], operations=[Operation.LOAD])
    assert verdict_on(results, "load", cell=KERAS3).instead == ()
