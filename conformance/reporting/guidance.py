"""Guidance: what the page answers to questions."""

from __future__ import annotations

import msgspec

from conformance.cells import axis_of, cells_of
from conformance.claims.catalogue import Catalogue
from conformance.reporting.answers import ReleaseAnswer, find_answers
from conformance.reporting.formats import FormatRow, format_rows
from conformance.reporting.hazards import Hazard, find_hazards
from conformance.reporting.recipes import RecipeBook
from conformance.reporting.remedies import ReviewedCause, known_causes
from conformance.results import Results


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
    return Guidance(answers, known_causes(results, claims, book), hazards, format_rows(answers, axis))
