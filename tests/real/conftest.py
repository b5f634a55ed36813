"""A real matrix of two cells, measured once for all tests that look at it."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import msgspec
import pytest

from conformance.results import Results, read_results
from conformance.running.places import ROOT

OLD, NEW = "tf1.15-hub0.15-tf1", "tf2.21-hub0.16-tf2-keras3"


class Ran(msgspec.Struct):
    """What the run printed and left."""

    code: int
    output: str
    reports: Path
    results: Results


def conformance(*arguments: str, checkout: Path = ROOT) -> subprocess.CompletedProcess[str]:
    """Runs a command of the harness as nox does."""
    command = [sys.executable, "-m", "conformance", *arguments]
    return subprocess.run(command, cwd=checkout, capture_output=True, text=True, check=False)


@pytest.fixture(scope="session")
def ran(tmp_path_factory: pytest.TempPathFactory) -> Ran:
    reports = tmp_path_factory.mktemp("reports")
    done = conformance("matrix", "--only", OLD, "--only", NEW, "--reports", str(reports))
    assert (reports / "results.json").is_file(), done.stdout + done.stderr
    return Ran(done.returncode, done.stdout + done.stderr, reports, read_results(reports / "results.json"))
