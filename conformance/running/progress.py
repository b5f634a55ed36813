"""What the user sees while cells run: a live table on a terminal, one line per finished cell elsewhere."""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext

import msgspec
from rich.console import Console, Group
from rich.live import Live
from rich.markup import escape
from rich.table import Table
from rich.text import Text

from conformance.running.watch import Watch
from conformance.words import Outcome


class Running(msgspec.Struct):
    """A cell that is being measured."""

    cell_id: str
    started: float  # time.monotonic()
    watch: Watch


class ProgressState(msgspec.Struct):
    """How far the run is."""

    total: int
    done: int = 0
    running: tuple[Running, ...] = ()
    seconds_left: float = 0.0


class Progress:
    """Shows the state of a run on `console`."""

    def __init__(
        self,
        console: Console,
        total: int,
        *,
        seconds_left: float = 0.0,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.state = ProgressState(total, seconds_left=seconds_left)
        self._console = console
        self._clock = clock
        self._started = clock()
        self._live = Live(console=console, get_renderable=self._render, refresh_per_second=2, transient=True)

    def shown(self) -> AbstractContextManager[object]:
        """Keeps the live table on the screen for as long as the context lasts; elsewhere there is none."""
        return self._live if self._console.is_terminal else nullcontext()

    def finished(self, cell_id: str, watch: Watch, seconds: float) -> None:
        """Reports a cell that was measured."""
        self._line(cell_id, f"{describe(watch)}, {duration(seconds)}")

    def failed(self, cell_id: str, problem: str, log: str, log_end: str) -> None:
        """Reports a cell that could not be measured to its end, with what it printed last."""
        self._line(cell_id, f"[red]not measured[/red]: {escape(problem)}; log: {escape(log)}")
        if log_end:
            self._console.print(Text(log_end, style="dim"), soft_wrap=True)

    def _line(self, cell_id: str, what: str) -> None:
        state = self.state
        left = f", {duration(state.seconds_left)} to go" if state.done < state.total else ""
        self._console.print(f"[{state.done}/{state.total}{left}] {cell_id}: {what}", soft_wrap=True, highlight=False)

    def _render(self) -> Group:
        now = self._clock()
        table = Table(box=None, padding=(0, 2, 0, 0), show_header=False)
        for running in self.state.running:
            table.add_row(running.cell_id, _how_far(running.watch), duration(now - running.started))
        state = self.state
        line = (
            f"{state.done} of {state.total} cells done, {duration(now - self._started)} elapsed, "
            f"about {duration(state.seconds_left)} to go"
        )
        return Group(table, Text(line, style="bold"))


def say(console: Console, text: str) -> None:
    """Prints a line as it is: what looks like markup is none, and a path is never broken."""
    console.print(text, markup=False, highlight=False, soft_wrap=True)


def describe(watch: Watch) -> str:
    """What came of a cell: its outcomes, counted, in the vocabulary's order."""
    if watch.unavailable:
        return f"unavailable: {escape(watch.unavailable)}"
    counts = [f"{watch.outcomes[outcome]} {outcome}" for outcome in Outcome if watch.outcomes[outcome]]
    missing = watch.planned - watch.observed
    return ", ".join(counts + [f"{missing} missing"] * (missing > 0)) or "no probe applies"


def duration(seconds: float) -> str:
    """`seconds` for people."""
    whole = round(max(0.0, seconds))
    if whole < 60:
        return f"{whole} s"
    minutes, rest = divmod(whole, 60)
    return f"{minutes} min {rest:02} s" if minutes < 60 else f"{minutes // 60} h {minutes % 60:02} min"


def _how_far(watch: Watch) -> str:
    if not watch.planned:
        return "building, importing"
    return f"{watch.observed}/{watch.planned} probes"
