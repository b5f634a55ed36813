from __future__ import annotations

from pathlib import Path

import pytest

from conformance.claims.catalogue import Catalogue
from conformance.environments.catalogue import Releases
from conformance.errors import ExitCode, UsageError
from conformance.judging.narrowing import Narrowing
from conformance.running.selection import Selection, narrow, select
from conformance.words import Format, Operation


def ids(selection: Selection, releases: Releases, claims: Catalogue) -> list[str]:
    return [cell.id for cell in select(selection, releases, claims)]


def test_everything_is_selected_by_nothing(releases: Releases, claims: Catalogue) -> None:
    assert select(Selection(), releases, claims) == releases.cells


@pytest.mark.parametrize(
    ("selection", "expected"),
    [
        (Selection(only=("tf2.15-hub0.16-tf2",)), ["tf2.15-hub0.16-tf2"]),
        (Selection(only=("tf2.15-hub0.16",)), ["tf2.15-hub0.16-tf1-compat", "tf2.15-hub0.16-tf2"]),
        (Selection(only=("tf2.15",), mode=("tf2",)), ["tf2.15-hub0.15-tf2", "tf2.15-hub0.16-tf2"]),
        (Selection(only=("tf1.13", "tf1.14")), ["tf1.13-hub0.7-tf1", "tf1.14-hub0.9-tf1"]),
        (Selection(tf=("1.15",), hub=("0.16",)), ["tf1.15-hub0.16-tf1"]),
        (
            Selection(only=("tf2.1[67]*",), mode=("tf2",), keras=("legacy",)),
            ["tf2.16-hub0.16-tf2-legacy", "tf2.17-hub0.16-tf2-legacy"],
        ),
    ],
)
def test_all_parts_of_a_selection_hold(
    selection: Selection, expected: list[str], releases: Releases, claims: Catalogue
) -> None:
    assert ids(selection, releases, claims) == expected


@pytest.mark.parametrize(
    ("selection", "where", "hint"),
    [
        (Selection(tf=("2.150",)), "--tf", "2.15"),
        (Selection(hub=("0.17",)), "--hub", "Perhaps you meant"),
        (Selection(mode=("tf2-compat",)), "--mode", "tf1-compat"),
        (Selection(keras=("keras2",)), "--keras", "keras3"),
        (Selection(only=("tf2.99-hub0.16",)), "selection", "tf2."),
    ],
)
def test_an_unknown_value_is_refused_with_the_near_miss(
    selection: Selection, where: str, hint: str, releases: Releases, claims: Catalogue
) -> None:
    with pytest.raises(UsageError) as refused:
        select(selection, releases, claims)

    assert where in refused.value.where
    assert hint in refused.value.remedy
    assert refused.value.exit_code is ExitCode.USAGE


@pytest.mark.parametrize(
    ("selection", "said"),
    [
        (Selection(tf=("2.15",), mode=("tf1",)), ["--mode tf1 keeps none of the 4 cells of --tf 2.15", "tf1-compat"]),
        (Selection(tf=("1.13",), hub=("0.16",)), ["--hub 0.16 keeps none", "0.7"]),
        (
            Selection(tf=("1.13",), narrowing=Narrowing(operations=(Operation.MODE,))),
            ["--operation mode keeps none of the 1 cells of --tf 1.13"],
        ),
    ],
)
def test_the_part_that_emptied_the_selection_is_named(
    selection: Selection, said: list[str], releases: Releases, claims: Catalogue
) -> None:
    with pytest.raises(UsageError) as refused:
        select(selection, releases, claims)

    assert all(words in str(refused.value) for words in said), str(refused.value)


def test_a_selection_is_reported_as_it_could_be_typed() -> None:
    narrowing = Narrowing(formats=(Format.TF1_HUB,), probes=("tf1_hub_load.*",))

    text = str(Selection(only=("tf2.1[5-9]*",), quick=True, narrowing=narrowing))

    assert text == "--quick --only 'tf2.1[5-9]*' --format tf1-hub --probe 'tf1_hub_load.*'"
    assert str(Selection()) == "everything"


def test_what_is_tried_includes_the_controls_of_what_is_asked_for(releases: Releases, claims: Catalogue) -> None:
    cell = releases.cell("tf2.15-hub0.16-tf2")
    narrowing = Narrowing(formats=(Format.TF1_HUB,), operations=(Operation.FINE_TUNE,))

    asked = narrowing.claims_of(cell, claims)
    tried = {claim.id for claim in narrowing.claims_to_try(cell, claims)}

    assert asked
    assert all(claims.place_of(claim).operation is Operation.FINE_TUNE for claim in asked)
    applying = {claim.id for claim in claims.applying_to("2.15.1", cell.mode)}
    controls = {control for claim in asked for control in claim.control} & applying
    assert controls
    assert tried == {claim.id for claim in asked} | controls


@pytest.fixture
def probes(tmp_path: Path) -> Path:
    (tmp_path / "test_tf1_hub_load.py").write_text("import tensorflow\ndef test_module(tf): ...\ndef helper(): ...\n")
    return tmp_path


@pytest.mark.parametrize("glob", ["tf1_hub_load.module", "tf1_hub_load.*", "*", "tf1_hub_load.module[tf1-dense]"])
def test_a_probe_is_known_from_its_source_alone(glob: str, probes: Path) -> None:
    assert narrow([], [], [glob], probes=probes).probes == (glob,)


@pytest.mark.parametrize("glob", ["tf1_hub_laod.module", "tf1_hub_load.helper", "test_module"])
def test_an_unknown_probe_is_refused(glob: str, probes: Path) -> None:
    with pytest.raises(UsageError, match="no probe matches"):
        narrow([], [], [glob], probes=probes)


@pytest.mark.parametrize(("formats", "operations"), [(["tf3-hub"], []), ([], ["loading"])])
def test_an_unknown_format_or_operation_is_refused(formats: list[str], operations: list[str]) -> None:
    with pytest.raises(UsageError, match="does not exist"):
        narrow(formats, operations, [])


def test_an_unknown_probe_is_refused_with_the_one_that_comes_near_and_not_with_all() -> None:
    with pytest.raises(UsageError) as refused:
        narrow([], [], ["*test_hub_laod*"])
    assert refused.value.remedy.startswith('Perhaps you meant "')
    assert ".hub_load" in refused.value.remedy

    with pytest.raises(UsageError, match=r"^[^\n]* and \d{3} more\.$") as refused:
        narrow([], [], ["*qqqqq*"])
    assert len(refused.value.remedy) < 2000
