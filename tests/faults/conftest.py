"""Runs the real command line in a checkout of its own, with faults planted into its cells."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest

from conformance.evidence import Record, read_record
from conformance.history.store import FOLDER, History
from conformance.results import Results, read_results
from conformance.snapshot import Snapshot
from conformance.words import Verdict
from tests.running.conftest import eventually, is_running

SOUND, FAULTY = "tf1.13-hub0.7-tf1", "tf1.14-hub0.9-tf1"
REPOSITORY = Path(__file__).resolve().parents[2]


class Ended(msgspec.Struct, frozen=True):
    """What a command said, and its exit code."""

    code: int
    out: str


class Checkout:
    """A checkout in which cells need no TensorFlow."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.reports = root / "reports"
        self.started: list[subprocess.Popen[str]] = []

    def start(self, command: str, *options: str, fault: str = "", cell: str = FAULTY) -> subprocess.Popen[str]:
        """Starts a command whose cell has a fault, and does not wait for it."""
        self.started.append(
            subprocess.Popen(
                [sys.executable, "-m", "tests.faults.harness", str(self.root), command, *options],
                cwd=REPOSITORY,
                env={**os.environ, "FAULTS": json.dumps({cell: fault} if fault else {}), "COLUMNS": "300"},
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                text=True,
            )
        )
        return self.started[-1]

    def matrix(self, *options: str, fault: str = "") -> Ended:
        """Runs a matrix of a sound cell and a faulty one to its end."""
        return self.ended(self.start("matrix", "--only", "tf1.13", "--only", "tf1.14", *options, fault=fault))

    def run(self, command: str, *options: str) -> Ended:
        """Runs a command to its end."""
        return self.ended(self.start(command, *options))

    def ended(self, process: subprocess.Popen[str]) -> Ended:
        """Waits for a command."""
        out, _ = process.communicate(timeout=60)
        return Ended(process.returncode, out)

    def halfway(self, cell: str = FAULTY) -> None:
        """Waits until a cell has observed half of its probes."""
        assert eventually(Path(f"{self.partial_of(cell)}.halfway").exists, seconds=30)

    def measuring(self, cell: str = FAULTY) -> int:
        """The process that measures a cell."""
        return int((self.root / ".nox" / "cells" / f"{cell}.running").read_text())

    @property
    def results(self) -> Results:
        """What the latest run reported."""
        return read_results(self.reports / "results.json")

    @property
    def missing(self) -> dict[str, str]:
        """What the latest run reported as missing."""
        return self.results.run.cells_missing

    def record_of(self, cell: str) -> Record:
        """The record of a cell's run that ended."""
        return read_record(self.reports / "records" / f"{cell}.jsonl")

    def partial_of(self, cell: str) -> Path:
        """Where a cell's record is while it is written."""
        return self.reports / "records" / f"{cell}.jsonl.partial"

    def remembered(self) -> list[Snapshot]:
        """The runs of the history."""
        history = History(self.reports / FOLDER)
        return [history.read(info) for info in history.runs()]

    def assert_nothing_false(self) -> None:
        """Whatever was said agrees with the sound TensorFlow that was there, or says that it is not known."""
        results = self.results
        assert {row.verdict for row in results.verdicts} <= {Verdict.AGREES, Verdict.INCONCLUSIVE}
        assert {str(row.outcome) for row in results.observations} <= {"works", "rejected"}
        seen = {(row.cell, row.probe) for row in results.observations}
        assert all(row.verdict is not Verdict.AGREES or row.outcomes for row in results.verdicts)
        assert all((row.cell, probe) in seen for row in results.verdicts for probe in row.outcomes)


@pytest.fixture
def checkout(tmp_path: Path) -> Iterator[Checkout]:
    subprocess.run(["git", "init", "--quiet", str(tmp_path)], check=True)
    checkout = Checkout(tmp_path)
    yield checkout
    for process in checkout.started:
        if process.poll() is None:
            process.send_signal(signal.SIGINT)
            process.communicate(timeout=30)


def kill(process: int) -> None:
    """Kills a process of ours that nobody can prepare for, and waits until it is gone."""
    os.kill(process, signal.SIGKILL)
    assert eventually(lambda: not is_running(process))
