from __future__ import annotations

from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.version import Version

from conformance.environments.catalogue import Releases, load_releases
from conformance.errors import DataError, UsageError
from conformance.words import Keras, Mode

SOUND = """
schema = "releases/1"
quick = ["tf2.15-*"]

[pins.old-setuptools]
requirement = "setuptools<81"
why = "pkg_resources"

[overrides.no-second-tensorflow]
requirement = "tensorflow ; sys_platform == 'never'"
why = "two TensorFlows"

[[release]]
tf = "2.15"
python = "3.11"
requirement = "tensorflow-cpu==2.15.1"
hubs = ["0.15.0", "0.16.1"]
modes = ["tf1-compat", "tf2"]
keras = ["bundled"]
pins = ["old-setuptools"]
overrides = ["no-second-tensorflow"]

[[release]]
tf = "nightly"
python = "3.13"
requirement = "tf-nightly>=2.23.0.dev0"
floating = true
hubs = ["0.16.1"]
modes = ["tf2"]
keras = ["keras3", "legacy"]
pins = []
"""


def load(tmp_path: Path, text: str = SOUND) -> Releases:
    path = tmp_path / "releases.toml"
    path.write_text(text)
    return load_releases(path)


def test_cells_are_named_after_release_hub_mode_and_the_keras_where_there_is_a_choice(tmp_path: Path) -> None:
    assert [cell.id for cell in load(tmp_path).cells] == [
        "tf2.15-hub0.15-tf1-compat",
        "tf2.15-hub0.15-tf2",
        "tf2.15-hub0.16-tf1-compat",
        "tf2.15-hub0.16-tf2",
        "tfnightly-hub0.16-tf2-keras3",
        "tfnightly-hub0.16-tf2-legacy",
    ]


@pytest.mark.parametrize(
    ("patterns", "chosen"),
    [
        (["tf2.15"], 4),  # a release
        (["tf2.15-hub0.16"], 2),  # an environment
        (["tf2.15-hub0.16-tf2"], 1),  # a cell
        (["*-tf2*"], 4),
        (["tf2.1[5-9]*"], 4),
        (["tf2.15", "tf2.15-hub0.16-tf2", "tfnightly"], 6),  # each cell once, in the catalogue's order
    ],
)
def test_patterns_choose_by_release_environment_or_cell(tmp_path: Path, patterns: list[str], chosen: int) -> None:
    releases = load(tmp_path)
    cells = releases.cells_matching(patterns)
    assert len(cells) == chosen
    assert list(cells) == [cell for cell in releases.cells if cell in cells]


@pytest.mark.parametrize(
    ("ask", "near_miss"),
    [
        (lambda releases: releases.cells_matching(["tf2.15", "tf2.5"]), "tf2.15"),
        (lambda releases: releases.environment("tf2.15-hub0.17"), "tf2.15-hub0.1"),
        (lambda releases: releases.cell("tf2.15-hub0.16-tf3"), "tf2.15-hub0.16-tf2"),
    ],
)
def test_what_does_not_exist_is_named_with_the_near_miss(tmp_path: Path, ask: object, near_miss: str) -> None:
    with pytest.raises(UsageError, match=f'Perhaps you meant "{near_miss}'):
        ask(load(tmp_path))  # type: ignore[operator]


def test_the_version_to_presume_is_the_one_asked_for(tmp_path: Path) -> None:
    assert [release.presumed_tf for release in load(tmp_path).releases] == ["2.15.1", "2.23.0.dev0"]


@pytest.mark.parametrize(
    ("before", "after", "complaint"),
    [
        ('pins = ["old-setuptools"]', 'pins = ["old-setuptool"]', 'Perhaps you meant "old-setuptools"?'),
        ('pins = ["old-setuptools"]', "pins = []", "[pins.old-setuptools] is used by no release"),
        ('overrides = ["no-second-tensorflow"]', "", "[overrides.no-second-tensorflow] is used by no release"),
        ('overrides = ["no-second-tensorflow"]', 'overrides = ["one"]', '"one" does not exist'),
        ('why = "pkg_resources"', "", "[pins.old-setuptools]: Object missing required field `why`"),
        ('modes = ["tf2"]', 'modes = ["tf3"]', 'Perhaps you meant "tf2"?'),
        ('tf = "nightly"', 'tf = "2.15"', 'two [[release]] tables have the id "2.15"'),
        ("floating = true", "flaoting = true", 'Perhaps you meant "floating"?'),
        ('"tensorflow-cpu==2.15.1"', '"tensorflow-cpu"', 'key `requirement`: is "tensorflow-cpu"'),
        ('"tensorflow-cpu==2.15.1"', '"tensorflow-cpu==2.15.*"', "key `requirement`"),
        ('"tensorflow-cpu==2.15.1"', '"tensorflow-cpu = 2.15.1"', "key `requirement`"),
        ('"tf-nightly>=2.23.0.dev0"', '"tf-nightly==2.23.0.dev0"', 'with ">="'),
        ("[[release]]", "[[relaese]]", 'Perhaps you meant "release"?'),
        ('quick = ["tf2.15-*"]', 'quick = ["tf2.14-*"]', 'key `quick`: "tf2.14-*" matches no cell'),
    ],
)
def test_a_broken_file_is_refused_with_the_key_and_the_near_miss(
    tmp_path: Path, before: str, after: str, complaint: str
) -> None:
    assert before in SOUND
    with pytest.raises(DataError) as refused:
        load(tmp_path, SOUND.replace(before, after, 1))

    assert complaint in str(refused.value)
    assert "releases.toml" in refused.value.where


# ---- The project's own releases -------------------------------------------------------------------------------------

RELEASES = load_releases()
NUMBERED = [release for release in RELEASES.releases if not release.floating]


def test_every_minor_from_1_13_on_is_there_in_order_then_the_candidate_and_the_nightly() -> None:
    minors = [f"1.{minor}" for minor in (13, 14, 15)] + [f"2.{minor}" for minor in range(22)]
    assert [release.tf for release in RELEASES.releases] == [*minors, "rc", "nightly"]


@pytest.mark.parametrize("release", NUMBERED, ids=lambda release: release.tf)
def test_a_numbered_release_asks_for_a_patch_of_its_minor(release: object) -> None:
    assert release.presumed_tf.rpartition(".")[0] == release.tf  # type: ignore[attr-defined]


def test_modes_and_keras_follow_the_version() -> None:
    for release in RELEASES.releases:
        version = Version(release.presumed_tf)
        tf1 = version < Version("2.0")
        assert release.modes == ((Mode.TF1,) if tf1 else (Mode.TF1_COMPAT, Mode.TF2)), release.tf
        two_flavours = version >= Version("2.16")
        assert release.keras == ((Keras.KERAS3, Keras.LEGACY) if two_flavours else (Keras.BUNDLED,)), release.tf


def test_hubs_come_oldest_first_and_include_the_last_with_hub_module_where_it_imports() -> None:
    for release in RELEASES.releases:
        versions = [Version(hub) for hub in release.hubs]
        assert versions == sorted(set(versions)), release.tf
        with_module = [version for version in versions if version < Version("0.16")]
        assert bool(with_module) == (Version(release.presumed_tf) < Version("2.16")), release.tf


def test_ids_are_unique_and_every_pin_is_a_requirement_with_a_reason() -> None:
    for ids in ([cell.id for cell in RELEASES.cells], [environment.id for environment in RELEASES.environments]):
        assert len(set(ids)) == len(ids)
    for pin in (*RELEASES.pins.values(), *RELEASES.overrides.values()):
        assert Requirement(pin.requirement).name
        assert pin.why


def test_the_quick_selection_spans_tf1_the_last_before_keras_3_and_the_newest() -> None:
    quick = {cell.environment.release.tf for cell in RELEASES.cells_matching(RELEASES.quick)}
    assert quick == {"1.15", "2.15", NUMBERED[-1].tf}


# ---- What only nights try -------------------------------------------------------------------------------------------

WITH_HUB_NIGHTLY = SOUND.replace("floating = true", 'floating = true\nhub_nightly = "tf-hub-nightly>=0.17.0.dev0"')


def test_the_nightly_build_of_hub_makes_cells_beside_the_matrix(tmp_path: Path) -> None:
    releases = load(tmp_path, WITH_HUB_NIGHTLY)

    (environment,) = releases.nightly_environments
    assert (environment.id, environment.hub) == ("tfnightly-hubnightly", "0.17.0.dev0")
    assert environment.hub_requirement == "tf-hub-nightly>=0.17.0.dev0"
    assert [cell.id for cell in releases.cells] == [cell.id for cell in load(tmp_path).cells]
    assert [cell.id for cell in releases.every_cell if cell not in releases.cells] == [
        "tfnightly-hubnightly-tf2-keras3",
        "tfnightly-hubnightly-tf2-legacy",
    ]
    assert releases.cell("tfnightly-hubnightly-tf2-legacy").environment == environment
    assert releases.environment("tfnightly-hubnightly") == environment


@pytest.mark.parametrize("wrong", ["tf-hub-nightly", "tf-hub-nightly==0.17.0", "tf-hub-nightly >= "])
def test_a_nightly_build_of_hub_needs_one_lowest_version(tmp_path: Path, wrong: str) -> None:
    with pytest.raises(DataError, match=r'key `hub_nightly`: is ".*with ">="'):
        load(tmp_path, WITH_HUB_NIGHTLY.replace("tf-hub-nightly>=0.17.0.dev0", wrong))


def test_keras_2_is_asked_for_by_a_whole_requirement(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r'key `tf_keras`: is "==2\.16\.\*", which is no requirement'):
        load(tmp_path, SOUND.replace("floating = true", 'floating = true\ntf_keras = "==2.16.*"'))
