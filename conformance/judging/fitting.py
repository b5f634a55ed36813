"""Which advice fits what a claim promises: loading is no substitute for fine-tuning, nor either for creation."""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

from conformance.claims.catalogue import Catalogue
from conformance.results import Instead, Results, VerdictRow
from conformance.words import Operation

_Proofs = Mapping[tuple[str, str], frozenset[Operation]]  # by cell and probe: the operations that it speaks of


def with_fitting_advice(results: Results, claims: Catalogue) -> Results:
    """The results, each verdict with that advice alone whose proof does what the claim is about.

    An expectation speaks of several claims, and so does its advice: "For inference, load it with hub.load" is proved in
    the very cell in which fine-tuning fails, and yet it is no way to fine-tune.
    """
    operations = {claim.id: claims.place_of(claim).operation for claim in claims.claims}
    proofs = {
        (row.cell, row.probe): frozenset(operations[tested.id] for tested in row.claims if tested.id in operations)
        for row in results.observations
    }
    rows = tuple(
        msgspec.structs.replace(
            row, instead=tuple(one for one in row.instead if _fits(one, row, operations.get(row.claim), proofs))
        )
        if row.instead
        else row
        for row in results.verdicts
    )
    return msgspec.structs.replace(results, verdicts=rows)


def _fits(advice: Instead, row: VerdictRow, wanted: Operation | None, proofs: _Proofs) -> bool:
    """Whether it is proved by the very probes that deviate, or by one that does the same operation."""
    if wanted in (None, Operation.MODE) or set(advice.probes) <= row.outcomes.keys():
        return True
    shown = [proofs[advice.cell, probe] for probe in advice.probes if (advice.cell, probe) in proofs]
    return not shown or any(wanted in operations for operations in shown)  # of what is not in the run nothing is known
