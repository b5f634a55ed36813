"""Regressions of a night: repeated before they alarm, kept in mind while they stand, and fixed."""

from __future__ import annotations

import pytest

from conformance.errors import ExitCode
from conformance.night import Status, exit_code
from conformance.words import Change, Outcome
from tests.judging.cases import expectation
from tests.nightly.fakes import (
    CANDIDATE,
    FIRST,
    HUB_NIGHTLY,
    NIGHTLY,
    ONE,
    REFERENCE,
    SECOND,
    THIRD,
    Defect,
    Nights,
    only_finding,
)


def test_a_regression_is_confirmed_by_a_repeat_before_it_alarms(nights: Nights) -> None:
    nights.run(FIRST)
    nights.driver.outcomes[ONE] = Outcome.FAILED

    night = nights.run(SECOND).night

    finding = only_finding(night)
    assert exit_code(night) is ExitCode.UNEXPECTED
    assert finding.status is Status.CONFIRMED
    assert (finding.before, finding.observed) == (Outcome.WORKS, (Outcome.FAILED, Outcome.FAILED))
    assert finding.against == ("the night of 2026-10-18", REFERENCE)
    assert (finding.claims, finding.since) == (("load",), SECOND)
    assert nights.driver.repeated == [(NIGHTLY, ("one",), 1)]


def test_a_regression_is_reproduced_with_the_packages_of_its_night(nights: Nights) -> None:
    nights.driver.outcomes[ONE] = Outcome.FAILED

    night = nights.run(FIRST).night

    lock = "reports/locks/tfnightly-hub0.16.txt"
    assert only_finding(night).reproduce == f'nox -s "cell({NIGHTLY})" -- --lock {lock} --probe "one"'


@pytest.mark.parametrize(
    ("repeats", "status", "code"),
    [
        ([Outcome.CRASHED], Status.CONFIRMED, ExitCode.UNEXPECTED),  # another way to fail
        ([Outcome.WORKS, Outcome.WORKS], Status.FLAKY, ExitCode.AS_EXPECTED),
        ([Outcome.WORKS, Outcome.FAILED], Status.FLAKY, ExitCode.AS_EXPECTED),
        ([None], Status.UNCONFIRMED, ExitCode.INCOMPLETE),
        ([Outcome.BLOCKED], Status.UNCONFIRMED, ExitCode.INCOMPLETE),
        ([Outcome.TIMED_OUT], Status.UNCONFIRMED, ExitCode.INCOMPLETE),
    ],
)
def test_what_its_repeats_see_makes_a_regression_confirmed_flaky_or_unconfirmed(
    nights: Nights, repeats: list[Outcome | None], status: Status, code: ExitCode
) -> None:
    nights.driver.outcomes[ONE] = Outcome.FAILED
    nights.driver.repeats[ONE] = repeats

    night = nights.run(FIRST).night

    finding = only_finding(night)
    assert (finding.status, exit_code(night)) == (status, code)
    assert finding.observed == (Outcome.FAILED, *repeats)
    assert len(nights.driver.repeated) == len(repeats)
    assert bool(finding.note) == (status is Status.UNCONFIRMED)


@pytest.mark.parametrize(
    ("defect", "note"),
    [
        (Defect.REPEAT_UNAVAILABLE, "the disk is full."),
        (Defect.INTERRUPTED_REPEATING, "the night was interrupted"),
    ],
)
def test_a_suspicion_that_cannot_be_repeated_is_kept(nights: Nights, defect: Defect, note: str) -> None:
    nights.driver.outcomes = {ONE: Outcome.FAILED, (CANDIDATE, "two"): Outcome.FAILED}
    nights.driver.defects.add(defect)

    night = nights.run(FIRST).night

    assert [(one.status, one.note) for one in night.findings] == [(Status.UNCONFIRMED, note)] * 2
    assert exit_code(night) is ExitCode.INCOMPLETE


def test_a_standing_regression_is_reported_with_its_first_night_and_is_not_repeated(nights: Nights) -> None:
    nights.run(FIRST)
    nights.driver.outcomes[ONE] = Outcome.FAILED
    nights.run(SECOND)
    nights.driver.repeated.clear()

    night = nights.run(THIRD).night

    finding = only_finding(night)
    assert (finding.status, finding.since) == (Status.STANDING, SECOND)
    assert nights.driver.repeated == []
    assert exit_code(night) is ExitCode.UNEXPECTED  # until somebody has reviewed it


def test_a_standing_regression_that_is_reviewed_does_not_alarm(nights: Nights) -> None:
    nights.driver.outcomes[ONE] = Outcome.FAILED
    nights.run(FIRST)
    nights.expectations.append(expectation("reviewed", tf=">=2.23"))

    night = nights.run(SECOND).night

    finding = only_finding(night)
    assert (finding.status, finding.reviewed) == (Status.STANDING, "reviewed")
    assert exit_code(night) is ExitCode.AS_EXPECTED


@pytest.mark.parametrize(
    ("accepted", "code"), [(Outcome.FAILED, ExitCode.AS_EXPECTED), (Outcome.REJECTED, ExitCode.UNEXPECTED)]
)
def test_what_the_baseline_has_was_reviewed(nights: Nights, accepted: Outcome, code: ExitCode) -> None:
    nights.driver.outcomes[ONE] = Outcome.FAILED
    nights.accepted[ONE] = accepted

    assert exit_code(nights.run(FIRST).night) is code
    assert exit_code(nights.run(SECOND).night) is code


def test_a_regression_that_gets_worse_alarms_anew(nights: Nights) -> None:
    nights.driver.outcomes[ONE] = Outcome.FAILED
    nights.run(FIRST)
    nights.driver.outcomes[ONE] = Outcome.WRONG_VALUES

    finding = only_finding(nights.run(SECOND).night)

    assert (finding.status, finding.since, finding.before) == (Status.CONFIRMED, SECOND, Outcome.FAILED)


def test_what_regressed_in_the_newest_release_itself_stands_though_nothing_measures_it(nights: Nights) -> None:
    nights.run(FIRST)
    nights.driver.outcomes[REFERENCE, "one"] = Outcome.FAILED
    nights.run(SECOND)

    night = nights.run(THIRD).night

    (finding,) = [one for one in night.findings if one.cell == REFERENCE]
    assert (finding.status, finding.since) == (Status.STANDING, SECOND)
    assert finding.against == ("the night of 2026-10-18",)


def test_what_works_again_is_fixed(nights: Nights) -> None:
    nights.driver.outcomes[ONE] = Outcome.FAILED
    nights.run(FIRST)
    del nights.driver.outcomes[ONE]

    night = nights.run(SECOND).night

    assert night.findings == ()
    (fixed,) = night.differences
    assert (fixed.change, fixed.cell, fixed.probe) == (Change.FIXED, *ONE)
    assert fixed.against == "the night of 2026-10-18"
    assert exit_code(night) is ExitCode.AS_EXPECTED


def test_what_was_flaky_is_not_fixed_and_is_suspected_again(nights: Nights) -> None:
    nights.run(FIRST)
    nights.driver.outcomes[REFERENCE, "one"] = Outcome.FAILED
    nights.driver.repeats[REFERENCE, "one"] = [Outcome.WORKS, Outcome.WORKS]
    nights.run(SECOND)

    (again,) = [one for one in nights.run(THIRD).night.findings if one.cell == REFERENCE]
    assert again.status is Status.FLAKY

    del nights.driver.outcomes[REFERENCE, "one"]
    assert [one for one in nights.run("2026-10-21").night.differences if one.cell == REFERENCE] == []


def test_what_the_nightly_does_better_than_the_release_is_reported(nights: Nights) -> None:
    nights.driver.outcomes[REFERENCE, "one"] = Outcome.FAILED

    night = nights.run(FIRST).night

    assert {(one.change, one.cell, one.against) for one in night.differences} == {
        (Change.FIXED, cell, REFERENCE) for cell in (CANDIDATE, NIGHTLY, HUB_NIGHTLY)
    }
