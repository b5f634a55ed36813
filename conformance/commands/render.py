"""`render`: renders the reports of any run again, from its results.json alone."""

from __future__ import annotations

from rich.console import Console

from conformance.claims.catalogue import load_claims
from conformance.command_line.parsing import Arguments
from conformance.comparing.surprises import exit_code
from conformance.reporting.console import print_summary
from conformance.reporting.writing import HTML, write_reports
from conformance.results import read_results, results_at


def run(arguments: Arguments) -> int:
    """Renders."""
    source = results_at(arguments.results)
    results, claims = read_results(source), load_claims()
    folder = (arguments.reports or source.parent).absolute()
    earlier = read_results(results_at(arguments.since)) if arguments.since else None
    report = write_reports(results, claims, folder, earlier=earlier)
    code = exit_code(results)
    print_summary(report, report=folder / HTML, exit_code=code, console=Console())
    return code
