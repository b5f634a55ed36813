"""What a run tries within each of its cells."""

from __future__ import annotations

import msgspec

from conformance.claims.catalogue import Catalogue, Claim
from conformance.environments.catalogue import Cell
from conformance.words import Format, Operation


class Narrowing(msgspec.Struct, frozen=True):
    """What is tried within each cell; an empty part means all of it."""

    formats: tuple[Format, ...] = ()
    operations: tuple[Operation, ...] = ()
    probes: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        """Whether it leaves anything out."""
        return bool(self.formats or self.operations or self.probes)

    @property
    def arguments(self) -> dict[str, tuple[str, ...]]:
        """The arguments of the command line that say the same."""
        return {"format": self.formats, "operation": self.operations, "probe": self.probes}

    def selected(self, catalogue: Catalogue) -> frozenset[str]:
        """The ids of the claims that are asked for, in whichever cell."""
        return frozenset(one.id for one in catalogue.claims if catalogue.selects(one, self.formats, self.operations))

    def claims_of(self, cell: Cell, catalogue: Catalogue) -> tuple[Claim, ...]:
        """The claims that apply in `cell` and are asked for."""
        applying = catalogue.applying_to(cell.environment.release.presumed_tf, cell.mode)
        return tuple(claim for claim in applying if catalogue.selects(claim, self.formats, self.operations))

    def claims_to_try(self, cell: Cell, catalogue: Catalogue) -> tuple[Claim, ...]:
        """The claims that are asked for, and the controls without which some of them could get no verdict."""
        applying = catalogue.applying_to(cell.environment.release.presumed_tf, cell.mode)
        needed = catalogue.with_controls(self.claims_of(cell, catalogue))
        return tuple(claim for claim in applying if claim in needed)
