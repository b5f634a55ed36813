"""Split, run, merge for real: shards measured in separate clones say what an unsplit run says."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from conformance.errors import ExitCode
from conformance.results import read_results
from conformance.running.places import ROOT
from tests.sharding.untimed import untimed

pytestmark = pytest.mark.real

OLD, NEW = "tf1.15-hub0.15-tf1", "tf2.15-hub0.16-tf2"
RUN = ("--only", OLD, "--only", NEW, "--probe", "tf1_hub_create.*")  # some work, some are refused with a traceback


def clone(folder: Path, source: Path) -> Path:
    subprocess.run(["git", "clone", "--quiet", str(source), str(folder)], check=True)
    return folder


def conformance(checkout: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "conformance", *arguments], cwd=checkout, capture_output=True, text=True, check=False
    )


def test_shards_of_separate_clones_merge_to_what_an_unsplit_run_gives(tmp_path: Path) -> None:
    whole = clone(tmp_path / "whole", ROOT)
    shards = []
    for cell in (NEW, OLD):
        checkout = clone(tmp_path / f"clone-of-{cell}", whole)  # its commit, whatever ROOT's is by now
        shards.append(str(tmp_path / f"shard-of-{cell}"))
        done = conformance(checkout, "shard", cell, "--out", shards[-1], *RUN)
        assert done.returncode == ExitCode.AS_EXPECTED, done.stdout + done.stderr
    unsplit = conformance(whole, "matrix", *RUN, "--reports", str(tmp_path / "unsplit"))

    merged = conformance(whole, "merge", *shards, "--reports", str(tmp_path / "merged"))

    assert merged.returncode == unsplit.returncode, merged.stdout + merged.stderr
    one, other = read_results(tmp_path / "merged" / "results.json"), read_results(tmp_path / "unsplit" / "results.json")
    assert one.run.cells_missing == {}
    assert len(one.observations) > 4
    assert untimed(one) == untimed(other)
