"""No claim without a probe, no probe without a claim: read from the probes' source, since they import TensorFlow."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from conformance.claims.catalogue import load_claims
from conformance.environments.catalogue import load_releases
from conformance.fixtures import load_models
from conformance.running.probe_names import PROBES

CATALOGUE = load_claims()
MODELS = {model.id for model in load_models(load_releases())}
SOURCES = sorted(PROBES.glob("test_*.py"))


def probe_marks(path: Path) -> list[tuple[str, str, str, str]]:
    """(test, claim, standing, way) of each @probe(...) in a module of probes."""
    return [
        (node.name, *_arguments(decorator))
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.FunctionDef)
        for decorator in node.decorator_list
        if isinstance(decorator, ast.Call) and isinstance(decorator.func, ast.Name) and decorator.func.id == "probe"
    ]


def _arguments(call: ast.Call) -> tuple[str, str, str]:
    claim, standing = (ast.literal_eval(argument) for argument in call.args)
    way = next((ast.literal_eval(keyword.value) for keyword in call.keywords if keyword.arg == "way"), "")
    return claim, standing, way


MARKS = [mark for path in SOURCES for mark in probe_marks(path)]


@pytest.mark.parametrize("claim", CATALOGUE.claims, ids=lambda claim: claim.id)
def test_every_claim_and_way_has_a_literal_probe(claim):
    tried = {way for _, of_claim, standing, way in MARKS if of_claim == claim.id and standing == "literal"}
    assert set(claim.ways_or_itself()) <= tried


@pytest.mark.parametrize("mark", MARKS, ids=lambda mark: f"{mark[0]}-{mark[1]}")
def test_every_probe_speaks_to_a_claim_and_way_that_exist(mark):
    _, claim, _, way = mark
    assert claim in CATALOGUE.claim_by_id
    assert way in CATALOGUE.claim_by_id[claim].ways_or_itself()


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: path.stem)
def test_every_test_among_the_probes_is_marked_as_one(path):
    tests = {
        node.name
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.FunctionDef) and node.name.startswith("test_")
    }
    assert tests == {test for test, *_ in probe_marks(path)}


def test_every_golden_model_is_tried_and_no_other():
    named = {
        text.value
        for path in SOURCES
        for text in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(text, ast.Constant) and isinstance(text.value, str) and text.value in MODELS
    }
    assert named == MODELS
