"""The arguments of the commands that tell a run's alarms."""

from __future__ import annotations

import argparse
from pathlib import Path

from conformance.alarms.alarm import Alarm, alarms_of
from conformance.alarms.nights import alarms_of_night, read_night
from conformance.results import Results, read_results, results_at


def add_run(parser: argparse.ArgumentParser) -> None:
    """Adds the arguments that say which run is meant."""
    parser.add_argument("results", type=Path, metavar="RESULTS", help="results.json of a run, or its folder")
    parser.add_argument(
        "--night",
        type=Path,
        metavar="FILE",
        help="its night.json, if it was a night: only what was confirmed then counts",
    )


def read_run(arguments: argparse.Namespace) -> tuple[Results, tuple[Alarm, ...]]:
    """The run that is meant, and its alarms.

    Raises:
        EvidenceError: a file cannot be read.
    """
    results = read_results(results_at(arguments.results))
    return results, alarms_of_night(read_night(arguments.night)) if arguments.night else alarms_of(results)
