from __future__ import annotations

import io
import json
import subprocess
import sys
from datetime import date
from types import SimpleNamespace

import pytest

from conformance.commands.program import main
from conformance.environments.catalogue import load_releases
from conformance.errors import ExitCode, UsageError
from conformance.running.places import ROOT
from conformance.sharding.jobs import COMMAND, jobs_of

RELEASES = load_releases()
DAY = date(2026, 11, 24)


def listing(*cell_ids: str) -> bytes:
    """What nox prints."""
    rows = [
        {"session": f"cell({cell_id})", "name": "cell", "python": False, "call_spec": {"cell_id": cell_id}}
        for cell_id in cell_ids
    ]
    return json.dumps(rows).encode()


WHOLE = listing(*(cell.id for cell in RELEASES.cells))


def test_there_is_one_job_for_each_environment() -> None:
    jobs = jobs_of(WHOLE, RELEASES.cells, today=DAY)

    assert [job.environment for job in jobs] == [environment.id for environment in RELEASES.environments]
    assert sum(job.cells for job in jobs) == len(RELEASES.cells)


def test_a_job_says_which_python_its_cells_need() -> None:
    (job,) = jobs_of(WHOLE, RELEASES.cells_matching(["tf1.15-hub0.15"]), today=DAY)

    assert job.python == "3.7"


def test_a_cache_is_kept_as_long_as_the_lock() -> None:
    cells = RELEASES.cells_matching(["tf2.15"])

    one, other = jobs_of(WHOLE, cells, today=DAY)

    assert one.cache.startswith("tf2.15-hub0.15-")
    assert one.cache != other.cache
    assert jobs_of(WHOLE, cells, today=date(2027, 1, 1)) == (one, other)


def test_the_cache_of_a_floating_environment_is_kept_for_a_day() -> None:
    (job,) = jobs_of(WHOLE, RELEASES.cells_matching(["tfnightly"]), today=DAY)

    assert job.cache == f"{job.environment}-2026-11-24"


def test_a_listing_that_lacks_a_cell_is_refused() -> None:
    with pytest.raises(UsageError, match=r"has no session for 1 of the 2 cells selected, tf2.15-hub0.16-tf2 first"):
        jobs_of(listing("tf2.15-hub0.16-tf1-compat"), RELEASES.cells_matching(["tf2.15-hub0.16"]))


@pytest.mark.parametrize("junk", [b"", b"nox > Creating virtual environment\n[]", b'{"session": 1}', b"\xff"])
def test_what_is_no_listing_is_refused_with_the_command_that_makes_one(junk: bytes) -> None:
    with pytest.raises(UsageError) as refused:
        jobs_of(junk, RELEASES.cells)

    assert COMMAND in str(refused.value)
    assert "PIP_QUIET=1" in str(refused.value)


def test_the_command_prints_what_a_workflow_takes(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "stdin", SimpleNamespace(buffer=io.BytesIO(WHOLE)))

    assert main(["jobs", "--only", "tf2.1[56]*"]) == ExitCode.AS_EXPECTED

    printed = capsys.readouterr().out
    assert printed.count("\n") == 1
    assert [job["environment"] for job in json.loads(printed)["include"]] == [
        "tf2.15-hub0.15",
        "tf2.15-hub0.16",
        "tf2.16-hub0.16",
    ]


@pytest.mark.real
def test_noxs_own_listing_is_taken() -> None:
    listed = subprocess.run(
        [sys.executable, "-m", *COMMAND.split()], cwd=ROOT, capture_output=True, check=True, env=None
    ).stdout

    assert len(jobs_of(listed, RELEASES.cells)) == len(RELEASES.environments)
