"""The rule is the table of the design brief, written out here by hand, and three properties that it must have."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conformance.judging.verdicts import Control, counted, reach_verdict
from conformance.words import Level, Outcome, Verdict

POSITIVE = (Level.FULLY_SUPPORTED, Level.SUPPORTED, Level.RECOMMENDED)
GREEN = Control("load", green=True)
RED = Control("load", green=False)

COLUMNS = [
    *("works", "degraded", "rejected", "api-missing", "failed", "wrong-values", "crashed"),
    *("timed-out", "blocked", "unavailable"),
]
OPEN = " inconclusive inconclusive inconclusive"
HOLDS = "agrees contradicts/minor contradicts contradicts contradicts contradicts contradicts" + OPEN
TABLE = {
    "fully-supported": HOLDS,
    "supported": HOLDS,
    "recommended": HOLDS,
    "conditional": "agrees agrees/noted contradicts contradicts contradicts contradicts contradicts" + OPEN,
    "not-supported": "exceeds exceeds/hazard agrees agrees agrees/unclear agrees/dangerous agrees/dangerous" + OPEN,
}
ENTRIES = [
    pytest.param(row, column, expected, id=f"{row}: {column}")
    for row, cells in TABLE.items()
    for column, expected in zip(COLUMNS, cells.split(), strict=True)
]

outcome_lists = st.lists(st.sampled_from(Outcome), max_size=5)
controls = st.sampled_from([None, GREEN, RED])


@pytest.mark.parametrize(("row", "column", "expected"), ENTRIES)
def test_one_outcome_gives_the_verdict_of_the_table(row: str, column: str, expected: str) -> None:
    judgement = reach_verdict(Level(row), [Outcome(column)], control=GREEN)

    assert (judgement.verdict.value, judgement.qualifier) == (expected.partition("/")[0], expected.partition("/")[2])


@pytest.mark.parametrize(
    ("level", "outcomes", "expected"),
    [
        # The worst outcome decides.
        (Level.SUPPORTED, "works works failed", "contradicts"),
        (Level.SUPPORTED, "works degraded", "contradicts/minor"),
        (Level.SUPPORTED, "degraded wrong-values", "contradicts"),
        (Level.CONDITIONAL, "works degraded", "agrees/noted"),
        # A contradiction stands, whatever could not be observed beside it; agreement does not.
        (Level.SUPPORTED, "rejected blocked", "contradicts"),
        (Level.SUPPORTED, "degraded timed-out", "contradicts/minor"),
        (Level.SUPPORTED, "works unavailable", "inconclusive"),
        (Level.CONDITIONAL, "degraded blocked", "inconclusive"),
        # What works cannot be unsupported, whatever failed beside it.
        (Level.NOT_SUPPORTED, "rejected works", "exceeds"),
        (Level.NOT_SUPPORTED, "works degraded wrong-values", "exceeds/hazard"),
        (Level.NOT_SUPPORTED, "works blocked", "exceeds"),
        (Level.NOT_SUPPORTED, "rejected timed-out", "inconclusive"),
        (Level.NOT_SUPPORTED, "rejected failed", "agrees/unclear"),
        (Level.NOT_SUPPORTED, "failed crashed api-missing", "agrees/dangerous"),
    ],
)
def test_several_outcomes(level: Level, outcomes: str, expected: str) -> None:
    judgement = reach_verdict(level, [Outcome(word) for word in outcomes.split()], control=GREEN)

    assert (judgement.verdict.value, judgement.qualifier) == (expected.partition("/")[0], expected.partition("/")[2])


@pytest.mark.parametrize("level", Level)
def test_nothing_observed_concludes_nothing(level: Level) -> None:
    assert reach_verdict(level, [], control=GREEN) == (Verdict.INCONCLUSIVE, "", "no probe was observed")


@pytest.mark.parametrize("control", [None, RED])
@pytest.mark.parametrize("outcome", ["rejected", "api-missing", "failed", "wrong-values", "crashed"])
def test_no_failure_counts_as_agreement_without_a_green_control(control: Control | None, outcome: str) -> None:
    not_supported = reach_verdict(Level.NOT_SUPPORTED, [Outcome(outcome)], control=control)

    assert (not_supported.verdict, not_supported.qualifier) == (Verdict.INCONCLUSIVE, "")
    assert "control" in not_supported.why
    assert "green" in not_supported.why


def test_the_control_that_is_not_green_is_named() -> None:
    judgement = reach_verdict(Level.NOT_SUPPORTED, [Outcome.REJECTED], control=RED)

    assert judgement.why == "the probe met a deliberate error, but the control load is not green"


def test_what_works_though_not_supported_needs_no_control() -> None:
    assert reach_verdict(Level.NOT_SUPPORTED, [Outcome.WORKS], control=RED).verdict is Verdict.EXCEEDS


@pytest.mark.parametrize("level", POSITIVE)
def test_a_positive_claim_needs_no_control(level: Level) -> None:
    assert reach_verdict(level, [Outcome.WORKS], control=None).verdict is Verdict.AGREES


@pytest.mark.parametrize("outcome", Outcome)
@pytest.mark.parametrize("attempt", [1, 2])
def test_only_a_time_out_that_repeats_counts_as_something_else(outcome: Outcome, attempt: int) -> None:
    repeated = outcome is Outcome.TIMED_OUT and attempt == 2
    assert counted(outcome, attempt) is (Outcome.FAILED if repeated else outcome)


@pytest.mark.parametrize(
    ("outcomes", "why"),
    [
        ("works", "the probe worked"),
        ("works works", "both probes worked"),
        ("failed failed failed", "all 3 probes failed"),
        ("works rejected works", "of 3 probes, 1 met a deliberate error and 2 worked"),
        ("works wrong-values degraded", "of 3 probes, 1 gave wrong values, 1 ran but lost something and 1 worked"),
    ],
)
def test_the_reason_counts_what_was_observed_worst_first(outcomes: str, why: str) -> None:
    assert reach_verdict(Level.SUPPORTED, [Outcome(word) for word in outcomes.split()]).why == why


@given(st.sampled_from(Level), outcome_lists, controls)
def test_every_combination_has_a_verdict_and_a_reason(
    level: Level, outcomes: list[Outcome], control: Control | None
) -> None:
    judgement = reach_verdict(level, outcomes, control=control)

    assert judgement.verdict in Verdict
    assert judgement.why
    assert judgement.verdict is not (Verdict.CONTRADICTS if level is Level.NOT_SUPPORTED else Verdict.EXCEEDS)


@given(st.sampled_from(Level), outcome_lists.flatmap(lambda o: st.tuples(st.just(o), st.permutations(o))))
def test_the_order_of_the_probes_does_not_matter(level: Level, orders: tuple[list[Outcome], list[Outcome]]) -> None:
    one, other = (reach_verdict(level, order, control=GREEN) for order in orders)
    assert one == other


# Written out here, not imported: how bad what was observed is. What was not observed is neither better nor worse.
WORSE_AND_WORSE = ["works", "degraded", "rejected", "api-missing", "failed", "crashed", "wrong-values"]
BADNESS = {Verdict.AGREES: 0, Verdict.INCONCLUSIVE: 1, Verdict.CONTRADICTS: 2}


@given(
    st.sampled_from([*POSITIVE, Level.CONDITIONAL]),
    outcome_lists,
    st.lists(st.integers(0, len(WORSE_AND_WORSE) - 1), min_size=2, max_size=2).map(sorted),
)
def test_a_worse_outcome_never_improves_the_verdict_on_a_positive_claim(
    level: Level, others: list[Outcome], better_and_worse: list[int]
) -> None:
    better, worse = (
        reach_verdict(level, [*others, Outcome(WORSE_AND_WORSE[index])]).verdict for index in better_and_worse
    )
    assert BADNESS[worse] >= BADNESS[better]


@given(st.sampled_from([*POSITIVE, Level.CONDITIONAL]), outcome_lists.filter(bool), st.sampled_from(Outcome))
def test_one_more_probe_never_improves_the_verdict_on_a_positive_claim(
    level: Level, outcomes: list[Outcome], one_more: Outcome
) -> None:
    assert (
        BADNESS[reach_verdict(level, [*outcomes, one_more]).verdict] >= BADNESS[reach_verdict(level, outcomes).verdict]
    )
