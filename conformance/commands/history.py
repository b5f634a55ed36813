"""`history`: the runs so far, each claim's line over them, and the page and feed of what changed."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from fnmatch import fnmatchcase
from pathlib import Path

import msgspec
from rich.console import Console

from conformance.command_line.declaration import CommandResult
from conformance.command_line.parsing import Arguments
from conformance.errors import ExitCode, UsageError, near_miss
from conformance.history.lines import Line
from conformance.history.retracing import Retraced, retrace
from conformance.history.store import FOLDER, History, RunInfo, RunKind
from conformance.history.today import Today
from conformance.plain_text import counted
from conformance.reporting.history_feed import FEED
from conformance.reporting.history_page import PAGE
from conformance.reporting.history_report import rebuild
from conformance.reporting.history_strips import LineGroup, describe_interval, glyph, group_lines
from conformance.running.places import default_places
from conformance.running.plan import load_rules
from conformance.words import Standing


class ListedRun(msgspec.Struct, frozen=True):
    """A run of the history, as listed."""

    finished: datetime
    kind: RunKind
    cells: int
    observations: int
    bytes: int
    file: str


def run(arguments: Arguments) -> CommandResult:
    """Imports, renders or shows, in this order; lists where nothing else was asked for."""
    reports = default_places(arguments.reports).reports
    console = Console(highlight=False)

    def say(line: str) -> None:
        console.print(line, markup=False, soft_wrap=True)

    history = History(reports / FOLDER, lambda line: say(f"note: {line}"))
    _refuse_nonsense(arguments, reports)
    if arguments.other:
        added = history.merge(History(arguments.other, lambda line: say(f"note: {line}")))
        say(f"{len(added)} runs added to {history.folder}.")
    if arguments.rebuild:
        retraced = rebuild(history, reports, say, arguments.site)
        say(f"{len(retraced.runs)} runs: {reports / PAGE}, {reports / FEED}" if retraced.runs else _nothing(history))
    runs = [run for info in history.runs() if (run := _run_of(info, history))]
    lines: list[Line] = []
    if arguments.claim or arguments.cell:
        lines = _matching(retrace(history, Today(load_rules()), say), arguments.claim, arguments.cell)
        for line in _shown(lines) if runs else (_nothing(history),):
            say(line)
    elif not (arguments.other or arguments.rebuild):
        for line in _listed(runs, history):
            say(line)
    return CommandResult(ExitCode.AS_EXPECTED, {"runs": runs, "lines": lines})


def _refuse_nonsense(arguments: Arguments, reports: Path) -> None:
    if arguments.other and not arguments.other.is_dir():
        raise UsageError(
            "is no folder.",
            where=f"history, --import {arguments.other}",
            remedy=f"Name another machine's {reports.name}/{FOLDER}.",
        )
    if arguments.site and not arguments.rebuild:
        raise UsageError("goes with --rebuild.", where="history, --site", remedy="Add --rebuild, or drop --site.")
    if arguments.site and not arguments.site.startswith(("https://", "http://")):
        raise UsageError(
            f'"{arguments.site}" is no address.', where="history, --site", remedy="Give one that begins with https://."
        )


def _run_of(info: RunInfo, history: History) -> ListedRun | None:
    """A run as it is listed; None where its file is damaged, which the history says itself."""
    if (snapshot := history.readable(info)) is None:
        return None
    observations = sum(len(probes) for cell in snapshot.cells for probes in cell.outcomes.values())
    size = info.path.stat().st_size
    return ListedRun(info.finished, info.kind, len(snapshot.cells), observations, size, info.path.name)


def _listed(runs: list[ListedRun], history: History) -> Iterator[str]:
    for run in runs:
        yield (
            f"{run.finished:%Y-%m-%d %H:%M} UTC  {run.kind:<7}  {run.cells:>4} cells "
            f"{run.observations:>7,} observations  {run.bytes / 1000:>5.1f} KB  {run.file}"
        )
    yield f"{counted(len(runs), 'run')} in {history.folder}" if runs else _nothing(history)


def _nothing(history: History) -> str:
    return f"{history.folder} has no run yet: `nox -s matrix` adds what it observes."


def _matching(retraced: Retraced, claim: str | None, cell: str | None) -> list[Line]:
    """The lines that were asked for."""
    lines = [line for line in retraced.lines if _matches(line.subject.claim, claim) and _matches(line.cell, cell)]
    if retraced.runs and not lines:
        known = {line.subject.claim for line in retraced.lines} if claim else {line.cell for line in retraced.lines}
        raise UsageError(
            "matches nothing that any run observed.",
            where=f"history, {'--claim' if claim else '--cell'}",
            remedy=near_miss(claim or cell or "", known),
        )
    return lines


def _shown(lines: list[Line]) -> Iterator[str]:
    for name, groups in group_lines(lines).items():
        yield name
        for one in groups:
            yield from _strip(one)


def _strip(group: LineGroup) -> Iterator[str]:
    about = ", ".join(word for word in (group.way, "implied" if group.standing is Standing.IMPLIED else "") if word)
    yield f"  {f'[{about}] ' if about else ''}{', '.join(group.cells)}"
    for interval in group.intervals:
        yield f"    {glyph(interval.mark)} {describe_interval(interval)}"


def _matches(name: str, pattern: str | None) -> bool:
    return pattern is None or fnmatchcase(name, pattern)
