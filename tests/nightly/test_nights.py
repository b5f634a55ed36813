"""Whole nights, one after the other, with a fake index and fake cells: what each is made of and compared with."""

from __future__ import annotations

import pytest

from conformance.changes import PackageChange
from conformance.environments.unpinned import UnpinnedInstall
from conformance.errors import ExitCode, UsageError
from conformance.night import UnpinnedState, exit_code
from tests.nightly.fakes import (
    BROKEN,
    CANDIDATE,
    FIRST,
    HUB_NIGHTLY,
    NIGHTLY,
    REFERENCE,
    SECOND,
    THIRD,
    WORKING,
    Nights,
)


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


def test_a_replayed_night_is_compared_with_the_night_before_it_whenever_it_is_run(nights: Nights) -> None:
    nights.run(THIRD)
    nights.run(FIRST, replayed=True)

    night = nights.run(SECOND, replayed=True).night

    assert night.replayed
    assert set(night.previous.values()) == {FIRST}
    assert set(nights.run(THIRD).night.previous.values()) == {SECOND}


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
