"""`issues`: the issues that there should be after a run."""

from __future__ import annotations

import msgspec

from conformance.alarms import tracker
from conformance.alarms.issues import steps, wanted_of
from conformance.alarms.runs import read_run
from conformance.command_line.parsing import Arguments
from conformance.errors import ExitCode


def run(arguments: Arguments) -> int:
    """Prints or applies."""
    found = read_run(arguments.results, arguments.night, arguments.exchange)
    wanted = wanted_of(found.alarms, found.run)
    if arguments.apply:
        tracker.apply(steps(wanted, tracker.open_issues(), found.seen, found.run), print)
    else:
        print(msgspec.json.format(msgspec.json.encode(wanted), indent=1).decode())
    return ExitCode.AS_EXPECTED
