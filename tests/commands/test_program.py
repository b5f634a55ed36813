from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

from conformance.command_line.catalogue import COMMANDS
from conformance.commands import cell as cell_command
from conformance.commands.program import main
from conformance.environments.catalogue import load_releases
from conformance.errors import ExitCode
from conformance.running.places import ROOT


def test_help_names_the_commands(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--help"]) == ExitCode.AS_EXPECTED
    assert re.findall(r"^  (\w+) ", capsys.readouterr().out, re.MULTILINE) == list(COMMANDS)


def test_no_command_is_a_usage_error() -> None:
    assert main([]) == ExitCode.USAGE


def test_an_error_is_one_paragraph_on_stderr(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["list", "--tf", "2.150"]) == ExitCode.USAGE

    printed = capsys.readouterr()
    assert printed.err == 'error: selection, --tf: "2.150" does not exist. Perhaps you meant "2.15"?\n'
    assert printed.out == ""


def test_a_command_that_does_not_exist_is_refused_with_the_near_miss(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["matrx"]) == ExitCode.USAGE
    assert 'Perhaps you meant "matrix"?' in capsys.readouterr().err


@pytest.mark.parametrize(
    ("arguments", "option"),
    [
        (["matrix", "--jobs", "0"], "--jobs"),
        (["matrix", "--cell-limit", "0"], "--cell-limit"),
        (["matrix", "--examples", "0"], "--examples"),
        (["cell", "tf2.15-hub0.16-tf2", "--probe-limit", "-1"], "--probe-limit"),
    ],
)
def test_a_number_that_makes_no_sense_is_refused(
    arguments: list[str], option: str, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    assert main([*arguments, "--reports", str(tmp_path)]) == ExitCode.USAGE
    assert option in capsys.readouterr().err


def test_an_unknown_cell_is_refused_with_the_near_miss(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["cell", "tf2.15-hub0.16-tf3"]) == ExitCode.USAGE
    assert 'Perhaps you meant "tf2.15-hub0.16-tf2"?' in capsys.readouterr().err


def test_a_report_without_a_run_says_what_to_do(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    assert main(["report", "--reports", str(tmp_path)]) == ExitCode.INCOMPLETE
    assert "nox -s matrix" in capsys.readouterr().err


def test_an_environment_without_a_lock_cannot_be_locked(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["lock", "--only", "tfnightly*"]) == ExitCode.USAGE
    assert "tfnightly*" in capsys.readouterr().err


def test_the_list_shows_each_cell_once(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["list", "--tf", "2.15"]) == ExitCode.AS_EXPECTED

    printed = capsys.readouterr().out
    assert printed.count("\ntf2.15-hub0.16-tf2 ") == 1
    assert "4 cells in 2 environments (--tf 2.15)" in printed


def test_the_list_for_machines_names_the_sessions(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["list", "--json"]) == ExitCode.AS_EXPECTED

    rows = json.loads(capsys.readouterr().out)
    assert [row["session"] for row in rows] == [f"cell({cell.id})" for cell in load_releases().cells]
    assert all(row["claims"] for row in rows)


def test_a_cell_needs_no_more_than_nox_brings_along() -> None:
    """The `cell` sessions run with what the noxfile's header lists: neither rich nor jinja2 is there."""
    check = (
        "import sys\n"
        "sys.modules.update(rich=None, jinja2=None)\n"
        f"import {cell_command.__name__}\n"
        "from conformance.commands.program import main\n"
        "sys.exit(main(['list', '--tf', '2.15']))"
    )
    done = subprocess.run([sys.executable, "-c", check], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_a_missing_package_is_reported_without_a_traceback(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "rich.console", None)
    for name in [name for name in sys.modules if name.startswith("conformance.commands.report")]:
        monkeypatch.delitem(sys.modules, name)

    assert main(["report"]) == ExitCode.USAGE
    assert "requirements/host.txt" in capsys.readouterr().err
