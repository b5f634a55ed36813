"""`merge`: judges shards as one run."""

from __future__ import annotations

from rich.console import Console

from conformance.command_line.parsing import Arguments
from conformance.commands.reporting import RunReporter
from conformance.commands.selecting import selection_of
from conformance.running.places import default_places
from conformance.sharding.merging import merge


def run(arguments: Arguments) -> int:
    """Merges, judges and reports."""
    console = Console()
    places = default_places(arguments.reports)
    return merge(arguments.shards, selection_of(arguments), places, console, RunReporter(console))
