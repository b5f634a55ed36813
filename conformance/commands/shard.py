"""`shard`: measures a part of a run, to be merged with the others."""

from __future__ import annotations

from rich.console import Console

from conformance.command_line.parsing import Arguments
from conformance.commands.reporting import RunReporter
from conformance.commands.selecting import jobs_of, limits_of, selection_of
from conformance.running.options import Options
from conformance.running.places import default_places
from conformance.sharding.measuring import measure_shard


def run(arguments: Arguments) -> int:
    """Measures and packs."""
    selection = selection_of(arguments)
    options = Options(
        selection=selection,
        places=default_places(arguments.out, narrowed=bool(selection.narrowing)),
        jobs=jobs_of(arguments),
        limits=limits_of(arguments),
        fresh=arguments.fresh,
    )
    console = Console()
    return measure_shard(arguments.names, options, console, RunReporter(console))
