"""`diff`: compares two runs and says what changed, and which packages changed with it."""

from __future__ import annotations

import argparse
from pathlib import Path

from conformance.commands.selecting import add_reports
from conformance.comparing.comparison import compare
from conformance.errors import ExitCode
from conformance.json_file import replace_files
from conformance.reporting.diff_views import render_diff_html, render_json, render_text
from conformance.results import read_results, results_at
from conformance.running.places import default_places

LIMIT = 8  # entries per list on the console, all of which are in the files


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Adds the command's options."""
    parser.description = (
        "Compare any two runs. Says on the console, in diff.json and in diff.html what differs in verdicts, outcomes,"
        " probes and cells, and which packages changed along with it. What a claim promises and what got worse is a"
        " regression; what works again is fixed; what is documented not to work, or what no claim covers, has changed;"
        " what one run has not observed is missing or new. Exit code 0: nothing that was observed differs; 1: something"
        " does."
    )
    for name, meaning in (("old", "results.json of the earlier run, or its folder"), ("new", "of the later run")):
        parser.add_argument(name, type=Path, metavar=name.upper(), help=meaning)
    add_reports(parser)


def run(arguments: argparse.Namespace) -> int:
    """Compares and reports."""
    comparison = compare(read_results(results_at(arguments.new)), reference=read_results(results_at(arguments.old)))
    folder = default_places(arguments.reports).reports
    replace_files(
        folder,
        {"diff.json": render_json(comparison), "diff.html": render_diff_html(comparison).encode()},
        remedy="Make the folder writable, or name another with --reports.",
    )
    print(render_text(comparison, limit=LIMIT))
    print(f"All of it: {folder / 'diff.html'}")
    return ExitCode.UNEXPECTED if comparison.differs else ExitCode.AS_EXPECTED
