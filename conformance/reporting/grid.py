"""The grid: a row per claim, a column per release, and one bar for each run of releases that say the same."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

import msgspec

from conformance.cells import ReleaseAxis
from conformance.claims.catalogue import Claim, Place
from conformance.grouping import neighbours
from conformance.reporting.deviations import Cause
from conformance.reporting.headline import ClaimState, claim_state, marks_at
from conformance.reporting.model import ClaimView
from conformance.results import ExpectationRow


class Footnote(msgspec.Struct, frozen=True):
    """A cause, explained once below the grid; the bars refer to its number.

    Attributes:
        anchor: where the page explains it in full; "" where it does not.
    """

    number: int
    cause: ExpectationRow
    anchor: str


class Bar(msgspec.Struct, frozen=True):
    """Neighbouring releases in which a claim stands the same.

    Attributes:
        width: how many columns it takes.
        when: "1.15 to 2.15", "since 2.16".
        surprising: whether a verdict in it deviates and nobody forecast it.
        notes: the footnotes that say why.
    """

    state: ClaimState
    first: str
    last: str
    width: int
    when: str
    surprising: bool = False
    notes: tuple[int, ...] = ()


class GridRow(msgspec.Struct, frozen=True):
    """A claim with its bars; those of the state `NONE` are gaps."""

    claim: Claim
    place: Place
    bars: tuple[Bar, ...]


class Grid(msgspec.Struct, frozen=True):
    """The whole grid."""

    releases: tuple[str, ...]
    rows: tuple[GridRow, ...]
    footnotes: tuple[Footnote, ...]


class _Column(msgspec.Struct, frozen=True):
    """What one release says of a claim."""

    release: str
    state: ClaimState
    surprising: bool
    notes: tuple[int, ...]


def grid_of(views: Iterable[ClaimView], axis: ReleaseAxis, causes: Iterable[Cause]) -> Grid:
    """Lays out the literal verdicts on some claims.

    Args:
        causes: those that the page explains in full, to link to.
    """
    anchors = {f"{cause.example.state}.{cause.expectation.id}": cause.anchor for cause in causes if cause.expectation}
    footnotes: dict[str, Footnote] = {}

    def noted(state: str, cause: ExpectationRow) -> int:
        footnote = Footnote(len(footnotes) + 1, cause, anchors.get(f"{state}.{cause.id}", ""))
        return footnotes.setdefault(cause.cause or cause.reason, footnote).number

    def column(view: ClaimView, release: str) -> _Column:
        marks = tuple(marks_at(release, view.literal))
        notes = (noted(mark.state, mark.expectation) for mark in marks if mark.expectation)
        return _Column(
            release=release,
            state=claim_state(release, view.literal),
            surprising=any(mark.surprising for mark in marks),
            notes=tuple(dict.fromkeys(notes)),
        )

    rows = tuple(
        GridRow(view.claim, view.place, tuple(_bars([column(view, release) for release in axis.releases], axis)))
        for view in views
    )
    return Grid(axis.releases, rows, tuple(footnotes.values()))


def _bars(columns: Sequence[_Column], axis: ReleaseAxis) -> Iterator[Bar]:
    """Joins neighbours that say the same; a release that the report does not cover ends a bar, as it does a lane's."""
    for run in neighbours(columns, lambda before, column: _continues(before, column, axis)):
        first, last = run[0], run[-1]
        yield Bar(
            state=first.state,
            first=first.release,
            last=last.release,
            width=len(run),
            when=axis.span(first.release, last.release),
            surprising=first.surprising,
            notes=tuple(dict.fromkeys(note for each in run for note in each.notes)),
        )


def _continues(before: _Column, column: _Column, axis: ReleaseAxis) -> bool:
    if (before.state, before.surprising) != (column.state, column.surprising):
        return False
    return column.state is ClaimState.NONE or axis.adjacent(before.release, column.release)
