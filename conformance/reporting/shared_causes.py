"""Ordinary use that deviates as the call itself does, in the same cell, has the cause that the call has."""

from __future__ import annotations

import msgspec

from conformance.results import Results, VerdictRow
from conformance.words import Standing, Verdict


def with_shared_causes(results: Results) -> Results:
    """The results, each implied verdict that nobody reviewed with the cause of the literal one that says the same."""
    literal: dict[tuple[str, str, str, Verdict], VerdictRow] = {
        (row.cell, row.claim, row.way, row.verdict): row
        for row in results.verdicts
        if row.standing is Standing.LITERAL and row.expectation and row.verdict is not Verdict.AGREES
    }
    rows = tuple(
        msgspec.structs.replace(row, expected=known.expected, expectation=known.expectation, instead=known.instead)
        if not row.expectation and (known := literal.get((row.cell, row.claim, row.way, row.verdict)))
        else row
        for row in results.verdicts
    )
    return msgspec.structs.replace(results, verdicts=rows)
