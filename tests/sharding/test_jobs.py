from __future__ import annotations

import json
from datetime import date

import pytest

from conformance.commands.program import main
from conformance.environments.catalogue import load_releases
from conformance.errors import ExitCode
from conformance.sharding.jobs import jobs_of

RELEASES = load_releases()
DAY = date(2026, 11, 24)


def test_there_is_one_job_for_each_environment() -> None:
    jobs = jobs_of(RELEASES.cells, today=DAY)

    assert [job.environment for job in jobs] == [environment.id for environment in RELEASES.environments]
    assert sum(job.cells for job in jobs) == len(RELEASES.cells)


def test_a_job_says_which_python_its_cells_need() -> None:
    (job,) = jobs_of(RELEASES.cells_matching(["tf1.15-hub0.15"]), today=DAY)

    assert job.python == "3.7"


def test_a_cache_is_kept_as_long_as_the_lock() -> None:
    cells = RELEASES.cells_matching(["tf2.15"])

    one, other = jobs_of(cells, today=DAY)

    assert one.cache.startswith("tf2.15-hub0.15-")
    assert one.cache != other.cache
    assert jobs_of(cells, today=date(2027, 1, 1)) == (one, other)


def test_the_cache_of_a_floating_environment_is_kept_for_a_day() -> None:
    (job,) = jobs_of(RELEASES.cells_matching(["tfnightly"]), today=DAY)

    assert job.cache == f"{job.environment}-2026-11-24"


def test_the_command_prints_what_a_workflow_takes(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["jobs", "--only", "tf2.1[56]*"]) == ExitCode.AS_EXPECTED

    printed = capsys.readouterr().out
    assert printed.count("\n") == 1
    assert [job["environment"] for job in json.loads(printed)["include"]] == [
        "tf2.15-hub0.15",
        "tf2.15-hub0.16",
        "tf2.16-hub0.16",
    ]
