"""The loader of the claims, and what must hold of the page's claims whatever their wording."""

from __future__ import annotations

from itertools import product
from pathlib import Path

import pytest

from conformance.claims.catalogue import Catalogue, Claim, load_claims
from conformance.environments.catalogue import load_releases
from conformance.errors import DataError
from conformance.words import Column, Format, Level, Mode, Operation

SOUND = """
schema = "claims/1"

[[place]]
id = "load"
title = "Loading"
format = "tf1-hub"
operation = "load"
column = "tf2"

[[place]]
id = "footnote"
title = "Footnote"
operation = "mode"
column = "tf1"

[[claim]]
id = "load.hub"
place = "load"
level = "supported"
statement = "It loads."
modes = ["tf2"]
tf = ">=1.15"

[[claim]]
id = "load.old"
place = "load"
level = "not-supported"
statement = "It does not load."
modes = ["tf1", "tf2"]
control = ["load.hub"]

[claim.ways]
graph = "in a graph"
eager = "eagerly"

[claim.instead]
graph = "eagerly"

[[claim]]
id = "footnote"
place = "footnote"
level = "conditional"
condition = "on Sundays"
statement = "Graphs."
modes = ["tf1-compat"]
"""


def load(tmp_path: Path, text: str = SOUND) -> Catalogue:
    path = tmp_path / "claims.toml"
    path.write_text(text)
    return load_claims(path)


def test_claims_are_found_by_id_by_place_and_by_where_they_apply(tmp_path: Path) -> None:
    claims = load(tmp_path)
    hub, old, footnote = claims.claims

    assert claims.claim_by_id["load.old"] is old
    assert claims.place_of(footnote) is claims.place_by_id["footnote"]
    assert claims.at(claims.place_by_id["load"]) == (hub, old)
    assert claims.applying_to("2.15.1", Mode.TF2) == (hub, old)
    assert claims.applying_to("1.14.0", Mode.TF2) == (old,)
    assert claims.applying_to("2.22.0rc0", Mode.TF1_COMPAT) == (footnote,)


def test_a_claim_without_ways_is_its_own_only_way(tmp_path: Path) -> None:
    hub, old, _ = load(tmp_path).claims
    assert (hub.ways_or_itself(), old.ways_or_itself()) == (("",), ("graph", "eager"))


def test_a_claim_is_tried_together_with_its_controls(tmp_path: Path) -> None:
    claims = load(tmp_path)
    hub, old, footnote = claims.claims

    assert claims.with_controls([old]) == (hub, old)
    assert claims.with_controls([footnote, hub]) == (hub, footnote)


@pytest.mark.parametrize(
    ("formats", "operations", "selected"),
    [
        ((), (), ["load.hub", "load.old", "footnote"]),
        ((Format.TF1_HUB,), (), ["load.hub", "load.old", "footnote"]),
        ((Format.TF2_SAVEDMODEL,), (), ["footnote"]),  # its place speaks of both formats
        ((), (Operation.LOAD,), ["load.hub", "load.old"]),
        ((Format.TF2_SAVEDMODEL,), (Operation.LOAD,), []),
    ],
)
def test_a_selection_goes_by_the_place(
    tmp_path: Path, formats: tuple[Format, ...], operations: tuple[Operation, ...], selected: list[str]
) -> None:
    claims = load(tmp_path)
    assert [claim.id for claim in claims.claims if claims.selects(claim, formats, operations)] == selected


@pytest.mark.parametrize(
    ("before", "after", "complaint"),
    [
        ('place = "load"', 'place = "laod"', 'Perhaps you meant "load"?'),
        ('control = ["load.hub"]', 'control = ["load.hbu"]', 'Perhaps you meant "load.hub"?'),
        ('control = ["load.hub"]', "", "names no `control`"),
        ('control = ["load.hub"]', 'control = ["load.old"]', "its own `control`"),
        ('level = "supported"', 'level = "suported"', 'Perhaps you meant "supported"?'),
        ('level = "supported"', 'level = "conditional"', "`condition` goes with the level"),
        ('level = "conditional"', 'level = "supported"', "`condition` goes with the level"),
        ('tf = ">=1.15"', 'tf = "1.15 on"', "no version specifier"),
        ('modes = ["tf1", "tf2"]', 'modes = ["tf1", "tf4"]', "tf4"),
        ('modes = ["tf1", "tf2"]', "modes = []", "names no mode"),
        ('graph = "eagerly"', 'grahp = "eagerly"', 'Perhaps you meant "graph"?'),
        ('statement = "It loads."', "", "missing required field `statement`"),
        ('statement = "It loads."', 'statement = "It loads."\nstatment = ""', 'Perhaps you meant "statement"?'),
        ('id = "load.old"', 'id = "load.hub"', 'two [[claim]] tables have the id "load.hub"'),
        ('id = "footnote"\ntitle', 'id = "load"\ntitle', 'two [[place]] tables have the id "load"'),
        ("[[claim]]", "[[claims]]", 'Perhaps you meant "claim"?'),
    ],
)
def test_a_broken_file_is_refused_with_the_key_and_the_near_miss(
    tmp_path: Path, before: str, after: str, complaint: str
) -> None:
    assert before in SOUND
    with pytest.raises(DataError) as refused:
        load(tmp_path, SOUND.replace(before, after, 1))

    assert complaint in str(refused.value)
    assert "claims.toml" in refused.value.where


def test_a_claim_in_two_files_is_refused_naming_both(tmp_path: Path) -> None:
    more = tmp_path / "more.toml"
    place_renamed = SOUND.replace('id = "load"', 'id = "another"')
    more.write_text(place_renamed.replace('id = "footnote"\ntitle', 'id = "note"\ntitle'))
    load(tmp_path)
    with pytest.raises(DataError, match=r'two \[\[claim\]\] tables have the id "load.hub"') as refused:
        load_claims(tmp_path / "claims.toml", more)
    assert refused.value.where == f"{tmp_path / 'claims.toml'} and {more}"


# ---- The page's claims ----------------------------------------------------------------------------------------------

CLAIMS = load_claims()
NEGATIVE = [claim for claim in CLAIMS.claims if claim.level is Level.NOT_SUPPORTED]


@pytest.mark.parametrize(
    ("of_format", "operation", "column"),
    list(product(Format, (Operation.LOAD, Operation.FINE_TUNE, Operation.CREATE), Column)),
)
def test_each_of_the_twelve_cells_makes_a_claim(of_format: Format, operation: Operation, column: Column) -> None:
    cell = [
        place
        for place in CLAIMS.places
        if (place.format, place.operation, place.column) == (of_format, operation, column)
    ]
    assert any(CLAIMS.at(place) for place in cell)


@pytest.mark.parametrize("place", CLAIMS.places, ids=lambda place: place.id)
def test_no_place_is_without_a_claim(place: object) -> None:
    assert CLAIMS.at(place)  # type: ignore[arg-type]


@pytest.mark.parametrize("claim", CLAIMS.claims, ids=lambda claim: claim.id)
def test_a_claim_is_tried_in_the_modes_of_its_column_and_somewhere_in_the_matrix(claim: Claim) -> None:
    of_column = {Column.TF1: {Mode.TF1, Mode.TF1_COMPAT}, Column.TF2: {Mode.TF2}}
    assert set(claim.modes) <= of_column[CLAIMS.place_of(claim).column]
    for mode in claim.modes:
        assert any(
            claim.applies_to(cell.environment.release.presumed_tf, mode)
            for cell in load_releases().cells
            if cell.mode is mode
        ), f"{claim.id} says {mode}, but applies in no cell of it"


@pytest.mark.parametrize("claim", NEGATIVE, ids=lambda claim: claim.id)
def test_a_control_is_tried_wherever_its_claim_is(claim: Claim) -> None:
    controls = [CLAIMS.claim_by_id[control] for control in claim.control]
    assert all(control.level is not Level.NOT_SUPPORTED for control in controls)
    for cell in load_releases().cells:
        tf = cell.environment.release.presumed_tf
        if claim.applies_to(tf, cell.mode):
            assert any(control.applies_to(tf, cell.mode) for control in controls), cell.id
