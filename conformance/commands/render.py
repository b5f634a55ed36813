"""`render`: renders the reports of any run again, from its results.json alone."""

from __future__ import annotations

import argparse
from pathlib import Path

from rich.console import Console

from conformance.claims.catalogue import load_claims
from conformance.comparing.surprises import exit_code
from conformance.reporting.console import print_summary
from conformance.reporting.writing import HTML, write_reports
from conformance.results import read_results, results_at


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Adds the command's options."""
    parser.description = (
        "Render the reports of any run again, from its results.json alone: no records, nothing judged anew. Exits with"
        " the run's own exit code."
    )
    parser.add_argument("results", type=Path, metavar="RESULTS", help="a results.json, or the folder it is in")
    parser.add_argument("--since", type=Path, metavar="OLD", help="say what changed since this earlier run")
    parser.add_argument("--reports", type=Path, metavar="FOLDER", help="where to (default: beside it)")


def run(arguments: argparse.Namespace) -> int:
    """Renders."""
    source = results_at(arguments.results)
    results, claims = read_results(source), load_claims()
    folder = (arguments.reports or source.parent).absolute()
    earlier = read_results(results_at(arguments.since)) if arguments.since else None
    report = write_reports(results, claims, folder, earlier=earlier)
    code = exit_code(results)
    print_summary(report, report=folder / HTML, exit_code=code, console=Console())
    return code
