from __future__ import annotations

from pathlib import Path

import pytest

from conformance.command_line.maintaining import MUTATED_CELLS, STEADY_CELLS
from conformance.commands import steadiness, trial
from conformance.commands.plant import describe
from conformance.commands.program import main
from conformance.environments import virtualenv
from conformance.environments.catalogue import load_releases
from conformance.errors import ExitCode
from conformance.running.places import ROOT, Places
from conformance.trial.planted import START, Trace, overlay, read_trace
from conformance.trial.runs import TrialRun
from tests.trial.cases import CELL, NOTICED

SLIPS_BY = "layer-trains-unless-told"


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


@pytest.fixture
def places(fake_runs: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Places:
    """A checkout of their own for commands whose runs are fakes."""
    places = Places(tmp_path, tmp_path / "reports")
    for command in (trial, steadiness):
        monkeypatch.setattr(command, "default_places", lambda reports: places)
    return places


@pytest.mark.parametrize(
    ("defect", "code", "said"),
    [
        (NOTICED, ExitCode.AS_EXPECTED, "1 of 1 defects noticed; 0 false alarms"),
        (SLIPS_BY, ExitCode.UNEXPECTED, f"UNNOTICED  {SLIPS_BY} in {CELL}"),
    ],
)
def test_a_trial_says_what_it_does_and_what_was_noticed(
    places: Places, capsys: pytest.CaptureFixture[str], defect: str, code: ExitCode, said: str
) -> None:
    assert main(["trial", "--only", defect, "--cell", CELL]) == code

    printed = capsys.readouterr().out
    assert "1 defects in 1 cells: 2 runs without a defect, 1 with one, " in printed
    assert f"[0 to go] {defect}, {CELL}: 0 s" in printed
    assert said in printed
    assert {path.name for path in places.reports.iterdir()} >= {"trial.json", "trial.md", "trial"}


def test_mutants_are_drawn_only_from_what_is_installed(places: Places, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["trial", "--mutants", "3", "--cell", CELL]) == ExitCode.USAGE

    printed = capsys.readouterr()
    assert "3 mutants (seed 0) in each of 1 cells, after 2 runs without" in printed.out
    assert 'no module that can be mutated matches "tensorflow_hub.*"' in printed.err


def test_steady_cells_are_reported(places: Places, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["steadiness", "--cell", CELL, "--repeat", "2"]) == ExitCode.AS_EXPECTED

    assert f"{CELL}: 2 of 2 runs, 2 probes, 0 unsteady" in capsys.readouterr().out
    assert (places.reports / "steadiness.json").is_file()


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
