"""`annotate`: what a run asks somebody to look at, as GitHub Actions shows it."""

from __future__ import annotations

from conformance.alarms.annotations import annotations_of
from conformance.alarms.runs import read_run
from conformance.command_line.parsing import Arguments
from conformance.errors import ExitCode


def run(arguments: Arguments) -> int:
    """Prints the annotations."""
    found = read_run(arguments.results, arguments.night, arguments.exchange)
    for line in annotations_of(found.alarms):
        print(line)
    return ExitCode.AS_EXPECTED
