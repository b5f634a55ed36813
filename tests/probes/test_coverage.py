"""No claim without a probe, no probe without a claim: as pytest collects them, which needs no TensorFlow."""

from __future__ import annotations

import ast
import json
import subprocess
from pathlib import Path
from typing import Any

import pytest

from conformance.claims.catalogue import load_claims
from conformance.environments.catalogue import load_releases
from conformance.fixtures import load_models
from conformance.running.probe_names import PROBES
from tests.inside import fakes, running
from tests.probes import listing as listing_plugin

pytest.importorskip("numpy")

CATALOGUE = load_claims()
MODELS = {model.id for model in load_models(load_releases())}
SOURCES = sorted(PROBES.glob("test_*.py"))


def _collected(folder: Path) -> list[dict[str, Any]]:
    """Every probe with its claims, as pytest collects them, whatever it is parametrized with."""
    request = running.ask(folder, claims=[claim.id for claim in CATALOGUE.claims])
    listing = folder / "probes.json"
    done = subprocess.run(
        [*running.command(PROBES, workers=False), "-p", "tests.probes.listing", "--collect-only", "-q"],
        env={**fakes.variables(fakes.install(folder), request, folder), listing_plugin.VARIABLE: str(listing)},
        cwd=str(running.ROOT),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    assert done.returncode == 0, done.stdout  # also where a test is no probe
    found: list[dict[str, Any]] = json.loads(listing.read_text(encoding="utf-8"))
    return found


@pytest.fixture(scope="module")
def marks(tmp_path_factory: pytest.TempPathFactory) -> set[tuple[str, str, str, str]]:
    """(test, claim, standing, way) of each mark of each probe."""
    return {
        (about["probe"].partition("[")[0], claim["id"], claim["standing"], claim["way"])
        for about in _collected(tmp_path_factory.mktemp("probes"))
        for claim in about["claims"]
    }


def test_every_claim_and_way_has_a_literal_probe(marks):
    literal = {(claim, way) for _, claim, standing, way in marks if standing == "literal"}
    wanted = {(claim.id, way) for claim in CATALOGUE.claims for way in claim.ways_or_itself()}
    assert wanted - literal == set()


def test_every_probe_speaks_to_a_claim_and_way_that_exist(marks):
    known = {(claim.id, way) for claim in CATALOGUE.claims for way in claim.ways_or_itself()}
    assert {mark for mark in marks if (mark[1], mark[3]) not in known} == set()


def test_every_golden_model_is_tried_and_no_other():
    named = {
        text.value
        for path in SOURCES
        for text in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(text, ast.Constant) and isinstance(text.value, str) and text.value in MODELS
    }
    assert named == MODELS
