"""The whole matrix a second time: a hundred generated records that all hold, judged and reported at once."""

from __future__ import annotations

import io
import sys
import time
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import msgspec
import pytest
from rich.console import Console

from conformance import results
from conformance.claims.catalogue import load_claims
from conformance.commands.reporting import RunReporter
from conformance.environments import interpreters, locking
from conformance.environments.catalogue import Cell, Environment, load_releases
from conformance.environments.lock_file import read_lock
from conformance.evidence import SCHEMA, Footer, Header, Line, Observation, Plan, Versions
from conformance.fixtures import load_models
from conformance.judging.narrowing import Narrowing
from conformance.results import ObservationRow, read_results
from conformance.running import matrix, process
from conformance.running.keys import Built, Keys
from conformance.running.matrix import run_matrix
from conformance.running.options import Options
from conformance.running.places import ROOT, Places
from conformance.running.selection import Selection
from conformance.words import Outcome
from tests.reporting import sample

# Of processor time, so that it matters little what else the machine does: twice what it takes on two busy cores.
SECONDS = 20.0
PYTHON = "9.9.9"
NEVER_REUSED = (Outcome.TIMED_OUT, Outcome.CRASHED, Outcome.BLOCKED)
STARTED = "2026-11-23T00:00:00+00:00"


@pytest.fixture
def places(tmp_path: Path) -> Places:
    """A folder with a complete record of every cell, as large as real ones, under the present keys."""
    places = Places(tmp_path, tmp_path / "reports")
    places.prepare()
    releases, run = load_releases(), sample.full_run(load_claims(), probes_per_claim=1)
    keys = Keys(ROOT, load_claims(), load_models(releases))
    rows: dict[str, list[ObservationRow]] = defaultdict(list)
    for row in run.observations:
        rows[row.cell].append(row)
    settings = {setting.cell: setting for setting in run.environments}
    for cell in releases.cells:
        built = Built(read_lock(lock_of(cell.environment)).content, PYTHON)
        lines = record_of(cell, rows[cell.id], keys.of(cell, built, Narrowing(), 4), settings.get(cell.id))
        places.record(cell.id).write_bytes(b"".join(msgspec.json.encode(line) + b"\n" for line in lines))
    return places


def record_of(
    cell: Cell, rows: list[ObservationRow], keys: dict[str, str], setting: results.Setting | None
) -> list[Line]:
    modules = list(keys)
    observations = [
        Observation(
            probe=f"{modules[number % len(modules)]}.{number}",
            claims=row.claims,
            fixture=row.fixture,
            outcome=row.outcome if row.outcome not in NEVER_REUSED else Outcome.FAILED,
            error=row.error,
            notes=row.notes,
            seconds=row.seconds,
            steps=row.steps,
        )
        for number, row in enumerate(rows)
    ]
    tf = setting.tf if setting else cell.environment.release.presumed_tf
    return [
        Header(SCHEMA, cell.id, cell.environment.id, cell.mode, cell.keras, "sha256:00", STARTED, "test", keys),
        Versions(tf, cell.environment.hub, PYTHON, "2.15.0", {"numpy": "1.26.4"}),
        Plan(tuple(one.probe for one in observations)),
        *observations,
        Footer(len(observations), 60.0, 50.0, STARTED),
    ]


def lock_of(environment: Environment) -> Path:
    """Of a floating release any lock will do."""
    return environment.lock if environment.lock.is_file() else load_releases().environment("tf2.21-hub0.16").lock


@contextmanager
def untraced() -> Iterator[None]:
    """Coverage's tracer would double the time that is measured."""
    tracer = sys.gettrace()
    sys.settrace(None)
    try:
        yield
    finally:
        sys.settrace(tracer)


def test_it_starts_nothing_and_is_done_in_seconds(places: Places, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(interpreters, "exact_version", lambda version: PYTHON)
    monkeypatch.setattr(locking, "resolved_today", lambda environment, directory: lock_of(environment))
    monkeypatch.setattr(process, "start", lambda *arguments, **options: pytest.fail("a cell was started"))
    monkeypatch.setattr(matrix, "Keys", lambda root, *rest: Keys(ROOT, *rest))
    seen = io.StringIO()

    console = Console(file=seen, width=160)
    with untraced():
        began = time.process_time()
        run_matrix(Options(Selection(), places, jobs=2), console, RunReporter(console))
        took = time.process_time() - began

    run = read_results(places.reports / "results.json")
    cells = len(load_releases().cells)
    assert f"{cells} of {cells} cells as a whole" in seen.getvalue()
    assert run.run.cells_missing == {}
    assert sum(row.reused for row in run.environments) == len(run.observations) > 10_000
    assert took < SECONDS
