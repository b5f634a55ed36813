"""What changed since the baseline, or since an earlier run, as every report shows it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import msgspec

from conformance.cells import ReleaseAxis
from conformance.changes import Comparison, OutcomeChange, PackageChange
from conformance.comparing.groups import Alike, RegressionGroup, alike, by_cause
from conformance.plain_text import some, without_machine_paths
from conformance.reporting.blame import evidence_for, together
from conformance.results import VerdictRow
from conformance.words import Change, Standing

BASELINE, RUN = "baseline", "run"
Judged = Mapping[tuple[str, str, Standing], Sequence[VerdictRow]]  # by claim, way and standing


class Regression(RegressionGroup[OutcomeChange], frozen=True):
    """Probes that got worse in the same way with the same error, as reports show them.

    Attributes:
        packages: what changed in each of their environments; `elsewhere` what changed in some of them only.
        evidence: what swapping one package shows of the claims whose verdict regressed along with them, in words.
    """

    packages: tuple[PackageChange, ...]
    elsewhere: tuple[PackageChange, ...]
    evidence: str = ""

    @property
    def error(self) -> str:
        """The new error in one line, without the folders of the machine; "" where there is none."""
        return without_machine_paths(self.first.error)

    @property
    def suspects(self) -> str:
        """What changed in the environments along with it, as a sentence."""
        if not self.packages and not self.elsewhere:
            return "No package changed with it."
        if not self.packages:
            return f"No package changed in all of its environments; in some of them: {some(self.elsewhere)}."
        if len(self.packages) == 1:
            return f"The only package that changed with it everywhere: {self.packages[0]}."
        return f"{len(self.packages)} packages changed with it: {some(self.packages)}."


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
        parts = [self._counted(count, change) for change, count in self.counts.items() if count]
        for cells, word in ((self.comparison.cells_new, "new"), (self.comparison.cells_missing, "missing")):
            if cells:
                parts.append(f"{len(cells)} {'cell' if len(cells) == 1 else 'cells'} {word}")
        return f"Since the {self.noun} of {self.dated}: {', '.join(parts) or 'nothing changed'}."

    def _counted(self, count: int, change: Change) -> str:
        """How many probes changed so; regressions that show one error are of one kind."""
        if change is not Change.REGRESSION or count == 1:
            return f"{count} {change}"
        kinds = len(self.regressions)
        return f"{count} regressions" + (
            f" of {'one kind' if kinds == 1 else f'{kinds} kinds'}" if kinds < count else ""
        )

    @property
    def dated(self) -> str:
        """The day of what it is compared with, or the first and the last where it was made of several runs."""
        old = self.comparison.old
        last = old.finished[:10] or "an unknown day"
        first = old.oldest[:10]
        return f"{first} to {last}" if first and first != last else last

    @property
    def by_kind(self) -> dict[Change, tuple[Alike, ...]]:
        """The other changes, the worst kind first."""
        kinds = dict.fromkeys(one.change for one in self.others)
        return {kind: tuple(one for one in self.others if one.change is kind) for kind in kinds}

    @property
    def alarming(self) -> tuple[Regression, ...]:
        """The regressions that nobody forecast."""
        return tuple(one for one in self.regressions if not one.first.forecast)


def since(comparison: Comparison, noun: str, judged: Judged | None = None, axis: ReleaseAxis | None = None) -> Since:
    """Lays out a comparison; one probe that changed in the same way in many cells counts once.

    Args:
        judged, axis: the verdicts of the new run and its releases, for what they show of whose doing a regression is.
    """
    _, outcomes = alike(comparison)
    counts = {change: sum(one.change is change for one in outcomes) for change in Change}
    regressions = [
        msgspec.structs.replace(one, evidence=_evidence(one, comparison, judged, axis)) if judged and axis else one
        for one in _regressions(comparison)
    ]
    return Since(
        noun=noun,
        comparison=comparison,
        regressions=tuple(sorted(regressions, key=lambda one: bool(one.first.forecast))),
        others=tuple(one for one in outcomes if one.change is not Change.REGRESSION),
        counts={change: count for change, count in counts.items() if change is not Change.UNCHANGED},
    )


def _regressions(comparison: Comparison) -> Iterator[Regression]:
    worse = [row for row in comparison.outcomes if row.change is Change.REGRESSION]
    for group in by_cause(worse, apart=lambda row: row.forecast):
        packages, elsewhere = _packages(comparison, {row.environment for row in group.rows})
        yield Regression(group.rows, packages, elsewhere)


def _packages(
    comparison: Comparison, environments: set[str]
) -> tuple[tuple[PackageChange, ...], tuple[PackageChange, ...]]:
    """What changed in all of these environments, and what in some of them: the latter can hardly be the cause."""
    changed = comparison.packages_of(environments)
    in_each = set.intersection(
        *({each.name for each in comparison.packages_of([environment])} for environment in environments)
    )
    return (
        tuple(each for each in changed if each.name in in_each),
        tuple(each for each in changed if each.name not in in_each),
    )


def _evidence(regression: Regression, comparison: Comparison, judged: Judged, axis: ReleaseAxis) -> str:
    """Of the verdicts that regressed only: one that deviated before would show something else."""
    regressed: dict[tuple[str, str, Standing], set[str]] = {}
    for row in comparison.verdicts:
        if row.change is Change.REGRESSION and row.claim in regression.claims and row.cell in regression.cells:
            regressed.setdefault((row.claim, row.way, row.standing), set()).add(row.cell)
    return together(
        evidence_for([row for row in judged.get(subject, ()) if row.cell in cells], judged.get(subject, ()), axis)
        for subject, cells in regressed.items()
    ).sentence
