from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest

from conformance.trial import runs
from conformance.trial.runs import TrialRun, trace_file
from tests.trial.cases import fake_run

FAKE = Path(__file__).with_name("fake_run.py")


@pytest.fixture
def fake_runs(monkeypatch: pytest.MonkeyPatch) -> None:
    """Lets fake_run.py stand in for the child that measures a cell, without what makes a Python start slowly."""

    def command(self: TrialRun, folder: Path) -> list[str]:
        places, left = self.places(folder), fake_run(self.name, self.cell, self.probes)
        places.records.mkdir(parents=True, exist_ok=True)
        texts = {  # the trace first: a run is ended once its record shows enough
            trace_file(places.reports, self.cell): left.trace,
            places.partial(self.cell): left.partial,
            places.record(self.cell): left.record,
        }
        files = json.dumps({str(path): text for path, text in texts.items() if text})
        return [sys.executable, "-IS", str(FAKE), str(folder / f"{self.cell}.busy"), left.partial and "hangs", files]

    monkeypatch.setattr(TrialRun, "command", command)
    monkeypatch.setattr(runs, "_POLL", 0.01)
    monkeypatch.setattr(runs, "_LOOK", 0.01)
