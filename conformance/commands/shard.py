"""`shard`: measures a part of a run, to be merged with the others."""

from __future__ import annotations

from rich.console import Console

from conformance.command_line.parsing import Arguments
from conformance.commands.reporting import RunReporter
from conformance.commands.selecting import options_of
from conformance.sharding.measuring import measure_shard


def run(arguments: Arguments) -> int:
    """Measures and packs."""
    console = Console()
    return measure_shard(arguments.names, options_of(arguments, arguments.out), console, RunReporter(console))
