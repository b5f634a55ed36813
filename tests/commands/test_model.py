"""What the command makes of what was observed: exit codes, files, refusals. Nothing is run."""

from __future__ import annotations

import shutil
from pathlib import Path

import msgspec
import numpy as np
import pytest

from conformance import json_file
from conformance.command_line.catalogue import COMMANDS
from conformance.command_line.parsing import parse
from conformance.commands import model
from conformance.environments.catalogue import Releases
from conformance.errors import ExitCode, UsageError
from conformance.evidence import Record
from conformance.own_models.report import ModelReport
from conformance.words import Outcome
from tests.inspecting.making import DENSE
from tests.own_models.making import KERAS3, LAST, OLD, REFUSED, observed, record, unavailable

WORKS = Outcome.WORKS
NAME = "tf2-dense-model"


@pytest.fixture
def seen(monkeypatch: pytest.MonkeyPatch, releases: Releases) -> list[Record]:
    """What is observed in place of running anything; the selections that were asked for are in `seen.asked`."""
    records: list[Record] = []

    def observe(*arguments: object) -> object:
        return (observed(releases, *records),)

    monkeypatch.setattr(model, "observe", observe)
    return records


def run(tmp_path: Path, *words: str) -> tuple[int, ModelReport]:
    arguments = parse(COMMANDS["model"], [str(DENSE), "--reports", str(tmp_path), *words])
    code = model.run(arguments).exit_code
    path = tmp_path / "models" / NAME / "model.json"
    return int(code), json_file.read(path, ModelReport, "model/2", remedy="")


@pytest.mark.parametrize(
    ("required", "records", "code"),
    [
        ("tf2.15", [record(LAST, call=WORKS)], ExitCode.AS_EXPECTED),
        ("tf2.15", [record(LAST, call=Outcome.WRONG_VALUES)], ExitCode.UNEXPECTED),
        ("tf2.15", [unavailable(LAST, "no interpreter")], ExitCode.INCOMPLETE),
        ("tf2.15", [record(KERAS3, call=WORKS)], ExitCode.INCOMPLETE),
        ("tf2.*", [record(OLD, keras_layer=REFUSED), record(LAST, call=WORKS)], ExitCode.INCOMPLETE),
        ("tf2.15", [record(LAST, call=Outcome.BLOCKED)], ExitCode.INCOMPLETE),
        ("tf1.13", [], ExitCode.INCOMPLETE),
    ],
)
def test_the_exit_code_is_that_of_the_required_releases(
    required: str, records: list[Record], code: ExitCode, seen: list[Record], tmp_path: Path
) -> None:
    seen.extend(records)

    assert run(tmp_path, "--require", required)[0] == code


def test_without_a_requirement_a_failure_is_only_reported(seen: list[Record], tmp_path: Path) -> None:
    seen.append(record(KERAS3, call=WORKS, keras_model=REFUSED))

    code, report = run(tmp_path)
    assert (code, [one.outcome for one in report.conclusions.causes]) == (0, [Outcome.REJECTED])  # type: ignore[union-attr]
    assert sorted(path.name for path in (tmp_path / "models" / NAME).iterdir()) == [
        "badge.json",
        "card.md",
        "index.html",
        "model.json",
        "model.schema.json",
    ]


def test_a_probe_without_an_observation_is_incomplete_evidence(seen: list[Record], tmp_path: Path) -> None:
    whole = record(LAST, call=WORKS)
    seen.append(msgspec.structs.replace(whole, plan=(*whole.plan, "own_model.tune_by_fit[model]")))

    code, report = run(tmp_path)
    assert code == ExitCode.INCOMPLETE
    assert report.tried
    assert report.tried.missing == (f"{LAST}: own_model.tune_by_fit[model]",)


def test_static_runs_nothing(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(model, "observe", lambda *_: pytest.fail("it was run"))

    code, report = run(tmp_path, "--static")
    assert (code, report.tried) == (0, None)


def test_a_damaged_model_is_not_run(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(model, "observe", lambda *_: pytest.fail("it was run"))
    folder = tmp_path / "broken"
    folder.mkdir()
    (folder / "saved_model.pb").write_bytes((DENSE / "saved_model.pb").read_bytes())
    (folder / "variables").mkdir()

    arguments = parse(COMMANDS["model"], [str(folder), "--reports", str(tmp_path)])
    assert model.run(arguments).exit_code == ExitCode.INCOMPLETE


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["--only", "tf9"], "tf9"),
        (["--inputs", "missing.npz"], "--inputs"),
        (["--require", "tf3"], "no release matches"),
        (["--jobs", "0"], "--jobs"),
    ],
)
def test_what_is_wrong_is_refused_before_anything_is_done(words: list[str], says: str, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=says):
        run(tmp_path, *words)
    assert not (tmp_path / "models").exists()


def test_an_input_that_the_model_has_not_is_refused(seen: list[Record], tmp_path: Path) -> None:
    np.savez(tmp_path / "in.npz", imputs=np.ones((3, 3)))

    with pytest.raises(UsageError, match='Perhaps you meant "inputs"'):
        run(tmp_path, "--inputs", str(tmp_path / "in.npz"))


def test_several_models_are_tried_at_once_and_each_has_its_reports(
    monkeypatch: pytest.MonkeyPatch, releases: Releases, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    seen = observed(releases, record(LAST, call=WORKS))
    monkeypatch.setattr(model, "observe", lambda *_: (seen, msgspec.structs.replace(seen, records=())))
    for name in ("one", "two"):
        shutil.copytree(DENSE, tmp_path / "several" / name)

    arguments = parse(COMMANDS["model"], [str(tmp_path / "several"), "--reports", str(tmp_path)])
    model.run(arguments)
    reports = [
        json_file.read(tmp_path / "models" / name / "model.json", ModelReport, "model/2", remedy="")
        for name in ("one", "two")
    ]
    assert [bool(one.conclusions and one.conclusions.loads) for one in reports] == [True, False]
    assert "\none:\nLoads" in capsys.readouterr().out
