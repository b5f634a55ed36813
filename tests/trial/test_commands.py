from __future__ import annotations

from pathlib import Path

import pytest

from conformance.command_line.maintaining import MUTATED_CELLS, STEADY_CELLS
from conformance.commands.plant import describe
from conformance.commands.program import main
from conformance.environments import virtualenv
from conformance.environments.catalogue import load_releases
from conformance.errors import ExitCode
from conformance.running.places import ROOT
from conformance.trial.planted import START, Trace, overlay, read_trace
from conformance.trial.runs import TrialRun
from tests.trial.cases import CELL


@pytest.fixture(autouse=True)
def _nothing_is_built(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*arguments: object, **options: object) -> Path:
        raise AssertionError("a build was begun")

    monkeypatch.setattr(virtualenv, "build", refuse)


def test_an_unknown_defect_is_refused_with_the_near_miss(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["plant", "layer-is-gnoe", CELL]) == ExitCode.USAGE

    assert 'Perhaps you meant "layer-is-gone"?' in capsys.readouterr().err


def test_a_planted_record_never_stands_among_the_real_ones(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["plant", "layer-is-gone", CELL, "--reports", str(ROOT / "reports")]) == ExitCode.USAGE

    assert "must not stand among the real ones" in capsys.readouterr().err


def test_a_single_repeat_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["steadiness", "--repeat", "1"]) == ExitCode.USAGE

    assert "one run cannot differ" in capsys.readouterr().err


def test_the_default_cells_of_steadiness_exist() -> None:
    assert len(load_releases().cells_matching(STEADY_CELLS)) == len(STEADY_CELLS) == 3


def test_a_run_is_a_command_that_can_be_typed(tmp_path: Path) -> None:
    clean, planted = TrialRun("clean-1", CELL), TrialRun("a-defect", CELL, "a-defect", 10.0)

    assert clean.command(tmp_path)[1:] == ["-m", "conformance", "cell", CELL, "--reports", str(tmp_path / "clean-1")]
    assert planted.command(tmp_path)[3:6] == ["plant", "a-defect", CELL]
    assert planted.command(tmp_path)[6:8] == ["--probe-limit", "10"]


def test_the_overlay_plants_from_a_folder_that_is_there(tmp_path: Path) -> None:
    variables = overlay(tmp_path / "trace", ROOT, defect="a-defect")

    assert (START / "sitecustomize.py").is_file()
    assert variables["PYTHONPATH"].split(":") == [str(START), str(ROOT)]


def test_a_trace_is_read_back(tmp_path: Path) -> None:
    path = tmp_path / "trace"
    path.write_text("planted tensorflow_hub.module\nplanted tensorflow_hub.module\nreached __init__\n")

    trace = read_trace(path)

    assert (trace.planted, trace.reached, trace.trouble) == (("tensorflow_hub.module",), ("__init__",), "")
    assert read_trace(tmp_path / "none").trouble


def test_only_a_patch_of_the_library_says_whether_it_was_reached() -> None:
    trace = Trace(planted=("tensorflow_hub.module",), reached=())

    assert describe(trace, of_library=True) == "Planted into tensorflow_hub.module; reached: no."
    assert describe(trace, of_library=False) == "Planted into tensorflow_hub.module."
    assert "did not take" in describe(Trace(), of_library=False)


def test_the_overlay_of_copies_plants_nothing_else(tmp_path: Path) -> None:
    variables = overlay(tmp_path / "trace", ROOT, copies=tmp_path / "copies")

    assert variables["CONFORMANCE_STAND_INS"] == str(tmp_path / "copies")
    assert variables["CONFORMANCE_PLANTED_DEFECT"] == "none"


@pytest.mark.parametrize(
    ("options", "complaint"),
    [
        (["--mutants", "0"], "none is no trial"),
        (["--mutants", "3", "--only", "layer-*"], "are about the library"),
        (["--mutants", "3", "--probe", "lifetime.*"], "are about the library"),
        (["--module", "tensorflow_hub.module"], "Give --mutants N"),
    ],
)
def test_options_that_do_not_go_together_are_refused(
    options: list[str], complaint: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["trial", *options, "--reports", str(tmp_path)]) == ExitCode.USAGE

    assert complaint in capsys.readouterr().err


def test_the_default_cells_of_mutants_exist() -> None:
    assert len(load_releases().cells_matching(MUTATED_CELLS)) == len(MUTATED_CELLS) == 4
