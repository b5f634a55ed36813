"""Runs the cells that make or use models: the flow of the matrix, with other probes."""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from functools import partial
from pathlib import Path

import msgspec
from rich.console import Console

from conformance import json_file
from conformance.environments.catalogue import Cell
from conformance.inspecting.text import count_of
from conformance.running.exchange_keys import ExchangeKeys
from conformance.running.exchange_subject import ExchangeSubject
from conformance.running.matrix import Measured, measure_cells
from conformance.running.options import Options
from conformance.running.progress import say
from conformance.running.resolving import resolve


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
        resolved = resolve(cells, places, fresh=options.fresh, say=partial(say, console))
        say(console, f"{count_of(cells, 'cell')} to {what}, {options.jobs} side by side. Logs: {places.logs}")
        keys = partial(ExchangeKeys, places.root, subject)
        return measure_cells(cells, options, resolved, keys, console, subject.presumed_seconds)
