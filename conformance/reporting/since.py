"""What changed since the baseline, or since an earlier run, as every report tells it."""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from conformance.changes import Comparison, PackageChange
from conformance.reporting.comparison import Alike, alike
from conformance.reporting.errors_index import alike_but_for_numbers
from conformance.words import Change

BASELINE, RUN = "baseline", "run"
_PLURALS = {Change.REGRESSION: "regressions"}  # the other words are no nouns: "2 fixed"


class Regression(msgspec.Struct, frozen=True):
    """Probes that got worse in the same way with the same error: presumably for one cause.

    Attributes:
        error: the new error in one line; "" where there is none.
        cells: where, each once.
        packages: what changed in their environments.
        reproduce: the command for the first of them.
        forecast: the expectation that each of them makes come true; "" if any of them is unforecast.
    """

    before: str
    after: str
    error: str
    probes: tuple[str, ...]
    claims: tuple[str, ...]
    cells: tuple[str, ...]
    packages: tuple[PackageChange, ...]
    reproduce: str
    forecast: str


class Since(msgspec.Struct, frozen=True):
    """What became of a baseline or of an earlier run.

    Attributes:
        noun: what it is compared with: "baseline" or "run".
        regressions: by cause; those that nobody forecast first.
        others: all other changes of outcomes.
    """

    noun: str
    comparison: Comparison
    regressions: tuple[Regression, ...]
    others: tuple[Alike, ...]
    counts: dict[Change, int]

    @property
    def sentence(self) -> str:
        """E.g. "Since the baseline of 2026-11-24: 1 regression, 2 fixed."."""
        parts = [_counted(count, change) for change, count in self.counts.items() if count]
        for cells, word in ((self.comparison.cells_new, "new"), (self.comparison.cells_missing, "missing")):
            if cells:
                parts.append(f"{len(cells)} {'cell' if len(cells) == 1 else 'cells'} {word}")
        return f"Since the {self.noun} of {self.dated}: {', '.join(parts) or 'nothing changed'}."

    @property
    def dated(self) -> str:
        """The day of what it is compared with, or the first and the last where it was made of several runs."""
        old = self.comparison.old
        last = old.finished[:10] or "an unknown day"
        first = old.oldest[:10]
        return f"{first} to {last}" if first and first != last else last

    @property
    def alarming(self) -> tuple[Regression, ...]:
        """The regressions that nobody forecast."""
        return tuple(one for one in self.regressions if not one.forecast)


def since(comparison: Comparison, noun: str) -> Since:
    """Lays out a comparison; one probe that changed in the same way in many cells counts once."""
    _, outcomes = alike(comparison)
    counts = {change: sum(one.change is change for one in outcomes) for change in Change}
    return Since(
        noun=noun,
        comparison=comparison,
        regressions=tuple(sorted(_regressions(comparison), key=lambda one: bool(one.forecast))),
        others=tuple(one for one in outcomes if one.change is not Change.REGRESSION),
        counts={change: count for change, count in counts.items() if change is not Change.UNCHANGED},
    )


def _regressions(comparison: Comparison) -> Iterator[Regression]:
    found: dict[tuple[object, ...], list[int]] = {}
    for number, row in enumerate(comparison.outcomes):
        if row.change is Change.REGRESSION:
            error = alike_but_for_numbers(row.error) or row.probe  # without an error only the probe says what it is
            found.setdefault((row.before, row.after, error, row.forecast), []).append(number)
    for numbers in found.values():
        rows = [comparison.outcomes[number] for number in numbers]
        first = rows[0]
        yield Regression(
            before=str(first.before),
            after=str(first.after),
            error=first.error,
            probes=tuple(dict.fromkeys(row.probe for row in rows)),
            claims=tuple(dict.fromkeys(claim for row in rows for claim in row.claims)),
            cells=tuple(dict.fromkeys(row.cell for row in rows)),
            packages=comparison.packages_of(row.environment for row in rows),
            reproduce=first.reproduce,
            forecast=first.forecast,
        )


def _counted(count: int, change: Change) -> str:
    return f"{count} {_PLURALS.get(change, change) if count != 1 else change}"
