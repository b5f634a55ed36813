"""A model of one's own, really tried in one cell of those that the small matrix builds, and shut in."""

from __future__ import annotations

from pathlib import Path

import pytest

from conformance import json_file
from conformance.own_models.report import ModelReport
from conformance.running.enclosure import Enclosure, available
from conformance.running.places import ROOT
from conformance.words import Outcome
from tests.real.conftest import OLD, conformance
from tests.real.hostile import crashes, fills_the_memory, hangs, write_hostile, writes

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


def test_models_that_do_harm_get_a_clear_outcome_and_change_nothing(tmp_path: Path) -> None:
    models, outside = tmp_path / "models", tmp_path / "outside.txt"
    harms = {"crashes": crashes, "hangs": hangs, "memory": fills_the_memory, "writes": writes(outside)}
    for name, harm in harms.items():
        write_hostile(models / name, harm)
    command = ("model", str(models), "--only", OLD, "--reports", str(tmp_path / "r"), "--probe-limit", "8")

    done = conformance(*command)
    assert done.returncode == 0, done.stdout + done.stderr
    outcomes = {}
    for name in harms:
        report = json_file.read(tmp_path / "r" / "models" / name / "model.json", ModelReport, "model/2", remedy="")
        assert report.tried
        assert report.tried.missing == ()
        outcomes[name] = {call.outcome for call in report.tried.calls}
    shut_in = available() is Enclosure.NAMESPACES
    assert outcomes == {
        "crashes": {Outcome.CRASHED},
        "hangs": {Outcome.TIMED_OUT},
        "memory": {Outcome.CRASHED},
        "writes": {Outcome.FAILED if shut_in else Outcome.WORKS},
    }
    assert outside.exists() is not shut_in
    assert {path.name for path in models.iterdir()} == set(harms)
