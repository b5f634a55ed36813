"""What became of observations and verdicts since another run, as data: in `results.json`, in `diff.json`, in a feed.

`comparing/comparison.py` derives it; whoever only reads it needs nothing but this file.
"""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

from conformance.words import Change, Outcome, Standing

SCHEMA = "diff/1"


class ComparedRun(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One of the two runs.

    Attributes:
        finished: ISO 8601, UTC; of a baseline, when the latest of the runs that it is made of ended.
        oldest: of a baseline that is made of several runs, when the earliest of them ended; else empty.
    """

    finished: str
    harness: str
    selection: str
    cells: int
    observations: int
    oldest: str = ""


class PackageChange(msgspec.Struct, frozen=True, order=True, forbid_unknown_fields=True):
    """A package of an environment; a version is "" on the side that does not have it."""

    name: str
    before: str
    after: str

    def __str__(self) -> str:
        if not self.before:
            return f"{self.name} {self.after} is new"
        return f"{self.name} {self.before} → {self.after}" if self.after else f"{self.name} {self.before} is gone"


class EnvironmentChange(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The packages that changed in an environment (a lock, or what a floating release resolved to)."""

    environment: str
    packages: tuple[PackageChange, ...]


class VerdictChange(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A verdict that differs; None on the side that has none.

    Attributes:
        change: a regression where a claim that was agreed with is contradicted, by a probe that both sides ran;
            missing or new where one side is inconclusive as well.
        before, after: with their qualifiers: "contradicts (minor)".
        expected: whether the new verdict is what the page says or an expectation forecasts.
        why: the new verdict's own explanation, or the old one's where there is no new one.
    """

    change: Change
    claim: str
    way: str
    standing: Standing
    environment: str
    cell: str
    before: str | None
    after: str | None
    expected: bool
    why: str


class OutcomeChange(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A probe whose outcome differs (or the class of its error), or that only one side ran in a cell that both have.

    Attributes:
        change: a regression where what a claim promises got worse, whatever became of the claim's verdict; missing or
            new where one side observed nothing that counts (a time-out that did not repeat, blocked, unavailable).
        error: the new error in one line; "" if there is none.
        error_before: the class of the old error; "" if there was none.
        claims: those it speaks to in that cell, literally or not.
        forecast: the expectation that the change makes come true; "" if there is none.
    """

    change: Change
    probe: str
    environment: str
    cell: str
    before: Outcome | None
    after: Outcome | None
    error: str
    reproduce: str
    error_before: str = ""
    claims: tuple[str, ...] = ()
    forecast: str = ""

    @property
    def alarming(self) -> bool:
        """Whether it is a regression that nobody forecast."""
        return self.change is Change.REGRESSION and not self.forecast


class Comparison(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Everything that differs between two runs.

    Attributes:
        cells_new: observed in the new run only.
        cells_missing: observed in the old run only.
        environments: whose packages differ, of those that both runs have.
    """

    schema: str
    old: ComparedRun
    new: ComparedRun
    verdicts: tuple[VerdictChange, ...]
    outcomes: tuple[OutcomeChange, ...]
    cells_new: tuple[str, ...]
    cells_missing: tuple[str, ...]
    environments: tuple[EnvironmentChange, ...]

    @property
    def differs(self) -> bool:
        """Whether anything that was observed does; packages alone do not count."""
        return bool(self.verdicts or self.outcomes or self.cells_new or self.cells_missing)

    @property
    def alarms(self) -> tuple[OutcomeChange, ...]:
        """The regressions that nobody forecast."""
        return tuple(row for row in self.outcomes if row.alarming)

    def packages_of(self, environments: Iterable[str]) -> tuple[PackageChange, ...]:
        """What changed in any of these environments."""
        wanted = set(environments)
        return tuple(sorted({each for one in self.environments if one.environment in wanted for each in one.packages}))
