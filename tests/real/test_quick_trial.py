"""The real thing, small: a few defects planted into a cell of TensorFlow 1.15 are all noticed."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest

from conformance.errors import ExitCode
from conformance.trial.findings import DefectState
from conformance.trial.trial import Trial
from tests.real.conftest import conformance

pytestmark = pytest.mark.real


def test_every_planted_defect_is_noticed_and_nothing_else(tmp_path: Path) -> None:
    done = conformance(
        *("trial", "--quick", "--brief", "--cell", "tf1.15*"),
        *("--probe", "tf1_hub_fine_tune.*", "--probe", "tf1_hub_create.*", "--reports", str(tmp_path)),
    )

    assert done.returncode == ExitCode.AS_EXPECTED, done.stdout + done.stderr
    trial = msgspec.json.decode((tmp_path / "trial.json").read_bytes(), type=Trial)
    assert {finding.state for finding in trial.findings} == {DefectState.NOTICED}
    assert len(trial.clean) == 1
    assert len(trial.findings) > 1
