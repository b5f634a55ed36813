"""`issues`: the issues that there should be after a run."""

from __future__ import annotations

import msgspec

from conformance.alarms import tracker
from conformance.alarms.issues import steps, wanted_of
from conformance.alarms.nights import read_run
from conformance.command_line.parsing import Arguments
from conformance.errors import ExitCode


def run(arguments: Arguments) -> int:
    """Prints or applies."""
    results, alarms = read_run(arguments.results, arguments.night)
    wanted = wanted_of(alarms, results.run)
    if arguments.apply:
        tracker.apply(steps(wanted, tracker.open_issues(), results), print)
    else:
        print(msgspec.json.format(msgspec.json.encode(wanted), indent=1).decode())
    return ExitCode.AS_EXPECTED
