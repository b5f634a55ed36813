"""How a run measures its cells."""

from __future__ import annotations

from pathlib import Path

import msgspec

from conformance.limits import Limits
from conformance.running.places import Places
from conformance.running.selection import Selection


class Options(msgspec.Struct, frozen=True):
    """How a run measures its cells.

    Attributes:
        models: the description of users' own models, which are tried in place of the page's claims, and how many
            there are.
        exchange: the description of models that change hands, likewise.
        first: the probes that run before all others in each cell, in this order.
        fresh: whether everything is observed again, also where nothing has changed since it was.
    """

    selection: Selection
    places: Places
    jobs: int
    limits: Limits = Limits()
    fresh: bool = False
    models: Path | None = None
    count: int = 1
    exchange: Path | None = None
    first: tuple[str, ...] = ()
