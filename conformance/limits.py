"""How much a cell may take."""

from __future__ import annotations

import msgspec


class Limits(msgspec.Struct, frozen=True):
    """How much a cell may take.

    Attributes:
        probe: seconds after which a probe counts as hung.
        cell: seconds after which a whole cell is ended, its building not counted.
        examples: generated models that each property-based probe tries.
    """

    probe: float = 120.0
    cell: float = 15 * 60.0
    examples: int = 4
