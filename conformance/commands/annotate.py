"""`annotate`: what a run asks somebody to look at, as GitHub Actions shows it."""

from __future__ import annotations

import argparse

from conformance.alarms.annotations import annotations_of
from conformance.commands.alarming import add_run, read_run
from conformance.errors import ExitCode


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Adds the command's options."""
    parser.description = (
        "Print regressions and unexpected verdicts (as errors), incomplete evidence (as warnings) and stale"
        " expectations (as notices) in the form of workflow commands: one line each, ten of each level at most, since"
        " GitHub shows no more. Always exits with 0: what the run amounts to, it has said itself."
    )
    add_run(parser)


def run(arguments: argparse.Namespace) -> int:
    """Prints the annotations."""
    _, alarms = read_run(arguments)
    for line in annotations_of(alarms):
        print(line)
    return ExitCode.AS_EXPECTED
