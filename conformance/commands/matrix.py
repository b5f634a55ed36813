"""`matrix`: measures the selected cells side by side, then judges and reports."""

from __future__ import annotations

import argparse

from rich.console import Console

from conformance.commands.selecting import add_limits, add_reports, add_selection, limits_of, places_of, selection_of
from conformance.errors import UsageError
from conformance.running.matrix import Options, default_jobs, run_matrix


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Adds the command's options."""
    add_selection(parser)
    parser.add_argument("--jobs", type=int, metavar="N", help="cells side by side (default: as many as processors)")
    parser.add_argument(
        "--fresh",
        action="store_true",
        help="observe everything again, and resolve rc and nightly again; without it, what an earlier run observed is"
        " reused where nothing that it depends on has changed (lock, interpreter, probes, fixture models, claims)",
    )
    add_limits(parser)
    add_reports(parser)


def run(arguments: argparse.Namespace) -> int:
    """Runs the matrix."""
    jobs = default_jobs() if arguments.jobs is None else arguments.jobs
    if jobs < 1:
        raise UsageError(f"{jobs} cells cannot run side by side.", where="--jobs", remedy="Give 1 or more.")
    selection = selection_of(arguments)
    options = Options(
        selection=selection,
        places=places_of(arguments, selection.narrowing),
        jobs=jobs,
        limits=limits_of(arguments),
        fresh=arguments.fresh,
    )
    return run_matrix(options, Console())
