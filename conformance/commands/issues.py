"""`issues`: the issues that there should be after a run."""

from __future__ import annotations

import argparse

import msgspec

from conformance.alarms import tracker
from conformance.alarms.issues import LABEL, steps, wanted_of
from conformance.commands.alarming import add_run, read_run
from conformance.errors import ExitCode


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Adds the command's options."""
    parser.description = (
        "Print the issues that there should be after a run, as JSON: one for each regression or unexpected verdict,"
        " each with a key that stays the same as long as the same thing is wrong in the same way. With --apply, make"
        f' them so by way of GitHub\'s gh: the open issues labelled "{LABEL}" are updated, opened, or closed where the'
        " run has observed that they are gone; what the run did not observe is left alone."
    )
    add_run(parser)
    parser.add_argument("--apply", action="store_true", help="change the issues (needs gh, GH_TOKEN and GH_REPO)")


def run(arguments: argparse.Namespace) -> int:
    """Prints or applies."""
    results, alarms = read_run(arguments)
    wanted = wanted_of(alarms, results.run)
    if arguments.apply:
        tracker.apply(steps(wanted, tracker.open_issues(), results), print)
    else:
        print(msgspec.json.format(msgspec.json.encode(wanted), indent=1).decode())
    return ExitCode.AS_EXPECTED
