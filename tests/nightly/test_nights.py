"""Whole nights, one after the other, with a fake index and fake cells."""

from __future__ import annotations

import hashlib
import lzma
import re

import pytest

from conformance.changes import PackageChange
from conformance.environments.unpinned import UnpinnedInstall
from conformance.errors import ExitCode, UsageError
from conformance.history.retracing import retrace
from conformance.history.today import Today
from conformance.judging.judge import Rules
from conformance.night import Night, NightFinding, Status, UnpinnedState, exit_code
from conformance.words import Change, Outcome
from tests.judging.cases import CLAIMS, expectation, expecting
from tests.nightly.fakes import (
    BROKEN,
    CANDIDATE,
    HUB_NIGHTLY,
    NIGHTLY,
    REFERENCE,
    RELEASES,
    WORKING,
    Defect,
    Nights,
)

FIRST, SECOND, THIRD = "2026-10-18", "2026-10-19", "2026-10-20"
ONE = (NIGHTLY, "one")


def only_finding(night: Night) -> NightFinding:
    (finding,) = night.findings
    return finding


# ---- What a night is made of -----------------------------------------------------------------------------------------


def test_a_first_night_has_only_the_newest_release_to_compare_with(nights: Nights) -> None:
    done = nights.run(FIRST)

    night = done.night
    assert exit_code(night) is ExitCode.AS_EXPECTED
    assert night.previous == {}
    assert night.reference == {
        cell: "tf2.16-hub0.16-tf1-compat-keras3" if "tf1-compat" in cell else REFERENCE
        for cell in night.cells
        if not cell.startswith("tf2.16")
    }
    assert {CANDIDATE, NIGHTLY, HUB_NIGHTLY} <= night.reference.keys()
    assert [one.environment for one in night.environments if one.reference] == ["tf2.16-hub0.16"]
    assert night.findings == ()
    assert night.differences == ()


def test_a_part_of_a_night_brings_along_what_it_is_measured_against(nights: Nights) -> None:
    assert nights.run(FIRST, only=("tfnightly-hub0.16-tf2-*",)).night.cells == (REFERENCE, NIGHTLY)


def test_a_cell_that_no_night_has_is_refused_with_the_near_miss(nights: Nights) -> None:
    with pytest.raises(UsageError, match=f'Perhaps you meant "{NIGHTLY}"'):
        nights.run(FIRST, only=("tfnightly-hub0.16-tf2-keras2",))


def test_a_part_of_a_night_does_not_hide_the_rest_from_the_next(nights: Nights) -> None:
    nights.run(FIRST)
    nights.run(SECOND, only=(CANDIDATE,))

    previous = nights.run(THIRD).night.previous

    assert (previous[NIGHTLY], previous[CANDIDATE], previous[REFERENCE]) == (FIRST, SECOND, SECOND)


def test_no_candidate_is_said_and_is_no_error(nights: Nights) -> None:
    nights.driver.offers["rc"] = ""

    night = nights.run(FIRST).night

    assert exit_code(night) is ExitCode.AS_EXPECTED
    assert [(one.environment, one.reason) for one in night.absent] == [
        ("tfrc-hub0.16", "The index offers no tensorflow-cpu>=2.22.0rc0 as of 2026-10-18.")
    ]
    assert CANDIDATE not in night.cells
    assert any("offers no tensorflow-cpu" in line for line in nights.said)


def test_a_candidate_that_has_been_released_is_none(nights: Nights) -> None:
    nights.driver.offers["rc"] = "2.22.0"

    (absent,) = nights.run(FIRST).night.absent

    assert "tensorflow-cpu 2.22.0 is released" in absent.reason


def test_a_day_before_anything_was_there_is_refused(nights: Nights) -> None:
    nights.driver.offers = dict.fromkeys(nights.driver.offers, "")

    with pytest.raises(UsageError, match="offers no tf-nightly"):
        nights.run("2020-01-01")


# ---- Regressions -----------------------------------------------------------------------------------------------------


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


# ---- Evidence that is missing ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("defect", [Defect.INDEX_UNREACHABLE, Defect.NO_SOLUTION])
def test_without_a_resolution_the_night_is_incomplete_and_the_release_is_measured(
    nights: Nights, defect: Defect
) -> None:
    nights.run(FIRST)
    nights.driver.defects.add(defect)

    done = nights.run(SECOND)

    assert exit_code(done.night) is ExitCode.INCOMPLETE
    assert {one.cell for one in done.night.unmeasured} == set(done.night.reference)
    assert {one.last for one in done.night.unmeasured} == {FIRST}
    assert {row.cell for row in done.results.observations} == {REFERENCE}
    assert done.night.findings == ()


def test_a_cell_is_compared_with_the_last_night_that_measured_it(nights: Nights) -> None:
    nights.driver.outcomes[ONE] = Outcome.FAILED
    nights.run(FIRST)
    nights.driver.unavailable[NIGHTLY] = "tensorflow does not import."
    assert exit_code(nights.run(SECOND).night) is ExitCode.INCOMPLETE
    nights.driver.unavailable.clear()

    night = nights.run(THIRD).night

    assert (night.previous[NIGHTLY], night.previous[CANDIDATE]) == (FIRST, SECOND)
    assert (only_finding(night).status, only_finding(night).since) == (Status.STANDING, FIRST)


def test_an_interrupted_night_reports_what_it_has(nights: Nights) -> None:
    nights.driver.defects.add(Defect.INTERRUPTED_MEASURING)

    night = nights.run(FIRST).night

    assert exit_code(night) is ExitCode.INCOMPLETE
    assert {one.reason for one in night.unmeasured} == {"no record"}
    assert night.plain.seen.unobserved == "the night was interrupted"
    assert nights.driver.repeated == []


def test_an_install_that_was_interrupted_is_not_observed(nights: Nights) -> None:
    nights.driver.defects.add(Defect.INTERRUPTED_INSTALLING)

    assert nights.run(FIRST).night.plain.seen.unobserved == "the night was interrupted"


def test_a_damaged_night_is_passed_over_and_named(nights: Nights) -> None:
    nights.run(FIRST)
    nights.run(SECOND)
    (damaged,) = nights.history.folder.glob(f"*.{SECOND}.*")
    damaged.write_bytes(damaged.read_bytes()[:-20])

    night = nights.run(THIRD).night

    assert set(night.previous.values()) == {FIRST}
    assert any(damaged.name in line for line in nights.noted)
    assert damaged.exists()


# ---- Past days -------------------------------------------------------------------------------------------------------


def test_a_replayed_night_is_compared_with_the_night_before_it_whenever_it_is_run(nights: Nights) -> None:
    nights.run(THIRD)
    nights.run(FIRST, replayed=True)

    night = nights.run(SECOND, replayed=True).night

    assert night.replayed
    assert set(night.previous.values()) == {FIRST}
    assert set(nights.run(THIRD).night.previous.values()) == {SECOND}


# ---- In the history --------------------------------------------------------------------------------------------------


def test_a_night_comes_back_as_it_was_whatever_it_observed(nights: Nights) -> None:
    nights.driver.defects.add(Defect.INTERRUPTED_MEASURING)
    whole, empty = nights.run(FIRST).night, nights.run(SECOND, only=(CANDIDATE,)).night

    assert [stored.night for stored in nights.history.nights_before(THIRD)] == [empty, whole]
    assert [stored.night for stored in nights.history.nights_before(SECOND)] == [whole]
    assert list(nights.history.nights_before(FIRST)) == []


def test_of_a_night_that_was_run_twice_the_later_run_counts(nights: Nights, monkeypatch: pytest.MonkeyPatch) -> None:
    for hour in ("11", "09"):
        monkeypatch.setattr("conformance.nightly.run._now", lambda hour=hour: f"2026-11-24T{hour}:00:00+00:00")
        nights.run(FIRST)

    assert [stored.night.finished[11:13] for stored in nights.history.nights_before(SECOND)] == ["11", "09"]


def test_a_night_that_observed_nothing_new_is_stored_and_is_no_run_of_the_history_page(nights: Nights) -> None:
    nights.run(FIRST)
    nights.run(SECOND)  # the fake's cells began at the same time again: as if all of them had been reused

    assert len(nights.history.runs()) == 2
    assert len(retrace(nights.history, Today(Rules(CLAIMS, RELEASES, expecting())), pytest.fail).runs) == 1


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"[]", "is damaged"),
        (b"night/9", 'is of schema "night/9", but this version reads "night/1"'),
    ],
)
def test_a_stored_night_that_cannot_be_used_is_named(nights: Nights, content: bytes, said: str) -> None:
    nights.run(FIRST)
    (path,) = nights.history.folder.iterdir()
    raw = lzma.decompress(path.read_bytes()).replace(b"night/1", content) if content == b"night/9" else content
    path.unlink()
    digest = hashlib.sha256(raw).hexdigest()[:12]
    path = path.with_name(re.sub(r"[0-9a-f]{12}(?=\.json\.xz)", digest, path.name))
    path.write_bytes(lzma.compress(raw))

    assert list(nights.history.nights_before(SECOND)) == []
    assert said in nights.noted[0]
    assert path.exists()


# ---- Packages and the unpinned install ------------------------------------------------------------------------------


def test_every_package_that_changed_is_attached(nights: Nights) -> None:
    nights.run(FIRST)
    nights.driver.offers["nightly"] = "2.23.0.dev20261021"
    nights.driver.versions["numpy"] = "2.1"

    packages = {(one.environment, one.against): one.packages for one in nights.run(SECOND).night.packages}

    assert packages["tfnightly-hub0.16", "the night of 2026-10-18"] == (
        PackageChange("numpy", "2.0", "2.1"),
        PackageChange("tf-nightly", "2.23.0.dev20261020", "2.23.0.dev20261021"),
    )
    assert PackageChange("tf-nightly", "", "2.23.0.dev20261021") in packages["tfnightly-hub0.16", "tf2.16-hub0.16"]
    assert packages["tf2.16-hub0.16", "the night of 2026-10-18"] == ()


def test_packages_are_compared_where_nothing_could_be_imported(nights: Nights) -> None:
    nights.run(FIRST)
    nights.driver.unavailable[NIGHTLY] = "does not import."
    nights.driver.versions["numpy"] = "3.0"

    packages = {(one.environment, one.against): one.packages for one in nights.run(SECOND).night.packages}

    assert packages["tfnightly-hub0.16", "the night of 2026-10-18"] == (PackageChange("numpy", "2.0", "3.0"),)


OTHERWISE = UnpinnedInstall("3.13", {"setuptools": "83.0"}, error="TypeError: Descriptors cannot be created directly.")
NEWER = UnpinnedInstall("3.13", {"setuptools": "83.0"}, error=BROKEN.error)
NOT_SEEN = UnpinnedInstall("3.13", unobserved="the package index cannot be reached.")


@pytest.mark.parametrize(
    ("before", "after", "state", "code"),
    [
        (BROKEN, BROKEN, UnpinnedState.UNCHANGED, ExitCode.AS_EXPECTED),
        (BROKEN, WORKING, UnpinnedState.WORKS_AGAIN, ExitCode.AS_EXPECTED),
        (WORKING, BROKEN, UnpinnedState.BROKE, ExitCode.UNEXPECTED),
        (BROKEN, OTHERWISE, UnpinnedState.FAILS_DIFFERENTLY, ExitCode.AS_EXPECTED),
        (BROKEN, NEWER, UnpinnedState.PACKAGES_CHANGED, ExitCode.AS_EXPECTED),
        (BROKEN, NOT_SEEN, UnpinnedState.UNOBSERVED, ExitCode.INCOMPLETE),
        (NOT_SEEN, BROKEN, UnpinnedState.FIRST, ExitCode.AS_EXPECTED),
    ],
)
def test_the_unpinned_install_is_compared_with_the_last_night_that_saw_it(
    nights: Nights, before: UnpinnedInstall, after: UnpinnedInstall, state: UnpinnedState, code: ExitCode
) -> None:
    nights.driver.unpinned_install = before
    nights.run(FIRST)
    nights.driver.unpinned_install = after

    night = nights.run(SECOND).night

    assert (night.plain.state, exit_code(night)) == (state, code)
    if state is UnpinnedState.PACKAGES_CHANGED:
        assert night.plain.packages == (PackageChange("setuptools", "82.0", "83.0"),)
