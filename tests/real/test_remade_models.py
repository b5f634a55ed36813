"""Golden models remade from their recipes behave like the committed ones."""

from __future__ import annotations

from pathlib import Path

import pytest

from conformance import fixtures
from conformance.claims.catalogue import load_claims
from conformance.environments.catalogue import load_releases
from conformance.judging.narrowing import Narrowing
from conformance.limits import Limits
from conformance.running.cell import Task, measure_cell
from conformance.running.places import default_places
from conformance.words import Outcome

pytestmark = pytest.mark.real

CONSUMER = "tf1.15-hub0.15-tf1"  # the oldest cell that reads both formats
PROBES = ("tf1_hub_load*", "tf2_savedmodel_load*")  # all that only load and call, of nearly every model


def test_remade_models_behave_like_the_committed_ones(tmp_path: Path) -> None:
    releases = load_releases()
    models = fixtures.load_models(releases)
    places = default_places(tmp_path / "reports")
    places.prepare()
    fixtures.remake(models, releases, virtualenvs=places.virtualenvs, folder=tmp_path / "models")
    fixtures.verify_fixtures(models, tmp_path / "models")

    outcomes = {}
    for folder in (fixtures.FIXTURES, tmp_path / "models"):
        task = Task(releases.cell(CONSUMER), Narrowing(probes=PROBES), models=folder)
        record = measure_cell(task, places, load_claims(), Limits())
        outcomes[folder] = {row.probe: row.outcome for row in record.observations if row.fixture}

    committed, remade = outcomes.values()
    assert remade == committed
    assert Outcome.WORKS in remade.values()
