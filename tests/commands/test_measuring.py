"""`cell`, `plant`, `shard` and `merge`: what they hand on, what they say, and where; nothing is measured."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from conformance import json_file
from conformance.commands import cell as cell_command
from conformance.commands import merge, plant, shard
from conformance.commands.program import main
from conformance.environments import virtualenv
from conformance.environments.catalogue import Releases
from conformance.errors import ExitCode
from conformance.evidence import Record, Unavailable
from conformance.running.cell import Task
from conformance.running.exchange_keys import ExchangeKeys
from conformance.running.exchange_subject import SCHEMA as EXCHANGE_SCHEMA
from conformance.running.exchange_subject import ExchangeSubject
from conformance.running.keys import Keys
from conformance.running.places import Places, default_places
from conformance.running.subject import SCHEMA, ModelSubjects
from conformance.trial.inside.planting import DEFECT_VARIABLE, TRACE_VARIABLE
from conformance.trial.inside.stand_ins import STAND_INS_VARIABLE
from conformance.words import Outcome
from tests.judging.cases import record, seen

CELL = "tf2.15-hub0.16-tf2"
OBSERVED = (seen("one"), seen("two", Outcome.FAILED))


class Measuring:
    """Stands in for `measure_cell`: gives a record, and keeps what it was asked."""

    def __init__(self, given: Record) -> None:
        self.given = given
        self.tasks: list[tuple[Task, Places]] = []
        self.traced = ""

    def __call__(self, task: Task, places: Places, *_: object) -> Record:
        self.tasks.append((task, places))
        if trace := task.overlay.get(TRACE_VARIABLE):
            Path(trace).write_text(self.traced, encoding="utf-8")
        return self.given


@pytest.fixture
def measuring(monkeypatch: pytest.MonkeyPatch, releases: Releases) -> Measuring:
    measuring = Measuring(record(releases.cell(CELL), *OBSERVED))
    for command in (cell_command, plant):
        monkeypatch.setattr(command, "measure_cell", measuring)
    return measuring


def test_a_cell_says_how_often_it_observed_what_and_where_that_is_recorded(
    measuring: Measuring, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    code = main(["cell", CELL, "--reports", str(tmp_path), "--first", "two", "--reuse"])

    [(task, places)] = measuring.tasks
    assert code == ExitCode.AS_EXPECTED
    assert capsys.readouterr().out.splitlines() == [f"{CELL}: 1 works, 1 failed", f"Record: records/{CELL}.jsonl"]
    assert (task.cell.id, task.first, task.reuse, task.subject) == (CELL, ("two",), True, None)
    assert (places.reports, places.narrowed) == (tmp_path, False)
    assert task.keys is not None
    assert isinstance(task.keys(), Keys)


def test_what_a_cell_lacks_is_said(
    measuring: Measuring, releases: Releases, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    measuring.given = record(releases.cell(CELL), OBSERVED[0], plan=["one", "two"])
    main(["cell", CELL, "--reports", str(tmp_path)])
    assert "1 of 2 probes left no observation: two" in capsys.readouterr().out

    lost = Unavailable("install", "no wheel for this platform.", remedy="Use another.")
    measuring.given = record(releases.cell(CELL), unavailable=lost)
    assert main(["cell", CELL, "--reports", str(tmp_path)]) == ExitCode.AS_EXPECTED
    assert capsys.readouterr().out.splitlines()[:2] == [
        f"{CELL} is unavailable: no wheel for this platform. Use another.",
        f"{CELL}: no observation",
    ]


def test_a_cell_exchanges_the_models_that_a_file_names(measuring: Measuring, tmp_path: Path) -> None:
    subject = write(tmp_path / "subject.json", ExchangeSubject(EXCHANGE_SCHEMA, made="", models=()))

    main(["cell", CELL, "--reports", str(tmp_path), "--exchange", str(subject)])

    [(task, _)] = measuring.tasks
    assert task.subject is not None
    assert task.keys is not None
    assert isinstance(task.keys(), ExchangeKeys)


def test_a_cell_tries_the_models_of_a_user_instead(
    monkeypatch: pytest.MonkeyPatch, releases: Releases, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    models = write(tmp_path / "models.json", ModelSubjects(SCHEMA, ()))
    cell = releases.cell(CELL)
    monkeypatch.setattr(cell_command, "try_models", lambda *_: [record(cell, OBSERVED[0]), record(cell, OBSERVED[1])])

    assert main(["cell", CELL, "--reports", str(tmp_path), "--models", str(models)]) == ExitCode.AS_EXPECTED

    printed = capsys.readouterr().out
    assert f"{CELL}: 1 works\n" in printed
    assert f"{CELL}: 1 failed\n" in printed


@pytest.mark.parametrize(
    ("traced", "said"),
    [
        ("planted tensorflow_hub\nreached KerasLayer.call\n", "Planted into tensorflow_hub; reached: KerasLayer.call."),
        ("planted tensorflow_hub\n", "Planted into tensorflow_hub; reached: no."),
        ("failed KerasLayer has no call\n", "the defect did not take: KerasLayer has no call"),
    ],
)
def test_a_planted_defect_is_said_to_have_been_reached_or_not(
    measuring: Measuring, tmp_path: Path, capsys: pytest.CaptureFixture[str], traced: str, said: str
) -> None:
    measuring.traced = traced

    assert main(["plant", "layer-is-gone", CELL, "--reports", str(tmp_path)]) == ExitCode.AS_EXPECTED

    [(task, places)] = measuring.tasks
    assert task.overlay[DEFECT_VARIABLE] == "layer-is-gone"
    assert places.reports == tmp_path
    assert capsys.readouterr().out.splitlines()[:2] == [said, f"{CELL}: 1 works, 1 failed"]


def test_nothing_is_planted_by_the_same_means(
    measuring: Measuring, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    main(["plant", "none", CELL, "--reports", str(tmp_path)])

    assert measuring.tasks[0][0].overlay[DEFECT_VARIABLE] == "none"
    assert capsys.readouterr().out.startswith(f"{CELL}: ")


def test_changed_copies_are_written_from_what_the_cell_has_installed(
    measuring: Measuring, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    built: list[str] = []
    monkeypatch.setattr(virtualenv, "build", lambda cell, *, root, lock: built.append(cell.id))

    def write_copies(planted: str, home: Path, folder: Path) -> Path:
        assert (planted, home.name, folder.exists()) == ("reach:tensorflow_hub.*", CELL, False)
        folder.mkdir()
        return folder

    monkeypatch.setattr(plant, "write_copies", write_copies)
    (tmp_path / f"{CELL}.copies").mkdir()
    (tmp_path / f"{CELL}.copies" / "of an earlier run").touch()

    main(["plant", "reach:tensorflow_hub.*", CELL, "--reports", str(tmp_path)])

    assert built == [CELL]
    assert measuring.tasks[0][0].overlay[STAND_INS_VARIABLE] == str(tmp_path / f"{CELL}.copies")


def test_a_shard_is_measured_into_its_folder(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    given: list[Any] = []

    def measure_shard(*arguments: Any) -> ExitCode:
        given.extend(arguments)
        return ExitCode.INCOMPLETE

    monkeypatch.setattr(shard, "measure_shard", measure_shard)

    assert main(["shard", "tf2.15-hub0.16", "--quick", "--out", str(tmp_path)]) == ExitCode.INCOMPLETE
    assert given[0] == ("tf2.15-hub0.16",)
    assert (given[1].selection.quick, given[1].places) == (True, default_places(tmp_path))


def test_shards_are_merged_into_the_reports(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    given: list[Any] = []

    def merge_shards(*arguments: Any) -> ExitCode:
        given.extend(arguments)
        return ExitCode.UNEXPECTED

    monkeypatch.setattr(merge, "merge", merge_shards)

    code = main(["merge", "a", "b", "--only", "tf2.15*", "--reports", str(tmp_path)])

    assert code == ExitCode.UNEXPECTED
    assert given[0] == (Path("a"), Path("b"))
    assert (given[1].only, given[2]) == (("tf2.15*",), default_places(tmp_path))


def write(path: Path, document: Any) -> Path:
    path.write_bytes(json_file.encode(document))
    return path
