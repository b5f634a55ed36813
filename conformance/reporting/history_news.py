"""What changed with a run, cut into pieces of news: what readers of the feed and of the history page get to see."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TypeVar

import msgspec

from conformance.changes import Comparison, OutcomeChange, VerdictChange
from conformance.claims.catalogue import Catalogue
from conformance.comparing.groups import Alike, alike
from conformance.history.retracing import RunChanges
from conformance.history.store import RunInfo
from conformance.plain_text import counted
from conformance.words import Change, Standing

_ONE_PER_CLAIM = (Change.REGRESSION, Change.FIXED, Change.CHANGED)


_Row = TypeVar("_Row", VerdictChange, OutcomeChange)


class Item(msgspec.Struct, frozen=True):
    """A piece of news.

    Attributes:
        claim: what it is about; empty where it sums up a run.
        forecast: whether it is a regression that reviewed expectations explain.
        verdicts, outcomes: what differs, each listed once with all its cells.
        cells: observed for the first time, or no longer.
    """

    run: RunInfo
    change: Change
    claim: str
    title: str
    forecast: bool
    verdicts: tuple[Alike, ...]
    outcomes: tuple[Alike, ...]
    cells: tuple[str, ...] = ()

    @property
    def id(self) -> str:
        """Unique in a history, and the same whenever the same run is listed."""
        return "/".join([self.run.digest, str(self.change), *([self.claim] if self.claim else [])])

    @property
    def anchor(self) -> str:
        """Its address within the history page."""
        return self.id.replace("/", "-")


def news_of(changes: RunChanges, claims: Catalogue) -> tuple[Item, ...]:
    """The worst first: an item per claim that regressed, was fixed or changed, and one each for what came and went."""
    comparison = changes.comparison
    apart = [
        _item(changes.run, change, claim, comparison, claims)
        for change in _ONE_PER_CLAIM
        for claim in _claims(comparison, change)
    ]
    together = [
        _summary(changes.run, change, comparison, cells)
        for change, cells in ((Change.MISSING, comparison.cells_missing), (Change.NEW, comparison.cells_new))
        if cells
        or any(row.change is change for row in comparison.verdicts)
        or any(row.change is change for row in comparison.outcomes)
    ]
    return tuple(sorted([*apart, *together], key=lambda item: list(Change).index(item.change)))


def _claims(comparison: Comparison, change: Change) -> tuple[str, ...]:
    """Those that have changed so themselves, then those that only their probes have."""
    found = [row.claim for row in _rows(comparison.verdicts, change)]
    found += [claim for row in _rows(comparison.outcomes, change) for claim in row.claims or ("",)]
    return tuple(dict.fromkeys(found))


def _item(run: RunInfo, change: Change, claim: str, comparison: Comparison, claims: Catalogue) -> Item:
    verdicts = tuple(row for row in _rows(comparison.verdicts, change) if row.claim == claim)
    outcomes = tuple(row for row in _rows(comparison.outcomes, change) if claim in (row.claims or ("",)))
    forecast = change is Change.REGRESSION and not any(row.alarming for row in outcomes)
    known = claims.claim_by_id.get(claim)
    about = known.statement if known else claim or "Probes that speak to no claim"
    cells = len({row.cell for row in verdicts} | {row.cell for row in outcomes})
    word = f"{str(change).capitalize()}{' (forecast)' if forecast else ''}"
    grouped = alike(msgspec.structs.replace(comparison, verdicts=verdicts, outcomes=outcomes))
    return Item(run, change, claim, f"{word}: {about} ({counted(cells, 'cell')})", forecast, *grouped)


def _summary(run: RunInfo, change: Change, comparison: Comparison, cells: tuple[str, ...]) -> Item:
    verdicts, outcomes = _rows(comparison.verdicts, change), _rows(comparison.outcomes, change)
    literal = [row for row in verdicts if row.standing is Standing.LITERAL]
    counts = ((len(cells), "cell"), (len(literal), "verdict"), (len(outcomes), "outcome"))
    what = ", ".join(counted(number, word) for number, word in counts if number)
    grouped = alike(msgspec.structs.replace(comparison, verdicts=verdicts, outcomes=outcomes))
    return Item(run, change, "", f"{str(change).capitalize()}: {what}", False, *grouped, cells)


def _rows(rows: Iterable[_Row], change: Change) -> tuple[_Row, ...]:
    return tuple(row for row in rows if row.change is change)
