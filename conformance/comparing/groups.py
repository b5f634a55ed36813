"""Changes put together: those that presumably have one cause, and those that differ only in their cell."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Generic, TypeVar

import msgspec

from conformance.changes import Comparison, OutcomeChange, PackageChange, VerdictChange
from conformance.comparing.error_texts import alike_but_for_numbers
from conformance.grouping import grouped
from conformance.night import NightFinding
from conformance.words import Change, Standing

Worsened = OutcomeChange | NightFinding  # a probe whose outcome got worse in a cell, whatever it was compared with

_Row = TypeVar("_Row", OutcomeChange, NightFinding)


class RegressionGroup(msgspec.Struct, Generic[_Row], frozen=True):
    """Probes that got worse in the same way with the same error: presumably for one cause."""

    rows: tuple[_Row, ...]  # at least one, in the order in which they were met

    @property
    def first(self) -> _Row:
        """The row that stands for all."""
        return self.rows[0]

    @property
    def cause(self) -> tuple[str, str, str]:
        """What makes them one regression; the same in every run in which the same thing is wrong in the same way."""
        return _cause(self.first)

    @property
    def title(self) -> str:
        """E.g. "works became failed: ValueError: no such layer"."""
        return f"{self.first.before} became {self.first.after}: {self.first.error or self.first.probe}"

    @property
    def cells(self) -> tuple[str, ...]:
        """Where, each once."""
        return tuple(dict.fromkeys(row.cell for row in self.rows))

    @property
    def probes(self) -> tuple[str, ...]:
        """Which, each once."""
        return tuple(dict.fromkeys(row.probe for row in self.rows))

    @property
    def claims(self) -> tuple[str, ...]:
        """Those that the probes speak to, each once."""
        return tuple(dict.fromkeys(claim for row in self.rows for claim in row.claims))


class Alike(msgspec.Struct, frozen=True):
    """Changes that differ only in the cell they were met in."""

    change: Change
    subject: str
    before: str
    after: str
    detail: str
    cells: tuple[str, ...]
    packages: tuple[PackageChange, ...]


def by_cause(
    rows: Iterable[_Row], apart: Callable[[_Row], object] = lambda _: None
) -> tuple[RegressionGroup[_Row], ...]:
    """The rows by what presumably caused them: the outcomes before and after, and the error.

    Numbers and paths in the error do not count, nor does the cell: the same error everywhere has one cause. Where there
    is no error, only the same probe is known to have the same cause.

    Args:
        apart: what else keeps two rows from being one regression.
    """
    groups = grouped(((_cause(row), apart(row)), row) for row in rows)
    return tuple(RegressionGroup(tuple(same)) for same in groups.values())


def alike(comparison: Comparison) -> tuple[tuple[Alike, ...], tuple[Alike, ...]]:
    """The changed verdicts and the changed outcomes, each once with all its cells; regressions first."""
    verdicts = [
        (row, _subject(row), str(row.before or ""), str(row.after or ""), "" if row.expected else "unexpected")
        for row in comparison.verdicts
    ]
    outcomes = [
        (row, row.probe, str(row.before or ""), str(row.after or ""), _detail(row)) for row in comparison.outcomes
    ]
    return _alike(verdicts, comparison), _alike(outcomes, comparison)


_Described = tuple[VerdictChange | OutcomeChange, str, str, str, str]  # a row, its subject, before, after and detail


def _alike(rows: Iterable[_Described], comparison: Comparison) -> tuple[Alike, ...]:
    """Groups show the first of the details, which differ in numbers and folders only."""
    groups = grouped(((each[0].change, *each[1:4], alike_but_for_numbers(each[4])), each) for each in rows)
    found = [
        Alike(
            same[0][0].change,
            *same[0][1:],
            cells=tuple(row.cell for row, *_ in same),
            packages=comparison.packages_of(row.environment for row, *_ in same),
        )
        for same in groups.values()
    ]
    return tuple(sorted(found, key=lambda one: list(Change).index(one.change)))


def _cause(row: Worsened) -> tuple[str, str, str]:
    return str(row.before), str(row.after), alike_but_for_numbers(row.error) or row.probe


def _detail(row: OutcomeChange) -> str:
    """The error, and what it was before where nothing else differs."""
    if row.before is not row.after or row.error_before == row.error.partition(":")[0]:
        return row.error
    return f"{row.error or 'no error'} (before: {row.error_before or 'no error'})"


def _subject(row: VerdictChange) -> str:
    way = f" [{row.way}]" if row.way else ""
    return f"{row.claim}{way}{' (implied)' if row.standing is Standing.IMPLIED else ''}"
