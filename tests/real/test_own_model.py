"""A model of one's own, really tried in one cell of those that the small matrix builds, and shut in."""

from __future__ import annotations

from pathlib import Path

import pytest

from conformance import json_file
from conformance.own_models.report import ModelReport
from conformance.running.places import ROOT
from conformance.words import Outcome
from tests.real.conftest import OLD, conformance

pytestmark = pytest.mark.real


def test_a_fixture_is_tried_once_and_reused_then(tmp_path: Path) -> None:
    model = ROOT / "fixtures" / "models" / "tf1-batchnorm" / "model"
    command = ("model", str(model), "--only", OLD, "--reports", str(tmp_path), "--require", "tf1.15")

    first = conformance(*command)
    assert first.returncode == 0, first.stdout + first.stderr
    report = json_file.read(
        tmp_path / "models" / "tf1-batchnorm-model" / "model.json", ModelReport, "model/2", remedy=""
    )
    assert report.tried
    assert {call.probe: call.outcome for call in report.tried.calls} == dict.fromkeys(
        [
            "own_model.hub_module[default]",
            "own_model.hub_module[default-train]",
            "own_model.graph_load[default]",
            "own_model.graph_load[default-train]",
            "own_model.tune_module[default-train]",
        ],
        Outcome.WORKS,
    )
    again = conformance(*command)
    assert "Reused: 5 observations" in again.stdout, again.stdout + again.stderr
