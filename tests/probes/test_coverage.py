"""No claim without a probe, no probe without a claim, by what pytest collects."""

from __future__ import annotations

import pytest

from conformance.claims.catalogue import load_claims
from conformance.environments.catalogue import load_releases
from conformance.fixtures import load_models
from conformance.running.dependencies import probe_modules
from conformance.words import Standing

CATALOGUE = load_claims()
MODULES = probe_modules()
MARKS = [(probe.probe, *claim.values()) for module in MODULES for probe in module.probes for claim in probe.claims]


@pytest.mark.parametrize("claim", CATALOGUE.claims, ids=lambda claim: claim.id)
def test_every_claim_and_way_has_a_literal_probe(claim):
    tried = {way for _, of_claim, standing, way in MARKS if of_claim == claim.id and standing == Standing.LITERAL}
    assert set(claim.ways_or_itself()) <= tried


@pytest.mark.parametrize("module", MODULES, ids=lambda module: module.name)
def test_every_probe_speaks_to_a_claim_and_way_that_exist(module):
    for probe in module.probes:
        for claim in probe.claims:
            assert claim["id"] in CATALOGUE.claim_by_id, probe.probe
            assert claim["way"] in CATALOGUE.claim_by_id[claim["id"]].ways_or_itself(), probe.probe


def test_every_golden_model_is_tried():
    models = {model.id for model in load_models(load_releases())}
    assert set().union(*(module.models_among(models) for module in MODULES if not module.asks_for("models"))) == models
