"""The jobs of a CI system that measure a selection: one per environment."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime

import msgspec

from conformance.environments.catalogue import Cell, Environment
from conformance.environments.lock_file import read_lock


class Job(msgspec.Struct, frozen=True):
    """One job."""

    environment: str  # what its shard measures
    python: str  # the Python that its cells need beside the host's
    cells: int  # how many there are
    cache: str  # names what it installs: the same as long as the lock is; of a floating environment, the day


def jobs_of(cells: Sequence[Cell], *, today: date | None = None) -> tuple[Job, ...]:
    """The jobs that measure `cells`, oldest release first."""
    day = today or datetime.now(UTC).date()
    environments = dict.fromkeys(cell.environment for cell in cells)
    return tuple(
        Job(
            environment=environment.id,
            python=environment.release.python,
            cells=sum(cell.environment == environment for cell in cells),
            cache=_cache(environment, day),
        )
        for environment in environments
    )


def _cache(environment: Environment, day: date) -> str:
    if environment.release.floating:
        return f"{environment.id}-{day.isoformat()}"
    return f"{environment.id}-{read_lock(environment.lock).digest.removeprefix('sha256:')[:16]}"
