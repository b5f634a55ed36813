from __future__ import annotations

import json
from pathlib import Path

import pytest

from conformance.commands.program import main
from conformance.errors import ExitCode
from conformance.history.store import FOLDER, History, RunKind
from conformance.reporting.history_feed import FEED
from conformance.reporting.history_page import PAGE
from conformance.words import Outcome
from tests.history.nights import CELL, CLAIM, night


@pytest.fixture
def reports(tmp_path: Path) -> Path:
    history = History(tmp_path / FOLDER)
    for number, outcome in enumerate([Outcome.WORKS, Outcome.WORKS, Outcome.FAILED]):
        history.append(night(number, outcome), RunKind.NIGHTLY)
    return tmp_path


def history(reports: Path, *arguments: str) -> int:
    return main(["history", "--reports", str(reports), *arguments])


def test_the_runs_are_listed_and_a_damaged_one_is_named(reports: Path, capsys: pytest.CaptureFixture[str]) -> None:
    damaged = History(reports / FOLDER).runs()[0].path
    damaged.write_bytes(b"damaged")

    assert history(reports) == ExitCode.AS_EXPECTED

    printed = capsys.readouterr().out
    assert f"note: {damaged}: cannot be read" in printed
    assert "2026-01-06 03:20 UTC  nightly     1 cells       1 observations" in printed
    assert f"2 runs in {reports / FOLDER}" in printed


def test_a_line_is_shown_by_its_changes(reports: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert history(reports, "--claim", CLAIM, "--cell", CELL) == ExitCode.AS_EXPECTED

    assert capsys.readouterr().out.splitlines() == [
        CLAIM,
        f"  {CELL}",
        "    ✓ holds, 2026-01-05 to 2026-01-06 (2 runs)",
        "    ✗ broken (new), 2026-01-07 (1 run)",
    ]


def test_another_machine_s_runs_are_added_and_rendered(
    reports: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    mine = tmp_path / "mine"
    options = ["--import", str(reports / FOLDER), "--rebuild", "--site", "https://example.org"]

    assert history(mine, *options) == ExitCode.AS_EXPECTED
    assert history(mine, *options) == ExitCode.AS_EXPECTED

    printed = capsys.readouterr().out
    assert "3 runs added" in printed
    assert "0 runs added" in printed
    assert len(History(mine / FOLDER).runs()) == 3
    assert CLAIM in (mine / PAGE).read_text()
    assert "https://example.org/feed.xml" in (mine / FEED).read_text()


def test_an_empty_history_says_how_to_begin_one(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for options in ([], ["--rebuild"], ["--claim", "*"]):
        assert history(tmp_path, *options) == ExitCode.AS_EXPECTED
        assert "no run yet: `nox -s matrix`" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("options", "printed"),
    [
        (["--claim", "tf2-savedmodel.load.tf2.hub-laod"], f'Perhaps you meant "{CLAIM}"?'),
        (["--cell", "tf2.15-hub0.16-tf3"], f'Perhaps you meant "{CELL}"?'),
        (["--import", "/nowhere"], "is no folder"),
        (["--site", "https://example.org"], "goes with --rebuild"),
        (["--rebuild", "--site", "example.org"], "begins with https://"),
    ],
)
def test_what_makes_no_sense_is_refused(
    options: list[str], printed: str, reports: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert history(reports, *options) == ExitCode.USAGE
    assert printed in capsys.readouterr().err


def test_the_history_for_programs_has_the_runs_and_the_lines(reports: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert history(reports, "--claim", CLAIM, "--json") == ExitCode.AS_EXPECTED

    document = json.loads(capsys.readouterr().out)
    assert [run["cells"] for run in document["runs"]] == [1, 1, 1]
    assert [(line["cell"], [interval["observed"] for interval in line["intervals"]]) for line in document["lines"]] == [
        (CELL, [2, 1])
    ]
