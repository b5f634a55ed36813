"""Runs the cells that make or use models: the flow of the matrix, with other probes."""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from pathlib import Path

import msgspec
from rich.console import Console

from conformance import json_file
from conformance.environments.catalogue import Cell
from conformance.running.exchange_keys import ExchangeKeys
from conformance.running.exchange_subject import ExchangeSubject
from conformance.running.matrix import Measured, measure
from conformance.running.options import Options
from conformance.running.progress import Progress, duration, say
from conformance.running.resolving import resolve
from conformance.running.reuse_plan import describe, plan_reuse
from conformance.running.schedule import Schedule


def run_cells(
    cells: Sequence[Cell], subject: ExchangeSubject, options: Options, console: Console, what: str
) -> Measured:
    """Runs what no earlier record of these cells holds, and says before what it will take.

    Args:
        what: what the cells do, for people: "make 19 roles".
    """
    places = options.places
    places.prepare()
    with tempfile.TemporaryDirectory(prefix="exchange-", dir=places.work) as scratch:
        described = Path(scratch, "subject.json")
        json_file.replace({described: json_file.encode(subject)})
        options = msgspec.structs.replace(options, exchange=described)
        resolved = resolve(cells, places, fresh=options.fresh, say=lambda text: say(console, text))
        reuse = plan_reuse(cells, options, resolved.locks, lambda: ExchangeKeys(places.root, subject))
        schedule = Schedule([cell for cell in cells if cell.id not in reuse.untouched], reuse.seconds())
        say(console, f"{len(cells)} cells {what}, {options.jobs} side by side.")
        for line in describe(reuse, cells):
            say(console, line)
        if schedule.waiting:
            known, left = reuse.seconds(), duration(schedule.seconds_left({}, options.jobs))
            guessed = sum(cell.id not in known for cell in schedule.waiting)
            basis = f"a guess for {guessed} cells" if guessed else "from earlier records"
            say(console, f"Time: about {left} ({basis}), and what downloading takes. Logs: {places.logs}")
        progress = Progress(console, total=len(cells), seconds_left=schedule.seconds_left({}, options.jobs))
        progress.state.done = len(reuse.untouched)
        interrupted = measure(schedule, options, resolved, progress)
        return Measured(tuple(reuse.evidence(places)), reuse.untouched, interrupted)
