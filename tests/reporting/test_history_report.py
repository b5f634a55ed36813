from __future__ import annotations

import io
from pathlib import Path

import pytest
from rich.console import Console

from conformance.history.store import FOLDER, History, RunKind
from conformance.reporting.history_page import PAGE
from conformance.reporting.history_report import remember
from conformance.snapshot import snapshot_of
from tests.reporting.sample import full_run


@pytest.fixture
def printed() -> io.StringIO:
    return io.StringIO()


@pytest.fixture
def console(printed: io.StringIO) -> Console:
    return Console(file=printed, width=80)


def test_a_run_is_added_once_and_both_is_said(tmp_path: Path, console: Console, printed: io.StringIO) -> None:
    results = full_run()

    assert remember(results, RunKind.MATRIX, tmp_path, console)
    assert remember(results, RunKind.MATRIX, tmp_path, console)

    (only,) = History(tmp_path / FOLDER).runs()
    assert History(tmp_path / FOLDER).read(only) == snapshot_of(results)
    assert f"added {only.path}" in printed.getvalue()
    assert "nothing new" in printed.getvalue()


def test_a_history_that_cannot_be_written_is_reported_and_no_error(
    tmp_path: Path, console: Console, printed: io.StringIO
) -> None:
    (tmp_path / FOLDER).write_text("a file where the folder should be")

    assert not remember(full_run(), RunKind.MATRIX, tmp_path, console)
    assert "error:" in printed.getvalue()
    assert "the history is as it was" in printed.getvalue()


def test_a_run_that_adds_nothing_renders_nothing_again(tmp_path: Path, console: Console) -> None:
    remember(full_run(), RunKind.MATRIX, tmp_path, console)
    (tmp_path / PAGE).write_text("as it was")

    remember(full_run(), RunKind.MATRIX, tmp_path, console)
    assert (tmp_path / PAGE).read_text() == "as it was"

    (tmp_path / PAGE).unlink()
    remember(full_run(), RunKind.MATRIX, tmp_path, console)
    assert (tmp_path / PAGE).exists()
