from __future__ import annotations

import importlib
from pathlib import Path

import pytest

from conformance.claims.catalogue import load_claims
from conformance.environments.catalogue import Releases
from conformance.errors import DataError, UsageError
from conformance.trial.defects import Defect, choose, load_defects
from conformance.trial.inside import planting
from conformance.words import Mode


@pytest.fixture(scope="module")
def defects(releases: Releases) -> tuple[Defect, ...]:
    return load_defects(releases)


def test_each_defect_has_a_patch_and_each_patch_a_defect(defects: tuple[Defect, ...]) -> None:
    for module in planting._LIBRARY:
        importlib.import_module(module)

    assert {defect.id for defect in defects} == set(planting.DEFECTS)


def test_there_are_enough_and_enough_of_them_are_subtle(defects: tuple[Defect, ...]) -> None:
    assert len(defects) >= 40
    assert sum(defect.subtle for defect in defects) * 3 >= len(defects)


@pytest.mark.parametrize("mode", Mode)
def test_they_are_spread_over_the_modes(mode: Mode, defects: tuple[Defect, ...], releases: Releases) -> None:
    tried = [releases.cell(cell).mode for defect in defects for cell in defect.cells]

    assert tried.count(mode) >= 10


@pytest.mark.parametrize("model_format", ["tf1-hub", "tf2-savedmodel"])
@pytest.mark.parametrize("operation", ["load", "fine-tune", "create"])
def test_they_are_spread_over_formats_and_operations(
    model_format: str, operation: str, defects: tuple[Defect, ...]
) -> None:
    claims = [claim.id for claim in load_claims().claims if claim.id.startswith(f"{model_format}.{operation}.")]

    assert sum(any(defect.concerns(claim) for claim in claims) for defect in defects) >= 5


def test_every_defect_is_meant_for_a_claim_that_exists(defects: tuple[Defect, ...]) -> None:
    claims = [claim.id for claim in load_claims().claims]

    assert [defect.id for defect in defects if not any(defect.concerns(claim) for claim in claims)] == []


def test_choosing_keeps_the_cells_asked_for(defects: tuple[Defect, ...]) -> None:
    chosen = choose(defects, only=["layer-*"], cells=["tf2.21*"])

    assert chosen
    assert all(defect.id.startswith("layer-") for defect in chosen)
    assert {cell.split("-")[0] for defect in chosen for cell in defect.cells} == {"tf2.21"}


def test_the_quick_ones_are_few_and_from_all_formats(defects: tuple[Defect, ...]) -> None:
    quick = choose(defects, quick=True)

    assert 3 <= len(quick) <= 10
    assert {defect.id.split("-")[0] for defect in quick} >= {"module", "layer", "load", "save"}


def test_a_glob_that_matches_nothing_is_refused_with_the_near_miss(defects: tuple[Defect, ...]) -> None:
    with pytest.raises(UsageError, match='Perhaps you meant "layer-is-gone"'):
        choose(defects, only=["layer-is-gnoe"])


def test_options_that_leave_nothing_are_refused(defects: tuple[Defect, ...]) -> None:
    with pytest.raises(UsageError, match="no defect is left"):
        choose(defects, only=["layer-*"], cells=["tf1.13*"])


def test_a_cell_that_does_not_exist_is_refused(tmp_path: Path, releases: Releases) -> None:
    path = tmp_path / "defects.toml"
    path.write_text(
        'schema = "defects/1"\n[[defect]]\nid = "a"\nbreaks = "b"\npackage = "keras"\nclaims = []\n'
        'cells = ["tf2.15-hub0.16-tf3"]\n'
    )

    with pytest.raises(DataError, match=r'"tf2\.15-hub0\.16-tf3" does not exist'):
        load_defects(releases, path)
