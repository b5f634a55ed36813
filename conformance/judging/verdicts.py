"""The rule that turns the outcomes of one claim, in one cell, into a verdict; pure, and written down as a table."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import NamedTuple

from conformance.words import Level, Outcome, Verdict


class TableEntry(NamedTuple):
    """What one outcome says about claims of a level; `qualifier` is "" or a word shown beside the verdict."""

    verdict: Verdict
    qualifier: str = ""


class Control(NamedTuple):
    """The claim that shows a cell to be sound, and whether all its literal probes worked there."""

    claim: str
    green: bool


class ReachedVerdict(NamedTuple):
    """A verdict with its qualifier and the sentence that explains it."""

    verdict: Verdict
    qualifier: str
    why: str


_AGREES = TableEntry(Verdict.AGREES)
_CONTRADICTS = TableEntry(Verdict.CONTRADICTS)
_EXCEEDS = TableEntry(Verdict.EXCEEDS)
_INCONCLUSIVE = TableEntry(Verdict.INCONCLUSIVE)

_POSITIVE: dict[Outcome, TableEntry] = {
    Outcome.WORKS: _AGREES,
    Outcome.DEGRADED: TableEntry(Verdict.CONTRADICTS, "minor"),
    Outcome.REJECTED: _CONTRADICTS,
    Outcome.API_MISSING: _CONTRADICTS,
    Outcome.FAILED: _CONTRADICTS,
    Outcome.WRONG_VALUES: _CONTRADICTS,
    Outcome.CRASHED: _CONTRADICTS,
    Outcome.TIMED_OUT: _INCONCLUSIVE,
    Outcome.BLOCKED: _INCONCLUSIVE,
    Outcome.UNAVAILABLE: _INCONCLUSIVE,
}

_NEGATIVE: dict[Outcome, TableEntry] = {
    Outcome.WORKS: _EXCEEDS,
    Outcome.DEGRADED: TableEntry(Verdict.EXCEEDS, "hazard"),
    Outcome.REJECTED: _AGREES,
    Outcome.API_MISSING: _AGREES,
    Outcome.FAILED: TableEntry(Verdict.AGREES, "unclear"),
    Outcome.WRONG_VALUES: TableEntry(Verdict.AGREES, "dangerous"),
    Outcome.CRASHED: TableEntry(Verdict.AGREES, "dangerous"),
    Outcome.TIMED_OUT: _INCONCLUSIVE,
    Outcome.BLOCKED: _INCONCLUSIVE,
    Outcome.UNAVAILABLE: _INCONCLUSIVE,
}

# A conditional claim's probes set up its condition, as the page words it.
TABLE: Mapping[Level, Mapping[Outcome, TableEntry]] = MappingProxyType(
    {
        Level.FULLY_SUPPORTED: _POSITIVE,
        Level.SUPPORTED: _POSITIVE,
        Level.RECOMMENDED: _POSITIVE,
        Level.CONDITIONAL: {**_POSITIVE, Outcome.DEGRADED: TableEntry(Verdict.AGREES, "noted")},
        Level.NOT_SUPPORTED: _NEGATIVE,
    }
)

# What is proved wins over what is unknown, and what is unknown over what merely did not go wrong: a probe that could
# not run cannot take back the contradiction that another one found.
_WEIGHT: dict[Verdict, int] = {
    Verdict.AGREES: 0,
    Verdict.INCONCLUSIVE: 1,
    Verdict.CONTRADICTS: 2,
    Verdict.EXCEEDS: 2,
}

# From the best to the worst: decides the qualifier among outcomes that give the same verdict.
SEVERITY: tuple[Outcome, ...] = (
    Outcome.WORKS,
    Outcome.DEGRADED,
    Outcome.REJECTED,
    Outcome.API_MISSING,
    Outcome.TIMED_OUT,
    Outcome.BLOCKED,
    Outcome.UNAVAILABLE,
    Outcome.FAILED,
    Outcome.CRASHED,
    Outcome.WRONG_VALUES,
)
_RANK: dict[Outcome, int] = {outcome: rank for rank, outcome in enumerate(SEVERITY)}

_PHRASE: dict[Outcome, str] = {
    Outcome.WORKS: "worked",
    Outcome.DEGRADED: "ran but lost something",
    Outcome.WRONG_VALUES: "gave wrong values",
    Outcome.REJECTED: "met a deliberate error",
    Outcome.API_MISSING: "found no such API",
    Outcome.FAILED: "failed",
    Outcome.CRASHED: "crashed",
    Outcome.TIMED_OUT: "timed out",
    Outcome.BLOCKED: "lacked a prerequisite",
    Outcome.UNAVAILABLE: "had no environment",
}


def counted(outcome: Outcome, attempt: int) -> Outcome:
    """The outcome as the table counts it: a time-out that repeats is a failure."""
    return Outcome.FAILED if outcome is Outcome.TIMED_OUT and attempt > 1 else outcome


def reach_verdict(level: Level, outcomes: Sequence[Outcome], *, control: Control | None = None) -> ReachedVerdict:
    """What `outcomes`, as `counted`, say about a claim of `level`; their order does not matter.

    Args:
        control: what shows that the cell is sound. Where a failure is what the claim foresees, a cell in which
            everything fails would confirm it: without a green control no failure counts as agreement.
    """
    if not outcomes:
        return ReachedVerdict(Verdict.INCONCLUSIVE, "", "no probe was observed")
    entries = TABLE[level]
    decisive = max(outcomes, key=lambda outcome: (_WEIGHT[entries[outcome].verdict], _RANK[outcome]))
    verdict, qualifier = entries[decisive]
    if verdict is Verdict.AGREES and level is Level.NOT_SUPPORTED and not (control and control.green):
        reservation = (
            f"but the control {control.claim} is not green" if control else "but no control is green: none ran"
        )
        return ReachedVerdict(Verdict.INCONCLUSIVE, "", f"{_tally(outcomes)}, {reservation}")
    return ReachedVerdict(verdict, qualifier, _tally(outcomes))


def _tally(outcomes: Sequence[Outcome]) -> str:
    """E.g. "the probe worked", "all 3 probes worked", "of 3 probes, 2 failed and 1 worked"."""
    counts = sorted(Counter(outcomes).items(), key=lambda item: _RANK[item[0]], reverse=True)
    if len(counts) == 1:
        outcome, number = counts[0]
        subject = {1: "the probe", 2: "both probes"}.get(number, f"all {number} probes")
        return f"{subject} {_PHRASE[outcome]}"
    parts = [f"{number} {_PHRASE[outcome]}" for outcome, number in counts]
    return f"of {len(outcomes)} probes, {', '.join(parts[:-1])} and {parts[-1]}"
