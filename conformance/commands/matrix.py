"""`matrix`: measures the selected cells side by side, then judges and reports."""

from __future__ import annotations

from rich.console import Console

from conformance.command_line.parsing import Arguments
from conformance.commands.reporting import RunReporter
from conformance.commands.selecting import options_of
from conformance.running.matrix import run_matrix


def run(arguments: Arguments) -> int:
    """Runs the matrix."""
    console = Console()
    return run_matrix(options_of(arguments, arguments.reports), console, RunReporter(console))
