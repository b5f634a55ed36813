from __future__ import annotations

import sys
from pathlib import Path

import pytest

from conformance.trial import runs
from conformance.trial.runs import TrialRun, trace_file

FAKE = "tests.trial.fake_run"


@pytest.fixture
def fake_runs(monkeypatch: pytest.MonkeyPatch) -> None:
    """Lets fake_run.py stand in for the child that measures a cell."""

    def command(self: TrialRun, folder: Path) -> list[str]:
        places = self.places(folder)
        record, trace = places.record(self.cell), trace_file(places.reports, self.cell)
        return [sys.executable, "-m", FAKE, self.name, self.cell, str(record), str(trace), *self.probes]

    monkeypatch.setattr(TrialRun, "command", command)
    monkeypatch.setattr(runs, "_POLL", 0.01)
    monkeypatch.setattr(runs, "_LOOK", 0.01)
