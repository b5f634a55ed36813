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
        subject: the description of a user's own model, which is tried in place of the page's claims.
        first: the probes that run before all others in each cell, in this order.
        fresh: whether everything is observed again, also where nothing has changed since it was.
    """

    selection: Selection
    places: Places
    jobs: int
    limits: Limits = Limits()
    fresh: bool = False
    subject: Path | None = None
    first: tuple[str, ...] = ()
