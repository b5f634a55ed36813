from __future__ import annotations

import io
from pathlib import Path

import pytest
from rich.console import Console

from conformance.running.progress import Progress, Running, describe, duration
from conformance.running.watch import Watch

PLAN = b'{"kind":"plan","probes":["one","two"]}\n'
ONE = (
    b'{"kind":"observation","probe":"one","claims":[],"fixture":"","outcome":"wrong-values","error":null,"notes":[],'
    b'"seconds":0.1}\n'
)


@pytest.fixture
def watch(tmp_path: Path) -> Watch:
    (tmp_path / "partial").write_bytes(PLAN + ONE)
    watch = Watch(tmp_path / "partial")
    watch.look()
    return watch


def shown(*, terminal: bool, watch: Watch) -> str:
    """What the user sees of a run of two cells, two minutes in, when one of them has just ended."""
    seen = io.StringIO()
    now = [0.0]
    console = Console(file=seen, width=120, force_terminal=terminal, color_system=None)
    progress = Progress(console, 2, clock=lambda: now[0])
    with progress.shown():
        now[0] = 120.0
        progress.state.running = (Running("the-other", 30.0, watch),)
        progress.state.done, progress.state.seconds_left = 1, 65.0
        progress.finished("the-first", watch, 90.0)
    return seen.getvalue()


def test_on_a_terminal_it_shows_which_cells_run_and_how_far_they_are(watch: Watch) -> None:
    seen = shown(terminal=True, watch=watch)

    assert "the-other  1/2 probes  1 min 30 s" in seen
    assert "1 of 2 cells done, 2 min 00 s elapsed, about 1 min 05 s to go" in seen


def test_elsewhere_it_shows_one_line_per_finished_cell(watch: Watch) -> None:
    seen = shown(terminal=False, watch=watch)

    assert seen == "[1/2, 1 min 05 s to go] the-first: 1 wrong-values, 1 missing, 1 min 30 s\n"


def test_a_cell_without_a_probe_says_so(tmp_path: Path) -> None:
    assert describe(Watch(tmp_path / "nothing")) == "no probe applies"


@pytest.mark.parametrize(
    ("seconds", "expected"),
    [(0.4, "0 s"), (-3, "0 s"), (59.6, "1 min 00 s"), (61, "1 min 01 s"), (3600, "1 h 00 min"), (5465, "1 h 31 min")],
)
def test_durations_are_reported_for_people(seconds: float, expected: str) -> None:
    assert duration(seconds) == expected
