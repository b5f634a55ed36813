from __future__ import annotations

from collections.abc import Callable, Collection

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conformance.bisecting.environment_tester import Attempt
from conformance.bisecting.guilt import Ask, Effect, Guilt, PartSwap, effect_of, find_guilt, most_swaps
from conformance.bisecting.hybrids import EnvironmentPart
from conformance.bisecting.question import Finding
from conformance.words import Outcome
from tests.bisecting.fakes import BAD, ELSE, GOOD

ALL = tuple(EnvironmentPart)
TF, KERAS, HUB, PYTHON, REST = ALL


class Hybrids:
    """What hybrids show: `causes` are the sets of parts each of which breaks it; `gaps` says which cannot be tried."""

    def __init__(
        self, *causes: Collection[EnvironmentPart], gaps: Callable[[frozenset[EnvironmentPart]], bool] = lambda _: False
    ) -> None:
        self.causes = [frozenset(cause) for cause in causes]
        self.gaps = gaps
        self.asked: set[frozenset[EnvironmentPart]] = set()

    def __call__(self, parts: Collection[EnvironmentPart]) -> PartSwap:
        chosen = frozenset(parts)
        self.asked.add(chosen)
        found = None if self.gaps(chosen) else BAD if any(cause <= chosen for cause in self.causes) else GOOD
        attempt = Attempt("a hybrid", "cell", 1, found, gap="" if found else f"{len(chosen)} do not import.")
        return PartSwap(tuple(chosen), effect_of(attempt, GOOD, BAD), attempt)


def blamed(guilt: Guilt) -> tuple[set[EnvironmentPart], bool]:
    return set(guilt.guilty), guilt.together


FOR_ANOTHER_REASON = Finding(Outcome.API_MISSING, "ImportError: of its own", {"a.probe": Outcome.API_MISSING})


@pytest.mark.parametrize(
    ("found", "expected"),
    [
        (BAD, Effect.AS_BAD),
        (GOOD, Effect.AS_GOOD),
        (ELSE, Effect.OTHER),
        (None, Effect.NOT_TRIED),
        (FOR_ANOTHER_REASON, Effect.OTHER),
    ],
)
def test_what_a_hybrid_is_like(found: Finding | None, expected: Effect) -> None:
    assert effect_of(Attempt("a hybrid", "cell", 1, found), GOOD, BAD) is expected


def test_one_that_breaks_it_alone_is_guilty_and_taking_it_out_mends_it() -> None:
    guilt = find_guilt(ALL, Hybrids([HUB]))

    assert blamed(guilt) == ({HUB}, False)
    assert "tensorflow_hub alone breaks the last good." in guilt.why
    assert "Taking tensorflow_hub out of the first bad fixes it." in guilt.why


def test_what_is_certain_is_not_looked_into_any_further() -> None:
    hybrids = Hybrids([TF])

    find_guilt(ALL, hybrids)

    assert hybrids.asked == {frozenset([TF]), frozenset(ALL) - {TF}}


def test_two_that_each_break_it_are_both_guilty_and_taking_out_one_is_reported_not_to_fix_it() -> None:
    guilt = find_guilt(ALL, Hybrids([HUB], [TF]))

    assert blamed(guilt) == ({HUB, TF}, False)
    assert "each of them" in guilt.why
    assert "something else breaks it too" in guilt.why


def test_two_that_break_it_together_are_guilty_together() -> None:
    guilt = find_guilt(ALL, Hybrids([HUB, KERAS]))

    assert blamed(guilt) == ({HUB, KERAS}, True)


def test_a_part_that_does_not_fit_alone_is_tried_with_those_that_change_nothing() -> None:
    """As TensorFlow 2.16, which does not import with the Keras of 2.15, and 2.15 not with the Python of 2.16."""

    def does_not_import(parts: frozenset[EnvironmentPart]) -> bool:
        return (TF in parts and KERAS not in parts) or (PYTHON in parts and TF not in parts)

    guilt = find_guilt((TF, KERAS, PYTHON, REST), Hybrids([TF], gaps=does_not_import))

    assert blamed(guilt) == ({TF}, False)
    assert "With keras and the rest of the lock of the first bad it still is as in the last good" in guilt.why
    assert "tensorflow alone could not be seen: 1 do not import." in guilt.why


def test_the_last_part_that_is_left_is_guilty_though_no_hybrid_with_it_imports() -> None:
    guilt = find_guilt((TF, HUB), Hybrids([TF], gaps=lambda parts: TF in parts))

    assert blamed(guilt) == ({TF}, False)


def test_where_too_little_imports_nobody_is_guilty() -> None:
    guilt = find_guilt((TF, KERAS, HUB), Hybrids([TF], gaps=lambda parts: parts != {HUB}))

    assert blamed(guilt) == (set(), False)
    assert "It is not tensorflow_hub." in guilt.why
    assert "cannot be distinguished" in guilt.why


def test_what_could_not_be_seen_of_the_company_is_reported() -> None:
    guilt = find_guilt((TF, KERAS, HUB), Hybrids([TF, KERAS], gaps=lambda parts: parts == {TF, KERAS}))

    assert blamed(guilt) == ({TF, KERAS}, True)
    assert "Whether it takes tensorflow_hub could not be seen" in guilt.why


def test_where_one_part_differs_nothing_needs_to_be_tried() -> None:
    hybrids = Hybrids([HUB])

    assert find_guilt((HUB,), hybrids).guilty == (HUB,)
    assert not hybrids.asked


def test_where_the_locks_are_the_same_no_part_is_guilty() -> None:
    assert blamed(find_guilt((), Hybrids([HUB]))) == (set(), False)


@given(causes=st.lists(st.frozensets(st.sampled_from(ALL), min_size=1), min_size=1, max_size=2))
def test_the_guilty_are_found_where_everything_imports(causes: list[frozenset[EnvironmentPart]]) -> None:
    hybrids = Hybrids(*causes)
    guilt = find_guilt(ALL, hybrids)

    alone = {part for cause in causes if len(cause) == 1 for part in cause}
    assert blamed(guilt) == (alone, False) if alone else (guilt.together and frozenset(guilt.guilty) in causes)
    assert len(hybrids.asked) <= most_swaps(len(ALL))


@given(cause=st.frozensets(st.sampled_from(ALL), min_size=1), gaps=st.sets(st.frozensets(st.sampled_from(ALL))))
def test_no_innocent_is_ever_blamed(cause: frozenset[EnvironmentPart], gaps: set[frozenset[EnvironmentPart]]) -> None:
    hybrids: Ask = Hybrids(cause, gaps=gaps.__contains__)

    guilt = find_guilt(ALL, hybrids)

    assert set(guilt.guilty) <= cause
    assert guilt.why
