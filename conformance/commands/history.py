"""`history`: the runs so far, each claim's line over them, and the page and feed of what changed."""

from __future__ import annotations

from collections.abc import Iterator
from fnmatch import fnmatchcase
from pathlib import Path

from rich.console import Console

from conformance.command_line.parsing import Arguments
from conformance.errors import ExitCode, UsageError, near_miss
from conformance.history.feed import FEED
from conformance.history.page import PAGE
from conformance.history.remembering import rebuild
from conformance.history.retracing import Retraced, retrace
from conformance.history.store import FOLDER, History
from conformance.history.strips import Told, glyph, told_spell, told_together
from conformance.history.today import Today
from conformance.running.places import default_places
from conformance.words import Standing


def run(arguments: Arguments) -> int:
    """Imports, renders or shows, in this order; lists where nothing else was asked for."""
    reports = default_places(arguments.reports).reports
    console = Console(highlight=False)

    def tell(line: str) -> None:
        console.print(line, markup=False, soft_wrap=True)

    history = History(reports / FOLDER, lambda line: tell(f"note: {line}"))
    _refuse_nonsense(arguments, reports)
    if arguments.other:
        added = history.merge(History(arguments.other, lambda line: tell(f"note: {line}")))
        tell(f"{len(added)} runs added to {history.folder}.")
    if arguments.rebuild:
        retraced = rebuild(history, reports, tell, arguments.site)
        tell(f"{len(retraced.runs)} runs: {reports / PAGE}, {reports / FEED}" if retraced.runs else _nothing(history))
    if arguments.claim or arguments.cell:
        for line in _shown(retrace(history, Today.load(), tell), arguments.claim, arguments.cell):
            tell(line)
    elif not (arguments.other or arguments.rebuild):
        for line in _listed(history):
            tell(line)
    return ExitCode.AS_EXPECTED


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


def _listed(history: History) -> Iterator[str]:
    runs = 0
    for info in history.runs():
        snapshot = history.readable(info)
        if snapshot is not None:
            runs += 1
            observations = sum(len(probes) for cell in snapshot.cells for probes in cell.outcomes.values())
            yield (
                f"{info.finished:%Y-%m-%d %H:%M} UTC  {info.kind:<7}  {len(snapshot.cells):>4} cells "
                f"{observations:>7,} observations  {info.path.stat().st_size / 1000:>5.1f} KB  {info.path.name}"
            )
    yield f"{runs} run{'' if runs == 1 else 's'} in {history.folder}" if runs else _nothing(history)


def _nothing(history: History) -> str:
    return f"{history.folder} has no run yet: `nox -s matrix` adds what it observes."


def _shown(retraced: Retraced, claim: str | None, cell: str | None) -> Iterator[str]:
    if not retraced.runs:
        yield "The history has no run yet: `nox -s matrix` adds what it observes."
        return
    lines = [line for line in retraced.lines if _matches(line.subject.claim, claim) and _matches(line.cell, cell)]
    if not lines:
        known = {line.subject.claim for line in retraced.lines} if claim else {line.cell for line in retraced.lines}
        raise UsageError(
            "matches nothing that any run observed.",
            where=f"history, {'--claim' if claim else '--cell'}",
            remedy=near_miss(claim or cell or "", known),
        )
    for name, told in told_together(lines).items():
        yield name
        for one in told:
            yield from _strip(one)


def _strip(told: Told) -> Iterator[str]:
    about = ", ".join(word for word in (told.way, "implied" if told.standing is Standing.IMPLIED else "") if word)
    yield f"  {f'[{about}] ' if about else ''}{', '.join(told.cells)}"
    for spell in told.spells:
        yield f"    {glyph(spell.mark)} {told_spell(spell)}"


def _matches(name: str, pattern: str | None) -> bool:
    return pattern is None or fnmatchcase(name, pattern)
