"""How a stale expectation is reported: as good news, with what to do about it."""

from __future__ import annotations

import msgspec

from conformance.grouping import grouped
from conformance.results import Results, StaleExpectation

FOLDER = "conformance/judging/expectations"


class GoodNews(msgspec.Struct, frozen=True):
    """An expectation whose deviation is gone, at least somewhere.

    Attributes:
        what: that it no longer comes true, and what was observed instead.
        remedy: whether to remove it or to narrow it.
    """

    id: str
    what: str
    remedy: str
    cells: tuple[str, ...]


def good_news(results: Results) -> tuple[GoodNews, ...]:
    """The stale expectations of a run."""
    met = grouped((row.expectation.id, row.cell) for row in results.verdicts if row.expectation)
    return tuple(_good_news(stale, len(set(met.get(stale.id, ())))) for stale in results.stale_expectations)


def _good_news(stale: StaleExpectation, still: int) -> GoodNews:
    if still:
        remedy = f"It still comes true in {still} other cell{'' if still == 1 else 's'}: narrow it in {FOLDER}."
    else:
        remedy = f"It comes true nowhere in this run: remove it from {FOLDER}, or narrow it to what was not run."
    return GoodNews(
        id=stale.id,
        what=f"Good news: what the expectation forecasts is gone. Observed instead: {stale.observed}.",
        remedy=remedy,
        cells=stale.cells,
    )
