"""The arguments of the commands that show a run's alarms."""

from __future__ import annotations

from conformance.alarms.alarm import Alarm, alarms_of
from conformance.alarms.nights import alarms_of_night, read_night
from conformance.command_line.parsing import Arguments
from conformance.results import Results, read_results, results_at


def read_run(arguments: Arguments) -> tuple[Results, tuple[Alarm, ...]]:
    """The run that is meant, and its alarms.

    Raises:
        EvidenceError: a file cannot be read.
    """
    results = read_results(results_at(arguments.results))
    return results, alarms_of_night(read_night(arguments.night)) if arguments.night else alarms_of(results)
