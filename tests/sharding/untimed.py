"""What "equal but for time stamps and durations" means for `results.json`."""

from __future__ import annotations

import re

import msgspec

from conformance.changes import Comparison
from conformance.evidence import Error
from conformance.results import ObservationRow, Results

# What no two processes have in common, wherever they run: it stands in tracebacks.
_RANDOM = re.compile(r"(?<=/conformance-)\w+|(?<=__autograph_generated_file)\w+|\b0x[0-9a-f]{4,}\b")


def untimed(results: Results) -> Results:
    """The results without when anything was observed and how long it took.

    Random names of temporary files, and addresses, count as equal within errors.
    """
    return msgspec.structs.replace(
        results,
        run=msgspec.structs.replace(results.run, started="", finished=""),
        environments=tuple(
            msgspec.structs.replace(row, started="", seconds=0.0, cpu_seconds=0.0) for row in results.environments
        ),
        observations=tuple(_untimed(row) for row in results.observations),
        changes=_undated(results.changes) if results.changes else None,
    )


def _untimed(row: ObservationRow) -> ObservationRow:
    return msgspec.structs.replace(row, seconds=0.0, error=_fixed(row.error) if row.error else None)


def _undated(changes: Comparison) -> Comparison:
    return msgspec.structs.replace(changes, new=msgspec.structs.replace(changes.new, finished=""))


def _fixed(error: Error) -> Error:
    return msgspec.structs.replace(
        error, message=_RANDOM.sub("...", error.message), traceback=_RANDOM.sub("...", error.traceback)
    )
