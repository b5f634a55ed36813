from __future__ import annotations

import pytest

from conformance.environments.catalogue import Releases
from conformance.running.schedule import UNKNOWN_SECONDS, Schedule


def test_long_cells_start_early(releases: Releases) -> None:
    cells = releases.cells_matching(["tf1.13", "tf1.14", "tf1.15-hub0.15"])
    schedule = Schedule(cells, {"tf1.13-hub0.7-tf1": 10.0, "tf1.14-hub0.9-tf1": 30.0, "tf1.15-hub0.15-tf1": 20.0})

    assert [cell.environment.release.tf for cell in schedule.waiting] == ["1.14", "1.15", "1.13"]


def test_of_equally_long_cells_the_newest_starts_first(releases: Releases) -> None:
    schedule = Schedule(releases.cells_matching(["tf1.13", "tf1.14"]), {})

    assert schedule.take([]).environment.release.tf == "1.14"


def test_two_cells_of_one_environment_do_not_start_together_if_there_is_another(releases: Releases) -> None:
    schedule = Schedule(releases.cells_matching(["tf2.15-hub0.16", "tf1.13"]), {})

    first = schedule.take([])
    second = schedule.take([first])

    assert first.environment.id == "tf2.15-hub0.16"
    assert second.environment.id == "tf1.13-hub0.7"
    assert schedule.take([first]).environment.id == "tf2.15-hub0.16"  # there is no other left


def test_a_cell_that_was_never_measured_is_guessed_from_the_others(releases: Releases) -> None:
    cells = releases.cells_matching(["tf1.13", "tf1.14", "tf1.15-hub0.15"])

    assert Schedule(cells, {"tf1.13-hub0.7-tf1": 10.0, "tf1.14-hub0.9-tf1": 30.0}).estimates[
        "tf1.15-hub0.15-tf1"
    ] == pytest.approx(20.0)
    assert Schedule(cells, {}).estimates["tf1.13-hub0.7-tf1"] == UNKNOWN_SECONDS


def test_the_time_left_counts_what_runs_and_what_waits(releases: Releases) -> None:
    cells = releases.cells_matching(["tf1.13", "tf1.14"])
    schedule = Schedule(cells, {"tf1.13-hub0.7-tf1": 10.0, "tf1.14-hub0.9-tf1": 30.0})

    assert schedule.seconds_left({}, jobs=2) == 30.0  # the longest cannot be split
    assert schedule.seconds_left({}, jobs=1) == 40.0
    schedule.take([])
    assert schedule.seconds_left({"tf1.14-hub0.9-tf1": 25.0}, jobs=1) == 15.0
    assert schedule.seconds_left({"tf1.14-hub0.9-tf1": 99.0}, jobs=1) == 10.0  # late, but not less than nothing


def test_a_cell_that_is_dropped_is_waited_for_no_longer(releases: Releases) -> None:
    first, second = releases.cells_matching(["tf1.13", "tf1.14"])
    schedule = Schedule((first, second), {})

    schedule.drop(first)

    assert schedule.waiting == (second,)


def test_whoever_knows_how_much_there_is_to_do_says_how_long_an_unknown_cell_may_take(releases: Releases) -> None:
    cells = releases.cells_matching(["tf1.13"])
    assert Schedule(cells, {}, 200.0).estimates["tf1.13-hub0.7-tf1"] == 200.0
