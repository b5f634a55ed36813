from __future__ import annotations

from collections.abc import Sequence

import pytest
from packaging.version import Version

from conformance.bisecting.candidates import Axis, CandidateVersion, Lineup, request_of
from conformance.environments.catalogue import load_releases
from conformance.errors import UsageError
from conformance.words import Keras

RELEASES = load_releases()

INDEX = {
    "tensorflow": ["1.15.5", "2.0.0", "2.0.4"],
    "tensorflow-cpu": [
        "2.14.1",
        "2.15.0rc0",
        "2.15.0",
        "2.15.1",
        "2.16.0rc0",
        "2.16.1",
        "2.16.2",
        "2.17.1",
        "2.22.0rc0",
    ],
    "tf-nightly": ["2.16.0.dev20240101", "2.22.0.dev20260906", "2.23.0.dev20261019", "2.23.0.dev20261026"],
    "tf-nightly-cpu": ["2.22.0.dev20260905", "2.22.0.dev20260906"],
    "tensorflow_hub": ["0.12.0", "0.13.0", "0.14.0", "0.15.0", "0.16.0", "0.16.1"],
}


def offered(package: str, python: str) -> Sequence[Version]:
    return [Version(version) for version in INDEX.get(package, [])]


def along(
    cell: str, axis: Axis = Axis.TF, older: str = "", newer: str = "", *, nightlies: bool = False
) -> list[CandidateVersion]:
    return list(Lineup(RELEASES.cell(cell), RELEASES, offered, nightlies=nightlies).along(axis, older, newer))


def test_only_what_lies_between_is_asked_for() -> None:
    asked: set[tuple[str, str]] = set()

    def noted(package: str, python: str) -> Sequence[Version]:
        asked.add((package, python))
        return offered(package, python)

    Lineup(RELEASES.cell("tf2.16-hub0.16-tf2-keras3"), RELEASES, noted).along(Axis.TF, "2.15", "")

    assert asked == {("tensorflow-cpu", "3.11"), ("tensorflow-cpu", "3.12")}


def test_an_index_that_has_none_of_it_is_refused() -> None:
    lineup = Lineup(RELEASES.cell("tf2.16-hub0.16-tf2-keras3"), RELEASES, lambda package, python: ())

    with pytest.raises(UsageError, match="pip config list"):
        lineup.along(Axis.TF, "2.15", "")


def versions(candidates: Sequence[CandidateVersion]) -> list[str]:
    return [str(candidate.version) for candidate in candidates]


def test_releases_and_candidates_of_releases_in_their_order() -> None:
    found = along("tf2.16-hub0.16-tf2-keras3", older="2.15.0rc0")

    assert versions(found) == ["2.15.0rc0", "2.15.0", "2.15.1", "2.16.0rc0", "2.16.1", "2.16.2"]


def test_each_takes_what_its_minor_needs() -> None:
    found = {str(one.version): one for one in along("tf2.16-hub0.16-tf2-legacy", older="2.15.0")}

    assert found["2.15.0"].cell.environment.release.python == "3.11"
    assert found["2.16.0rc0"].cell.environment.release.python == "3.12"
    assert found["2.16.0rc0"].cell.environment.release.tf_keras == "tf_keras==2.16.*"
    assert found["2.15.0"].cell.keras is Keras.BUNDLED
    assert found["2.16.0rc0"].cell.keras is Keras.LEGACY


def test_a_locked_release_is_the_committed_environment() -> None:
    found = {str(one.version): one for one in along("tf2.16-hub0.16-tf2-keras3", older="2.15.0")}

    assert found["2.15.1"].locked
    assert found["2.15.1"].cell == RELEASES.cell("tf2.15-hub0.16-tf2")
    assert not found["2.15.0"].locked
    assert found["2.15.0"].cell.environment.id == "tf2.15.0-hub0.16"


def test_an_end_can_be_an_environment_whose_hub_then_counts_as_long_as_can_be() -> None:
    found = along("tf2.16-hub0.16-tf2-legacy", older="tf2.14-hub0.15")

    hubs = {str(one.version): one.cell.environment.hub for one in found}
    assert hubs["2.14.1"] == hubs["2.15.1"] == "0.15.0"
    assert hubs["2.16.0rc0"] == "0.16.1"


def test_a_minor_as_an_end_is_its_locked_release_with_the_hub_of_the_cell() -> None:
    first = along("tf2.16-hub0.16-tf2-legacy", older="2.15")[0]

    assert (str(first.version), first.cell.environment.hub) == ("2.15.1", "0.16.1")


def test_without_an_end_it_begins_with_the_oldest_of_the_mode() -> None:
    assert versions(along("tf2.16-hub0.16-tf2-keras3"))[0] == "2.0.4"
    assert versions(along("tf2.16-hub0.16-tf2-keras3"))[-1] == "2.16.2"


def test_nightlies_are_candidates_where_an_end_is_one_or_they_are_asked_for() -> None:
    ended = along("tfnightly-hub0.16-tf2-keras3", older="2.17")
    asked = along("tf2.16-hub0.16-tf2-keras3", older="2.15", nightlies=True)

    assert versions(ended)[0] == "2.17.1"
    assert versions(ended)[-4:] == ["2.22.0.dev20260906", "2.22.0rc0", "2.23.0.dev20261019", "2.23.0.dev20261026"]
    assert "2.16.0.dev20240101" in versions(asked)
    assert "2.16.0.dev20240101" not in versions(along("tf2.16-hub0.16-tf2-keras3", older="2.15"))


def test_a_nightly_is_resolved_as_of_its_day() -> None:
    found = {str(one.version): one for one in along("tfnightly-hub0.16-tf2-keras3", older="2.17")}

    assert found["2.23.0.dev20261019"].as_of == "2026-10-19"
    assert found["2.22.0rc0"].as_of == ""
    assert found["2.22.0.dev20260905"].cell.environment.release.requirement == "tf-nightly-cpu==2.22.0.dev20260905"
    assert found["2.22.0.dev20260906"].cell.environment.release.requirement == "tf-nightly==2.22.0.dev20260906"
    assert not any(one.cell.environment.release.floating for one in found.values())


@pytest.mark.parametrize(
    ("version", "override"),
    [
        ("2.22.0.dev20260905", "tf-nightly ; sys_platform == 'never'"),
        ("2.22.0.dev20260906", "tf-nightly==2.22.0.dev20260906"),
    ],
)
def test_no_other_night_is_put_in_the_place_of_a_nightly(version: str, override: str) -> None:
    found = {str(one.version): one for one in along("tfnightly-hub0.16-tf2-keras3", older="2.17")}

    request = request_of(found[version], RELEASES)

    assert override in [wanted.requirement for wanted in request.overrides]
    assert "tf-keras-nightly>=0.dev0" in [wanted.requirement for wanted in request.requirements]


def test_a_nightly_tensorflow_hub_cannot_be_kept_fixed() -> None:
    with pytest.raises(UsageError, match="nightly tensorflow_hub"):
        along("tfnightly-hubnightly-tf2-keras3")


def test_along_the_hub_axis_tensorflow_is_kept_fixed() -> None:
    found = along("tf2.15-hub0.16-tf1-compat", Axis.HUB, older="0.13")

    assert versions(found) == ["0.13.0", "0.14.0", "0.15.0", "0.16.0", "0.16.1"]
    assert {one.cell.environment.release.requirement for one in found} == {"tensorflow-cpu==2.15.1"}
    assert [one.locked for one in found] == [False, False, True, False, True]
    assert len({one.label for one in found}) == 5


def test_along_the_hub_axis_the_ends_are_those_of_the_release() -> None:
    assert versions(along("tf2.15-hub0.16-tf2", Axis.HUB)) == ["0.15.0", "0.16.0", "0.16.1"]


@pytest.mark.parametrize(
    ("cell", "axis", "older", "newer", "shown"),
    [
        ("tf2.16-hub0.16-tf2-keras3", Axis.TF, "2.15.7", "", "TensorFlow 2.15.7 is unavailable"),
        ("tf2.16-hub0.16-tf2-keras3", Axis.TF, "yesterday", "", "neither a version nor an environment"),
        ("tf2.16-hub0.16-tf2-keras3", Axis.TF, "2.17", "2.15", "nothing between|unavailable"),
        ("tf2.15-hub0.16-tf2", Axis.HUB, "0.17", "", "no tensorflow_hub 0.17"),
        ("tf2.15-hub0.16-tf2", Axis.HUB, "0.16.1", "", "nothing between"),
    ],
)
def test_ends_that_do_not_exist_are_refused(cell: str, axis: Axis, older: str, newer: str, shown: str) -> None:
    with pytest.raises(UsageError, match=shown):
        along(cell, axis, older, newer)
