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
from tests.real.conftest import OLD, Ran

pytestmark = pytest.mark.real

PROBES = ("tf1_hub_load*", "tf2_savedmodel_load*")  # all that only load and call, of nearly every model


def test_remade_models_behave_like_the_committed_ones(ran: Ran, tmp_path: Path) -> None:
    releases = load_releases()
    models = fixtures.load_models(releases)
    places = default_places(tmp_path / "reports")
    places.prepare()
    fixtures.remake(models, releases, virtualenvs=places.virtualenvs, folder=tmp_path / "models")
    fixtures.verify_fixtures(models, tmp_path / "models")

    task = Task(releases.cell(OLD), Narrowing(probes=PROBES), models=tmp_path / "models")
    record = measure_cell(task, places, load_claims(), Limits())

    remade = {row.probe: row.outcome for row in record.observations if row.fixture}
    committed = {row.probe: row.outcome for row in ran.results.observations if row.cell == OLD}
    assert remade == {probe: committed[probe] for probe in remade}
    assert Outcome.WORKS in remade.values()
