"""`matrix`: measures the selected cells side by side, then judges and reports."""

from __future__ import annotations

from rich.console import Console

from conformance.command_line.parsing import Arguments
from conformance.commands.reporting import RunReporter
from conformance.commands.selecting import jobs_of, limits_of, places_of, selection_of
from conformance.running.matrix import run_matrix
from conformance.running.options import Options


def run(arguments: Arguments) -> int:
    """Runs the matrix."""
    selection = selection_of(arguments)
    options = Options(
        selection=selection,
        places=places_of(arguments, selection.narrowing),
        jobs=jobs_of(arguments),
        limits=limits_of(arguments),
        fresh=arguments.fresh,
    )
    console = Console()
    return run_matrix(options, console, RunReporter(console))
