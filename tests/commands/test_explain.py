"""`explain` as it is typed: from an argument or from standard input, without a run and after one."""

from __future__ import annotations

import io
import json
from pathlib import Path

import pytest

from conformance.claims.catalogue import load_claims
from conformance.commands import program
from conformance.environments.catalogue import load_releases
from conformance.errors import ExitCode
from conformance.evidence import Error
from conformance.results import encode_results
from conformance.words import Outcome
from tests.reporting import sample

REMOVED = "AttributeError: module 'tensorflow_hub' has no attribute 'Module'"


@pytest.fixture
def no_run(tmp_path: Path) -> list[str]:
    """The option for a folder in which no run has left anything."""
    return ["--reports", str(tmp_path)]


def test_a_known_error_is_explained_without_any_run(no_run: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert program.main(["explain", REMOVED, *no_run]) == ExitCode.AS_EXPECTED
    printed = capsys.readouterr().out
    assert "removed hub.Module" in printed
    every = len(load_releases().cells)
    assert f"over {every} of {every} cells" in printed


def test_it_is_read_from_standard_input(
    no_run: list[str], capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO(f'Traceback ...\n  File "/home/me/a.py", line 3\n{REMOVED}\n'))
    assert program.main(["explain", "--json", *no_run]) == ExitCode.AS_EXPECTED
    assert json.loads(capsys.readouterr().out)["match"]["text"] == REMOVED


def test_an_unknown_error_is_said_to_be_unknown(no_run: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert program.main(["explain", "OSError: the printer is on fire", *no_run]) == ExitCode.UNEXPECTED
    assert "not known" in capsys.readouterr().out


def test_no_text_is_refused(no_run: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO(" \n"))
    assert program.main(["explain", *no_run]) == ExitCode.USAGE


def test_the_latest_run_is_asked_first(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    error = Error("ValueError", "the flux compensator is cold", "tensorflow_hub")
    cell = load_releases().cell("tf2.15-hub0.16-tf2")
    claim = load_claims().claim_by_id["tf1-hub.load.tf2.hub-load"]
    seen = sample.observation(cell, claim, outcome=Outcome.FAILED, error=error)
    run = sample.results([cell], [sample.setting(cell)], [seen], [sample.verdict(cell, claim)])
    (tmp_path / "results.json").write_bytes(encode_results(run))
    words = ["explain", "ValueError: the flux compensator is cold", "--reports", str(tmp_path)]
    assert program.main(words) == ExitCode.AS_EXPECTED
    assert "results.json, by the run of" in capsys.readouterr().out
