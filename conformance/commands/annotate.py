"""`annotate`: what a run asks somebody to look at, as GitHub Actions shows it."""

from __future__ import annotations

from conformance.alarms.annotations import annotations_of
from conformance.alarms.nights import read_run
from conformance.command_line.parsing import Arguments
from conformance.errors import ExitCode


def run(arguments: Arguments) -> int:
    """Prints the annotations."""
    _, alarms = read_run(arguments.results, arguments.night)
    for line in annotations_of(alarms):
        print(line)
    return ExitCode.AS_EXPECTED
