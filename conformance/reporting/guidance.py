"""Guidance: what the page answers to questions, and what to do instead for each reviewed cause, by release and goal."""

from __future__ import annotations

import msgspec

from conformance.cells import axis_of, cells_of
from conformance.claims.catalogue import Catalogue
from conformance.grouping import grouped
from conformance.reporting.answers import ReleaseAnswer, Way, find_answers
from conformance.reporting.formats import FormatRow, format_rows
from conformance.reporting.hazards import Hazard, find_hazards
from conformance.reporting.recipes import RecipeBook
from conformance.results import ExpectationRow, Instead, Results, VerdictRow
from conformance.words import Operation, Verdict


class ReviewedCause(msgspec.Struct, frozen=True):
    """A reviewed cause as it was met in this run.

    Attributes:
        claims: those that deviate for it, the literal ones first.
        ways: release -> operation -> what to do instead, as far as the run proves it for that operation there.
    """

    expectation: ExpectationRow
    claims: tuple[str, ...]
    breaks: bool  # whether something that is promised does not hold; else something works that is said not to
    ways: dict[str, dict[Operation, tuple[Way, ...]]]


class Guidance(msgspec.Struct, frozen=True):
    """Answers to questions, causes of errors, hazards of calls, and where each format works."""

    answers: tuple[ReleaseAnswer, ...] = ()
    causes: tuple[ReviewedCause, ...] = ()
    hazards: tuple[Hazard, ...] = ()
    formats: tuple[FormatRow, ...] = ()


def guidance_of(results: Results, claims: Catalogue) -> Guidance:
    """Derives it all from a run.

    Args:
        results: with the advice that fits (`judging.fitting`).
    """
    cells = cells_of(results)
    axis = axis_of(cells)
    hazards = find_hazards(results, claims, axis)
    book = RecipeBook(results, claims, hazards)
    answers = find_answers(book, claims, cells)
    return Guidance(answers, _known_causes(results, claims, book), hazards, format_rows(answers, axis))


def _known_causes(results: Results, claims: Catalogue, book: RecipeBook) -> tuple[ReviewedCause, ...]:
    """Every cause that a verdict of the run met, in the order of the verdicts."""
    known = (row for row in results.verdicts if row.claim in claims.claim_by_id)
    groups = grouped((row.expectation.id, row) for row in known if row.expectation)
    return tuple(_known(rows, claims, book) for rows in groups.values())


def _known(rows: list[VerdictRow], claims: Catalogue, book: RecipeBook) -> ReviewedCause:
    first = rows[0]
    assert first.expectation is not None
    proofs: dict[str, dict[Operation, dict[str, list[Instead]]]] = {}
    for row in rows:
        operation = claims.place_of(claims.claim_by_id[row.claim]).operation
        of_operation = proofs.setdefault(row.release, {}).setdefault(operation, {})
        for one in row.instead:
            of_operation.setdefault(one.do, []).append(one)
    return ReviewedCause(
        expectation=first.expectation,
        claims=tuple(dict.fromkeys(row.claim for row in sorted(rows, key=lambda row: row.standing != "literal"))),
        breaks=any(row.verdict is Verdict.CONTRADICTS for row in rows),
        ways={
            release: {
                operation: tuple(Way(do, book.proof(found)) for do, found in by_advice.items())
                for operation, by_advice in by_operation.items()
            }
            for release, by_operation in proofs.items()
        },
    )
