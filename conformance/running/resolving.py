"""Resolves the floating environments of a run: each once, side by side, so that its cells agree on what it is."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import msgspec

from conformance.environments import locking
from conformance.environments.catalogue import Cell, Environment
from conformance.environments.unavailable import UnavailableError
from conformance.evidence import Unavailable
from conformance.running.places import Places

_AT_ONCE = 4  # a resolution mostly waits for the index


class Resolved(msgspec.Struct, frozen=True):
    """What came of the floating environments, by id."""

    locks: dict[str, Path] = {}
    lost: dict[str, Unavailable] = {}  # why the others could not be resolved


def resolve(cells: Sequence[Cell], places: Places, *, fresh: bool, say: Callable[[str], None]) -> Resolved:
    """Resolves the floating environments among those of `cells`.

    Args:
        fresh: whether to resolve anew what has been resolved on this day already.
    """
    environments = {cell.environment.id: cell.environment for cell in cells if cell.environment.release.floating}
    if not environments:
        return Resolved()
    locks = {} if fresh else _resolved_before(environments, places)
    if locks:
        say(f"Resolved earlier today (UTC), and not again: {', '.join(locks)}. --fresh resolves anew.")
    left = [environment for name, environment in environments.items() if name not in locks]
    if left:
        say(f"Resolving as of now: {', '.join(environment.id for environment in left)}.")
    lost: dict[str, Unavailable] = {}
    executor = ThreadPoolExecutor(_AT_ONCE)
    try:
        for environment, found in zip(left, executor.map(lambda one: _resolve(one, places), left), strict=True):
            if isinstance(found, Path):
                locks[environment.id] = found
            else:
                lost[environment.id] = found
    finally:
        executor.shutdown(cancel_futures=True)
    return Resolved(locks, lost)


def _resolved_before(environments: dict[str, Environment], places: Places) -> dict[str, Path]:
    found = {
        name: locking.resolved_today(environment, places.resolutions) for name, environment in environments.items()
    }
    return {name: path for name, path in found.items() if path}


def _resolve(environment: Environment, places: Places) -> Path | Unavailable:
    try:
        return locking.resolve_floating(environment, places.resolutions)
    except UnavailableError as error:
        return error.unavailable
