from __future__ import annotations

import io
import json
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import pytest
from rich.console import Console

from conformance.environments.catalogue import Cell, Releases
from conformance.evidence import SCHEMA, read_record
from conformance.judging.narrowing import Narrowing
from conformance.limits import Limits
from conformance.running import fleet
from conformance.running.fleet import Fleet, cell_command, how_it_ended
from conformance.running.options import Options
from conformance.running.places import Places
from conformance.running.progress import Progress
from conformance.running.schedule import Schedule
from conformance.running.selection import Selection
from conformance.words import Operation

FAKE = Path(__file__).with_name("fake_cell.py")
CELLS = ("tf1.13-hub0.7-tf1", "tf1.14-hub0.9-tf1", "tf1.15-hub0.15-tf1")
Launch = Callable[..., str]


def fake_command(cell: Cell, places: Places, defect: str) -> Sequence[str]:
    header = {
        "kind": "header",
        "schema": SCHEMA,
        "cell": cell.id,
        "environment": cell.environment.id,
        "mode": cell.mode,
        "keras": cell.keras,
        "lock": "",
        "harness": "test",
        "keys": {"one": "1", "two": "1"},
    }
    paths = (str(places.record(cell.id)), str(places.partial(cell.id)))
    return [sys.executable, "-IS", str(FAKE), defect, *paths, json.dumps(header)]


@pytest.fixture
def launch(places: Places, releases: Releases, monkeypatch: pytest.MonkeyPatch) -> Launch:
    """Runs cells with the defects given (the others work), and gives what the user saw."""
    monkeypatch.setattr(fleet, "_POLL", 0.02)
    monkeypatch.setattr(fleet, "_BUILDING", 0.0)

    def launch(defects: Mapping[str, str], *, jobs: int = 2, limit: float = 20.0) -> str:
        def command(cell: Cell, options: Options, lock: object) -> Sequence[str]:
            return fake_command(cell, options.places, defects.get(cell.id, "works"))

        monkeypatch.setattr(fleet, "cell_command", command)
        seen = io.StringIO()
        cells = [releases.cell(cell_id) for cell_id in CELLS]
        progress = Progress(Console(file=seen, width=200), len(cells))
        Fleet(Schedule(cells, {}), progress, Options(Selection(), places, jobs, Limits(cell=limit)), {}).run()
        return seen.getvalue()

    return launch


def test_every_cell_leaves_its_record_and_one_line(launch: Launch, places: Places) -> None:
    seen = launch({})

    for cell_id in CELLS:
        assert read_record(places.record(cell_id)).complete
        assert f"{cell_id}: 2 works" in seen
    assert "[3/3]" in seen


@pytest.mark.parametrize(
    ("defect", "said"),
    [
        ("dies before the header", ["not measured", "exit code 1", "no room for a header"]),
        ("dies mid-run", ["not measured", "exit code 1", "I crashed"]),
    ],
)
def test_a_cell_that_dies_is_shown_with_its_last_words_and_the_others_go_on(
    defect: str, said: list[str], launch: Launch, places: Places
) -> None:
    seen = launch({CELLS[1]: defect})

    assert all(words in seen for words in said), seen
    assert not places.record(CELLS[1]).exists()
    assert all(read_record(places.record(cell_id)).complete for cell_id in (CELLS[0], CELLS[2]))


def test_a_cell_that_hangs_is_ended_and_the_others_go_on(launch: Launch, places: Places) -> None:
    seen = launch({CELLS[2]: "hangs"}, jobs=3, limit=3.0)

    assert f"{CELLS[2]}: not measured: it hung, and was ended" in seen
    assert read_record(places.record(CELLS[0])).complete


def test_garbage_in_a_record_does_not_stop_the_run(launch: Launch) -> None:
    assert "[3/3]" in launch({CELLS[0]: "writes garbage"})


def test_the_child_gets_all_options_that_it_needs(places: Places, releases: Releases, tmp_path: Path) -> None:
    command = cell_command(
        releases.cell(CELLS[0]),
        Options(
            Selection(narrowing=Narrowing(operations=(Operation.LOAD,))),
            places,
            2,
            Limits(probe=60.0, cell=600.0),
            first=("a.one",),
        ),
        tmp_path / "lock.txt",
    )

    assert command[:3] == [sys.executable, "-m", "nox"]
    passed_on = command[command.index("--") + 1 :]
    assert passed_on == [
        *("--lock", str(tmp_path / "lock.txt")),
        *("--reuse", "--first", "a.one", "--operation", "load"),
        *("--probe-limit", "60", "--cell-limit", "600"),
        *("--reports", str(places.reports)),
    ]


def test_a_signal_is_reported_as_one() -> None:
    assert how_it_ended(-9) == "its process was ended by signal 9"
