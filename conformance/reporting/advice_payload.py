"""What the page's one input knows, as JSON: answers, causes and hazards, with each recipe listed once."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import msgspec

from conformance.plain_text import printable
from conformance.reporting import legend
from conformance.reporting.answers import BrokenHere, Way
from conformance.reporting.guidance import Guidance, ReviewedCause
from conformance.reporting.model import Report
from conformance.reporting.packing import Interned
from conformance.reporting.pages import brief, capital, web_address
from conformance.reporting.recipes import PLACEHOLDERS, Recipe
from conformance.results import ExpectationRow
from conformance.words import Outcome


def advice_payload(report: Report, guidance: Guidance) -> dict[str, Any]:
    """The part of the page's data that answers questions."""
    recipes = Interned()

    def number(recipe: Recipe | None) -> int:
        return recipes.number(recipe) if recipe else -1

    def shown(ways: Iterable[Way]) -> list[list[Any]]:
        return [[printable(way.do), number(way.recipe)] for way in ways]

    def broken(group: BrokenHere) -> dict[str, Any]:
        cause = group.expectation.id if group.expectation else ""
        return {"cause": cause, "why": printable(group.why), "claims": group.claims, "ways": shown(group.ways)}

    answers = {
        f"{one.format}/{one.operation}/{one.release}": {
            "short": one.short,
            "says": printable(one.sentence),
            "recipes": [recipes.number(recipe) for recipe in one.recipes],
            "broken": [broken(group) for group in one.broken],
            "elsewhere": number(one.elsewhere),
        }
        for one in guidance.answers
    }
    known = {cause.expectation.id: _known(cause, report, shown) for cause in guidance.causes}
    return {
        "answers": answers,
        "known": known,
        "recipes": [_recipe(recipe) for recipe in recipes.values],
        "hazards": [
            {
                "anchor": one.anchor,
                "wrong": one.outcome is Outcome.WRONG_VALUES,
                "title": capital(printable(one.title)),
                "losses": [printable(loss) for loss in one.losses],
                "notice": printable(one.notice),
                "reviewed": one.expectation is not None,
            }
            for one in guidance.hazards
        ],
        "placeholders": PLACEHOLDERS,
    }


def _known(cause: ReviewedCause, report: Report, shown: Any) -> dict[str, Any]:
    ways = {
        release: {operation: shown(found) for operation, found in by_operation.items()}
        for release, by_operation in cause.ways.items()
    }
    return {
        **_expectation(cause.expectation),
        "claims": cause.claims,
        "breaks": cause.breaks,
        "ways": ways,
        "since": _since(cause, report),
    }


def _since(cause: ReviewedCause, report: Report) -> list[str]:
    """The intervals in which it is met, each once; a lane is left out where all lanes meet it at the same time."""
    deviations = (
        *report.broken,
        *report.implied_broken,
        *report.companion_broken,
        *report.exceeding,
        *report.implied_exceeding,
        *report.companion_exceeding,
    )
    spans = [
        (span.when, span.lane)
        for item in deviations
        if item.expectation and item.expectation.id == cause.expectation.id
        for span in item.spans
    ]
    return [
        f"{when} with {lane}" if lane else when
        for when, lane in dict.fromkeys(spans)
        if not lane or (when, "") not in spans
    ]


def _expectation(known: ExpectationRow) -> dict[str, Any]:
    links = [[brief(address), address] for text in known.upstream if (address := web_address(text))]
    return {
        "what": capital(printable(known.cause)) or printable(known.reason),
        "why": printable(known.reason) if known.cause else "",
        "blame": legend.PACKAGES[known.blame],
        "upstream": links,
    }


def _recipe(recipe: Recipe) -> dict[str, Any]:
    return {
        key: [printable(item) if isinstance(item, str) else item for item in value]
        if isinstance(value, tuple)
        else printable(str(value))
        for key, value in msgspec.structs.asdict(recipe).items()
        if key not in ("cell", "probes")
    }
