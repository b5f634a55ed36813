"""Turns nox's own listing into the jobs of a CI system: one job per environment."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime

import msgspec

from conformance.environments.catalogue import Cell, Environment
from conformance.environments.lock_file import read_lock
from conformance.errors import UsageError

COMMAND = "nox -l --json -s cell"


class Listed(msgspec.Struct, frozen=True):
    """A session, as nox lists it; what else it says is of no use here."""

    session: str


class Job(msgspec.Struct, frozen=True):
    """One job.

    Attributes:
        environment: what its shard measures.
        python: the Python that its cells need beside the host's.
        cells: how many there are.
        cache: names what it installs: the same as long as the lock is; of a floating environment, the day.
    """

    environment: str
    python: str
    cells: int
    cache: str


def jobs_of(listing: bytes, cells: Sequence[Cell], *, today: date | None = None) -> tuple[Job, ...]:
    """The jobs that measure `cells`, oldest release first.

    Args:
        listing: what `nox -l --json -s cell` prints.

    Raises:
        UsageError: the listing is none, or lacks the session of a cell.
    """
    listed = {each.session for each in _decoded(listing)}
    if absent := [cell.id for cell in cells if f"cell({cell.id})" not in listed]:
        raise UsageError(
            f"has no session for {len(absent)} of the {len(cells)} cells selected, {absent[0]} first.",
            where="nox's listing",
            remedy=f"Make it in this checkout: `{COMMAND}`.",
        )
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


def _decoded(listing: bytes) -> list[Listed]:
    try:
        return msgspec.json.decode(listing, type=list[Listed])
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise UsageError(
            f"cannot be read as the JSON that nox lists its sessions in ({error}).",
            where="nox's listing",
            remedy=f"Pipe it in: `{COMMAND} | python -m conformance jobs`. Where pip's messages stand before it, set"
            " PIP_QUIET=1.",
        ) from error
