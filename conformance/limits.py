"""How much a cell may take."""

from __future__ import annotations

import msgspec


class Limits(msgspec.Struct, frozen=True):
    """How much a cell may take."""

    probe: float = 120.0  # seconds after which a probe counts as hung
    cell: float = 15 * 60.0  # seconds after which a whole cell is ended, its building not counted
    examples: int = 4  # generated models that each property-based probe tries
