"""Split, run, merge for real: shards measured in separate clones say what an unsplit run says."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from conformance.errors import ExitCode
from conformance.results import read_results
from conformance.running.places import ROOT, default_places
from tests.real.conftest import NEW, OLD, conformance
from tests.sharding.untimed import untimed

pytestmark = pytest.mark.real

RUN = ("--only", OLD, "--only", NEW, "--probe", "tf1_hub_create.*")  # some work, some end with a traceback


def clone(folder: Path, source: Path) -> Path:
    """A clone that uses this checkout's virtualenvs: to build its own is tried by those who make them."""
    subprocess.run(["git", "clone", "--quiet", str(source), str(folder)], check=True)
    virtualenvs = default_places().virtualenvs
    virtualenvs.mkdir(parents=True, exist_ok=True)
    (folder / ".nox").mkdir()
    (folder / ".nox" / virtualenvs.name).symlink_to(virtualenvs)
    return folder


def test_shards_of_separate_clones_merge_to_what_an_unsplit_run_gives(tmp_path: Path) -> None:
    whole = clone(tmp_path / "whole", ROOT)
    shards = []
    for cell in (NEW, OLD):
        checkout = clone(tmp_path / f"clone-of-{cell}", whole)  # its commit, whatever ROOT's is by now
        shards.append(str(tmp_path / f"shard-of-{cell}"))
        done = conformance("shard", cell, "--out", shards[-1], *RUN, checkout=checkout)
        assert done.returncode == ExitCode.AS_EXPECTED, done.stdout + done.stderr
    unsplit = conformance("matrix", *RUN, "--reports", str(tmp_path / "unsplit"), checkout=whole)

    merged = conformance("merge", *shards, "--reports", str(tmp_path / "merged"), checkout=whole)

    assert merged.returncode == unsplit.returncode, merged.stdout + merged.stderr
    one, other = read_results(tmp_path / "merged" / "results.json"), read_results(tmp_path / "unsplit" / "results.json")
    assert one.run.cells_missing == {}
    assert len(one.observations) > 4
    assert untimed(one) == untimed(other)
