"""`annotate`: what a run asks somebody to look at, as GitHub Actions shows it."""

from __future__ import annotations

import argparse
from pathlib import Path

from conformance.alarms.alarm import alarms_of
from conformance.alarms.annotations import annotations_of
from conformance.errors import ExitCode
from conformance.results import read_results, results_at


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Adds the command's options."""
    parser.description = (
        "Print regressions and unexpected verdicts (as errors), incomplete evidence (as warnings) and stale"
        " expectations (as notices) in the form of workflow commands: one line each, ten of each level at most, since"
        " GitHub shows no more. Always exits with 0: what the run amounts to, it has said itself."
    )
    parser.add_argument("results", type=Path, metavar="RESULTS", help="results.json of a run, or its folder")


def run(arguments: argparse.Namespace) -> int:
    """Prints the annotations."""
    for line in annotations_of(alarms_of(read_results(results_at(arguments.results)))):
        print(line)
    return ExitCode.AS_EXPECTED
