from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from conformance.claims.catalogue import Catalogue
from conformance.environments import locking, virtualenv
from conformance.environments.catalogue import Cell, Environment, Releases
from conformance.environments.unavailable import UnavailableError
from conformance.errors import UsageError
from conformance.evidence import Record, Unavailable, read_record
from conformance.judging.narrowing import Narrowing
from conformance.limits import Limits
from conformance.running import probing
from conformance.running.cell import Task, harness_version, measure_cell, record_unavailable
from conformance.running.exclusive import only_one
from conformance.running.places import ROOT, Places

FAKE = Path(__file__).with_name("fake_pytest.py")
Measure = Callable[..., Record]


@pytest.fixture
def measure(monkeypatch: pytest.MonkeyPatch, places: Places, cell: Cell, claims: Catalogue) -> Measure:
    monkeypatch.setattr(virtualenv, "build", lambda cell, **options: Path(sys.executable))

    def measure(defect: str = "works", *, task: Task | None = None, limits: Limits = Limits()) -> Record:  # noqa: B008
        monkeypatch.setattr(probing, "command", lambda python, root: [str(python), "-IS", str(FAKE), defect])
        return measure_cell(task or Task(cell), places, claims, limits)

    return measure


def outcomes(record: Record) -> dict[str, tuple[str, int]]:
    return {one.probe: (str(one.outcome), one.attempt) for one in record.observations}


def test_a_cell_that_works_leaves_a_whole_record(measure: Measure, cell: Cell, places: Places) -> None:
    record = measure()

    assert record.complete
    assert record.path == places.record(cell.id)
    assert (record.header.cell, record.header.environment) == (cell.id, cell.environment.id)
    assert record.header.lock.startswith("sha256:")
    assert record.footer is not None
    assert record.footer.observations == 2
    assert record.footer.seconds > 0
    assert record.footer.cpu_seconds > 0
    assert not places.partial(cell.id).exists()


def test_an_environment_that_cannot_be_built_is_measured_as_unavailable(
    measure: Measure, monkeypatch: pytest.MonkeyPatch
) -> None:
    def build(cell: Cell, root: Path, lock: Path, **options: object) -> Path:
        raise UnavailableError("interpreter", "no CPython 3.11 is installed.", where="here", remedy="Install it.")

    monkeypatch.setattr(virtualenv, "build", build)

    record = measure()

    assert record.unavailable == Unavailable("interpreter", "no CPython 3.11 is installed.", "", "Install it.")
    assert record.footer is not None


def test_a_virtualenv_takes_the_compiled_files_of_another_of_its_release(
    measure: Measure, monkeypatch: pytest.MonkeyPatch, places: Places, cell: Cell
) -> None:
    asked: list[object] = []

    def build(cell: Cell, bytecode_of: Path | None, **options: object) -> Path:
        asked.append(bytecode_of)
        return Path(sys.executable)

    monkeypatch.setattr(virtualenv, "build", build)
    release, _, _ = cell.id.partition("-hub")
    compiled = "lib/python3.11/site-packages/tensorflow/python/__pycache__"
    measure()  # there is no other
    for other in (cell.id, f"{release}-hub0.1-tf2", f"{release}-hub0.2-tf2", f"{release}0-hub0.1-tf2"):
        (places.virtualenvs / other).mkdir(parents=True, exist_ok=True)
    for other in (cell.id, f"{release}-hub0.2-tf2", f"{release}0-hub0.1-tf2"):
        (places.virtualenvs / other / compiled).mkdir(parents=True)
    measure()

    assert asked == [None, places.virtualenvs / f"{release}-hub0.2-tf2"]


def test_a_broken_lock_makes_a_cell_unavailable(measure: Measure, cell: Cell, tmp_path: Path) -> None:
    (tmp_path / "lock.txt").write_text("tensorflow==2.15.1\n")

    record = measure(task=Task(cell, lock=tmp_path / "lock.txt"))

    assert record.unavailable is not None
    assert record.unavailable.stage == "lock"
    assert record.header.lock == ""


def test_a_floating_release_is_resolved_for_a_cell_that_runs_by_itself(
    measure: Measure, releases: Releases, monkeypatch: pytest.MonkeyPatch, places: Places
) -> None:
    nightly = next(cell for cell in releases.cells if cell.environment.release.tf == "nightly")
    asked: list[tuple[str, Path]] = []

    def resolve(environment: Environment, directory: Path) -> Path:
        asked.append((environment.id, directory))
        raise UnavailableError("lock", "the index cannot be reached.", where="x", remedy="Check the network.")

    monkeypatch.setattr(locking, "resolve_floating", resolve)

    record = measure(task=Task(nightly))

    assert asked == [(nightly.environment.id, places.resolutions / nightly.id)]
    assert record.unavailable is not None
    assert record.unavailable.reason == "the index cannot be reached."


def test_a_hang_that_does_not_repeat_is_forgiven(measure: Measure) -> None:
    assert outcomes(measure("hangs once")) == {"one": ("works", 1), "two": ("works", 2)}


def test_a_hang_that_repeats_is_reported_with_its_second_attempt(measure: Measure) -> None:
    assert outcomes(measure("hangs twice")) == {"one": ("works", 1), "two": ("timed-out", 2)}


@pytest.mark.parametrize(
    ("defect", "stage", "detail"),
    [
        ("breaks in its plugin", "collect", "INTERNALERROR> the plugin broke"),
        ("dies before a probe ends", "run", "pytest says"),
    ],
)
def test_a_pytest_that_leaves_nothing_is_explained_by_what_it_printed(
    defect: str, stage: str, detail: str, measure: Measure
) -> None:
    record = measure(defect)

    assert record.unavailable is not None
    assert record.unavailable.stage == stage
    assert detail in record.unavailable.detail


def test_what_the_inside_says_itself_is_not_said_again(measure: Measure) -> None:
    record = measure("cannot import")

    assert record.unavailable is not None
    assert record.unavailable.reason == "TensorFlow cannot be imported."


def test_that_no_probe_was_selected_is_nothing_to_explain(measure: Measure, cell: Cell) -> None:
    record = measure("selects nothing", task=Task(cell, Narrowing(probes=("none",))))

    assert record.unavailable is None
    assert record.footer is not None


def test_a_torn_line_does_not_damage_the_record(measure: Measure) -> None:
    record = measure("leaves a torn line")

    assert outcomes(record) == {"one": ("works", 1)}
    assert record.missing == ("two",)
    assert record.footer is not None


def test_a_cell_over_its_limit_keeps_what_was_observed(measure: Measure, capsys: pytest.CaptureFixture[str]) -> None:
    record = measure("hangs after one", limits=Limits(cell=3.0))

    assert outcomes(record) == {"one": ("works", 1)}
    assert record.missing == ("two",)
    assert record.unavailable is None
    assert "took longer than" in capsys.readouterr().out


def test_a_cell_over_its_limit_without_an_observation_is_unavailable(measure: Measure) -> None:
    record = measure("hangs at once", limits=Limits(cell=2.0))

    assert record.unavailable is not None
    assert (record.unavailable.stage, "may take" in record.unavailable.reason) == ("run", True)


def test_an_interrupted_cell_keeps_its_partial_record_and_the_one_before(
    measure: Measure, cell: Cell, places: Places, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = measure().path.read_bytes()

    def interrupt(*arguments: object, **options: object) -> probing.PytestEnd:
        raise KeyboardInterrupt

    monkeypatch.setattr(probing, "run_probes", interrupt)
    with pytest.raises(KeyboardInterrupt):
        measure()

    assert places.record(cell.id).read_bytes() == before
    assert read_record(places.partial(cell.id)).footer is None


def test_the_same_cell_cannot_be_measured_twice_at_once(measure: Measure, cell: Cell, places: Places) -> None:
    with (
        only_one(places.virtualenvs / f"{cell.id}.running", "x"),
        pytest.raises(UsageError, match="running already"),
    ):
        measure()


def test_a_cell_that_was_lost_before_its_turn_has_a_record(cell: Cell, places: Places) -> None:
    record = record_unavailable(cell, Unavailable("lock", "no."), places)

    assert record.unavailable == Unavailable("lock", "no.")
    assert record.footer is not None
    assert record.footer.observations == 0


def test_the_harness_knows_its_commit(tmp_path: Path) -> None:
    assert len(harness_version(ROOT).removesuffix("-dirty")) >= 12
    assert harness_version(tmp_path) == "unknown"
