"""What "equal but for time stamps and durations" means for `results.json`."""

from __future__ import annotations

import msgspec

from conformance.results import Results


def untimed(results: Results) -> Results:
    """The results without when anything was observed and how long it took."""
    return msgspec.structs.replace(
        results,
        run=msgspec.structs.replace(results.run, started="", finished=""),
        environments=tuple(
            msgspec.structs.replace(row, started="", seconds=0.0, cpu_seconds=0.0) for row in results.environments
        ),
        observations=tuple(msgspec.structs.replace(row, seconds=0.0) for row in results.observations),
    )
