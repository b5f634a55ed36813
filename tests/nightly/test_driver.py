from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console

from conformance.claims.catalogue import load_claims
from conformance.comparing.direction import SeenOutcome
from conformance.environments import locking
from conformance.environments.catalogue import load_releases
from conformance.environments.lock_file import LockRequest
from conformance.environments.unpinned import UnpinnedInstall
from conformance.evidence import Record, Unavailable
from conformance.judging.judge import Rules
from conformance.limits import Limits
from conformance.nightly import driver as module
from conformance.nightly.driver import NightlyDriver, repeat_of
from conformance.running import matrix
from conformance.running.cell import Task
from conformance.running.matrix import Measured
from conformance.running.options import Options
from conformance.running.places import Places
from conformance.running.resolving import Resolved
from conformance.running.schedule import Schedule
from conformance.running.selection import Selection
from conformance.words import Outcome
from tests.judging.cases import expecting, record, seen

RELEASES = load_releases()
CELL = RELEASES.cell("tfnightly-hub0.16-tf2-keras3")


@pytest.fixture
def places(tmp_path: Path) -> Places:
    return Places(tmp_path, tmp_path / "reports" / "nightly")


@pytest.fixture
def driver(places: Places) -> NightlyDriver:
    options = Options(Selection(), places, 2, Limits(examples=25), fresh=True)
    rules = Rules(load_claims(), RELEASES, expecting())
    return NightlyDriver(options, rules, Console(file=io.StringIO()), date="2026-10-20", as_of="2026-10-20")


def test_a_repeat_is_made_in_an_environment_of_its_own_and_leaves_none_behind(
    driver: NightlyDriver, places: Places, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    homes: list[Path] = []

    def measure_cell(task: Task, where: Places, claims: object, limits: Limits) -> Record:
        home = where.virtualenvs / task.cell.id
        assert not home.exists()  # whatever was left there is not reused
        home.mkdir(parents=True)
        homes.append(home)
        assert (task.narrowing.probes, task.lock, limits.examples) == (("one",), Path("lock"), 25)
        assert task.keys is None  # it is no evidence that anybody may reuse
        assert not task.reuse
        print("what pytest says")
        return record(task.cell, seen("one", Outcome.FAILED))

    monkeypatch.setattr(module, "measure_cell", measure_cell)
    stale = places.work / "nights" / "repeat-1" / CELL.id / "left"
    stale.parent.mkdir(parents=True)
    stale.touch()

    first = driver.repeat(CELL, Path("lock"), ("one",), 1)
    driver.repeat(CELL, Path("lock"), ("one",), 2)

    assert first.seen == {"one": SeenOutcome(Outcome.FAILED, 1, "ValueError")}
    assert len(set(homes)) == 2
    assert places.virtualenvs / CELL.id not in homes
    assert not any(home.exists() for home in homes)
    assert capsys.readouterr().out == ""
    log = places.reports / "repeat-1" / "logs" / f"{CELL.id}.log"
    assert log.read_text() == "what pytest says\n"


def test_a_repeat_that_is_interrupted_leaves_no_environment_behind(
    driver: NightlyDriver, places: Places, monkeypatch: pytest.MonkeyPatch
) -> None:
    def measure_cell(task: Task, where: Places, claims: object, limits: Limits) -> Record:
        (where.virtualenvs / task.cell.id).mkdir(parents=True)
        raise KeyboardInterrupt

    monkeypatch.setattr(module, "measure_cell", measure_cell)

    with pytest.raises(KeyboardInterrupt):
        driver.repeat(CELL, Path("lock"), ("one",), 1)

    assert not (places.work / "nights" / "repeat-1" / CELL.id).exists()


@pytest.mark.parametrize(
    ("ended", "problem"),
    [
        (record(CELL, unavailable=Unavailable("install", "the disk is full.")), "the disk is full."),
        (record(CELL, seen("one"), plan=["one", "two"]), "the repeat was cut short"),
        (record(CELL, seen("one"), cut_short=True), "the repeat was cut short"),
        (record(CELL, seen("one")), ""),
    ],
)
def test_a_repeat_says_what_it_could_not_see(ended: Record, problem: str) -> None:
    assert repeat_of(ended).problem == problem


def test_locks_are_kept_by_night(driver: NightlyDriver, places: Places, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[tuple[str, str]] = []

    def resolve(request: LockRequest, path: Path, *, as_of: str) -> None:
        asked.append((request.environment, as_of))

    monkeypatch.setattr(locking, "resolve", resolve)

    path = driver.resolve(CELL.environment)

    monkeypatch.setattr(locking, "offered", lambda environment, folder, *, as_of: f"{environment.id} as of {as_of}")

    assert driver.offered(CELL.environment) == "tfnightly-hub0.16 as of 2026-10-20"
    assert path == places.reports / "locks" / "2026-10-20" / "tfnightly-hub0.16.txt"
    assert asked == [("tfnightly-hub0.16", "2026-10-20")]


def test_cells_are_measured_as_a_matrix_measures_them(
    driver: NightlyDriver, monkeypatch: pytest.MonkeyPatch, places: Places
) -> None:
    given: dict[str, Any] = {}

    def measure(schedule: Schedule, options: object, resolved: Resolved, console: object, *, total: int) -> bool:
        given.update(total=total, waiting=schedule.waiting, options=options, resolved=resolved)
        return True

    monkeypatch.setattr(matrix, "measure", measure)
    monkeypatch.setattr(matrix, "describe", lambda reuse, cells: ["what is reused"])
    lost = Unavailable("lock", "no set of packages.")

    measured = driver.measure([CELL], {"tfnightly-hub0.16": Path("lock")}, {"tfrc-hub0.16": lost})

    assert measured == Measured(records=(), reused=(), interrupted=True)
    assert (given["total"], given["waiting"]) == (1, (CELL,))
    assert given["resolved"] == Resolved({"tfnightly-hub0.16": Path("lock")}, {"tfrc-hub0.16": lost})
    assert (given["options"].limits.examples, given["options"].fresh) == (25, True)
    assert given["options"].places == places


def test_the_plain_line_leaves_nothing_behind(
    driver: NightlyDriver, places: Places, monkeypatch: pytest.MonkeyPatch
) -> None:
    def observe(python: str, folder: Path, *, as_of: str) -> UnpinnedInstall:
        (folder / "plain").mkdir(parents=True)
        return UnpinnedInstall(python, error=as_of)

    monkeypatch.setattr(module, "observe_unpinned", observe)

    assert driver.unpinned() == UnpinnedInstall("3.13", error="2026-10-20")
    assert not (places.work / "nights" / "plain").exists()


def test_nothing_is_kept_where_nox_has_the_sessions_virtualenv() -> None:
    sessions = (Path(__file__).parents[2] / "noxfile.py").read_text()

    assert f"def {module.SCRATCH}(" not in sessions
