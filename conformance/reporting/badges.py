"""Badges in the format of shields.io's endpoint: one per format and per column of the tables, and one for the page."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import msgspec

from conformance import json_file
from conformance.reporting.formats import FormatRow
from conformance.reporting.headline import Tally, tally
from conformance.reporting.legend import COLUMNS, FORMATS, OPERATIONS
from conformance.reporting.model import ClaimView, Report
from conformance.words import Operation


class Badge(msgspec.Struct, frozen=True, rename="camel"):
    """What shields.io's endpoint badge reads."""

    schema_version: int
    label: str
    message: str
    color: str


def badges_of(report: Report, formats: Iterable[FormatRow] = ()) -> dict[str, Badge]:
    """File name (without its ending) -> badge: where a format works, for model cards, and how many claims hold now."""
    views = tuple(report.claim_views())
    found = {"page": _badge("TF Hub compatibility page", views, report)}
    for (fmt, column), heading in COLUMNS.items():
        mine = [view for view in views if (view.place.format, view.place.column) == (fmt, column)]
        found[f"{fmt}.{column}"] = _badge(f"{FORMATS[fmt]}, {heading}", mine, report)
    footnote = [view for view in views if view.place.operation is Operation.MODE]
    found["compat-mode"] = _badge(OPERATIONS[Operation.MODE], footnote, report)
    for row in formats:
        found[row.badge_file] = Badge(schema_version=1, label=row.label, message=row.badge, color="blue")
    return found


def badge_files(report: Report, formats: Iterable[FormatRow] = ()) -> Iterator[tuple[str, bytes]]:
    """Name and content of each badge's file."""
    for name, badge in badges_of(report, formats).items():
        yield f"{name}.json", json_file.encode(badge)


def _badge(label: str, views: Iterable[ClaimView], report: Report) -> Badge:
    counted = tally(report.newest, [line for view in views for line in view.literal])
    return Badge(schema_version=1, label=label, message=_message(counted), color=_colour(counted))


def _message(counted: Tally) -> str:
    if not counted.total:
        return "not observed"
    return f"{len(counted.holds)} of {counted.total} hold on {counted.release}"


def _colour(counted: Tally) -> str:
    """Never the whole message: the numbers say the same."""
    if not counted.total or len(counted.unclear) + len(counted.missing) == counted.total:
        return "lightgrey"
    if counted.broken:
        return "red"
    if counted.partly or counted.unclear or counted.missing:
        return "yellow"
    return "blue" if counted.exceeded else "brightgreen"
