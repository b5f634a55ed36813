from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conformance.bisecting.bisection import most
from conformance.bisecting.hybrids import EnvironmentPart
from conformance.bisecting.result import Bisection, Conclusion, Purpose
from conformance.errors import ExitCode
from tests.bisecting.fakes import BAD, ELSE, GOOD, Defect, FakeTester, row, search


def ten_candidates(folder: Path, *defects: tuple[int, Defect], good: int = 6, bad: int = 4) -> FakeTester:
    """Ten candidates, 2.0 to 2.9, of which by default 2.6 is the first that is bad."""
    return FakeTester(folder, [GOOD] * good + [BAD] * bad, dict(defects))


def break_of(found: Bisection) -> tuple[str, str]:
    assert found.last_good is not None
    assert found.first_bad is not None
    return found.last_good.tried, found.first_bad.tried


def named(number: int) -> str:
    return row(number + 1)[number].label


def gaps_of(found: Bisection) -> dict[str, str]:
    return {step.attempt.tried: step.attempt.gap for step in found.steps if step.attempt.gap}


def test_the_first_bad_is_found(tmp_path: Path) -> None:
    found = search(ten_candidates(tmp_path))

    assert found.conclusion is Conclusion.FOUND
    assert found.exit_code is ExitCode.AS_EXPECTED
    assert break_of(found) == (named(5), named(6))
    assert found.differences == ("tensorflow 2.5 -> 2.6",)
    assert "works up to tensorflow 2.5" in found.why
    assert found.guilt is not None
    assert found.guilt.guilty == (EnvironmentPart.TENSORFLOW,)
    assert not found.swaps  # nothing else differs


def test_the_ends_come_first_and_ends_and_break_are_observed_twice(tmp_path: Path) -> None:
    found = search(ten_candidates(tmp_path))

    purposes = [step.purpose for step in found.steps]
    assert purposes[:4] == [Purpose.END, Purpose.END, Purpose.REPEAT, Purpose.REPEAT]
    twice = {step.attempt.tried for step in found.steps if step.purpose is Purpose.REPEAT}
    assert twice == {named(0), named(9), named(5), named(6)}
    assert all(step.attempt.nth == (2 if step.purpose is Purpose.REPEAT else 1) for step in found.steps)


def test_a_gap_in_the_middle_is_passed_over_and_reported(tmp_path: Path) -> None:
    found = search(ten_candidates(tmp_path, (5, Defect.GAP), good=3, bad=7))

    assert break_of(found) == (named(2), named(3))
    assert gaps_of(found) == {named(5): "No solution found."}
    assert found.between == {}


@pytest.mark.parametrize("left", [(), (4,)])
def test_with_both_ends_missing_there_is_no_conclusion(tmp_path: Path, left: tuple[int, ...]) -> None:
    broken = [(number, Defect.GAP) for number in range(10) if number not in left]
    fake = ten_candidates(tmp_path, *broken)

    found = search(fake)

    assert found.conclusion is Conclusion.INCOMPLETE
    assert found.exit_code is ExitCode.INCOMPLETE
    assert len(gaps_of(found)) == 10 - len(left)
    assert len(fake.tried) == 10


def test_where_nothing_changed_it_says_so_with_numbers(tmp_path: Path) -> None:
    fake = ten_candidates(tmp_path, good=10, bad=0)

    found = search(fake)

    assert found.conclusion is Conclusion.UNCHANGED
    assert found.exit_code is ExitCode.UNEXPECTED
    assert found.why.count("works") == 2
    assert len(fake.tried) == 4  # it is refused before any search


@pytest.mark.parametrize("place", [0, 5, 6, 9])
def test_an_outcome_that_differs_at_a_repeat_is_flaky_and_nobody_s_guilt(tmp_path: Path, place: int) -> None:
    found = search(ten_candidates(tmp_path, (place, Defect.FLAKY)))

    assert found.conclusion is Conclusion.FLAKY
    assert found.exit_code is ExitCode.UNEXPECTED
    assert named(place) in found.why
    assert found.guilt is None
    assert found.last_good is None


def test_a_repeat_that_cannot_be_made_is_no_flakiness(tmp_path: Path) -> None:
    found = search(ten_candidates(tmp_path, (5, Defect.LOST)))

    assert found.conclusion is Conclusion.INCOMPLETE
    assert "No solution found" in found.why


def test_what_was_interrupted_goes_on_where_it_was(tmp_path: Path) -> None:
    fake = ten_candidates(tmp_path, (6, Defect.INTERRUPTED))
    with pytest.raises(KeyboardInterrupt):
        search(fake)
    before = set(fake.observed)
    fake.defects.clear()

    found = search(fake)

    assert break_of(found) == (named(5), named(6))
    assert before
    assert set(fake.observed.values()) == {1}


def test_another_outcome_on_the_way_counts_as_changed(tmp_path: Path) -> None:
    found = search(FakeTester(tmp_path, [GOOD] * 3 + [ELSE] * 2 + [BAD] * 5))

    assert break_of(found) == (named(2), named(3))


def with_two_parts(folder: Path) -> FakeTester:
    fake = ten_candidates(folder)
    fake.packages = {
        5: {"tensorflow": "2.5", "tensorflow-hub": "0.15.0"},
        6: {"tensorflow": "2.6", "tensorflow-hub": "0.16.1"},
    }
    return fake


def test_the_part_that_breaks_it_is_guilty(tmp_path: Path) -> None:
    fake = with_two_parts(tmp_path)
    fake.hybrids = {frozenset([EnvironmentPart.HUB]): BAD, frozenset([EnvironmentPart.TENSORFLOW]): GOOD}

    found = search(fake)

    assert found.guilt is not None
    assert found.guilt.guilty == (EnvironmentPart.HUB,)
    assert [swap.parts for swap in found.swaps] == [(EnvironmentPart.TENSORFLOW,), (EnvironmentPart.HUB,)]


@given(data=st.data(), count=st.integers(2, 60))
def test_any_monotonic_history_is_bisected_within_what_was_announced(data: st.DataObject, count: int) -> None:
    changed = data.draw(st.integers(1, count - 1))
    gaps = data.draw(st.frozensets(st.integers(0, count - 1), max_size=count))
    with TemporaryDirectory() as folder:
        history = [GOOD] * changed + [BAD] * (count - changed)
        fake = FakeTester(Path(folder), history, dict.fromkeys(gaps, Defect.GAP))
        found = search(fake)

    usable = [number for number in range(count) if number not in gaps]
    assert fake.observations <= most(row(count)).observations
    assert set(fake.observed.values()) <= {1}
    if not (usable and usable[0] < changed <= usable[-1]):
        assert found.conclusion in (Conclusion.INCOMPLETE, Conclusion.UNCHANGED)
        return
    last_good = max(number for number in usable if number < changed)
    first_bad = min(number for number in usable if number >= changed)
    assert break_of(found) == (named(last_good), named(first_bad))
    assert list(found.between) == [named(number) for number in range(last_good + 1, first_bad)]
