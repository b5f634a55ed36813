"""Which way a change goes: what a claim promises got worse, or came back; or it merely differs.

Nothing else decides that: `tests/comparing/test_direction.py` fails where another module does.
"""

from __future__ import annotations

from typing import NamedTuple

from conformance.evidence import Observation
from conformance.judging.verdicts import counted
from conformance.results import ObservationRow, VerdictRow
from conformance.words import Change, Level, Outcome, Verdict

# How much of a promise is kept. What is not named here was not observed, so that it is neither better nor worse.
_BROKEN = {
    Outcome.WORKS: 0,
    Outcome.DEGRADED: 1,
    Outcome.REJECTED: 2,
    Outcome.API_MISSING: 2,
    Outcome.FAILED: 2,
    Outcome.CRASHED: 3,  # nobody can catch it
    Outcome.WRONG_VALUES: 4,  # nobody notices
}

# Where these come in the place of something milder, it is worse for the user whatever the documentation says.
_DANGEROUS = (Outcome.CRASHED, Outcome.WRONG_VALUES)


class SeenOutcome(NamedTuple):
    """What was seen of a probe; `error` is the class of what it raised, or empty."""

    outcome: Outcome
    attempt: int = 1
    error: str = ""

    @classmethod
    def of(cls, row: ObservationRow | Observation) -> SeenOutcome:
        """What an observation says, of a run or of a record."""
        return cls(row.outcome, row.attempt, row.error.type if row.error else "")

    @property
    def counted(self) -> Outcome:
        """The outcome as it counts: a time-out that repeated is a failure."""
        return counted(self.outcome, self.attempt)

    @property
    def inconclusive(self) -> bool:
        """Whether it says nothing: a time-out that did not repeat, blocked, unavailable."""
        return self.counted not in _BROKEN


def outcome_change(before: SeenOutcome | None, after: SeenOutcome | None, *, promised: bool) -> Change:
    """What became of a probe in one cell.

    Of what a claim promises, anything worse is a regression, and only `works` is fixed. What is documented not to work,
    and what no claim covers, merely changes, unless an error turns into a crash or into wrong numbers. An outcome that
    says nothing (a time-out that did not repeat, blocked, unavailable) is missing evidence, and is never held against
    anybody.

    Args:
        promised: whether it speaks to a claim that says that it works.
    """
    if before is None or after is None:
        return Change.NEW if before is None else Change.MISSING
    if (before.outcome, before.error) == (after.outcome, after.error) and before.counted is after.counted:
        return Change.UNCHANGED
    was, now = _BROKEN.get(before.counted), _BROKEN.get(after.counted)
    if was is None or now is None:
        if was is now:
            return Change.CHANGED
        return Change.NEW if was is None else Change.MISSING
    if now > was and (promised or after.counted in _DANGEROUS):
        return Change.REGRESSION
    return Change.FIXED if promised and was > now == 0 else Change.CHANGED


def verdict_change(was: VerdictRow | None, now: VerdictRow | None) -> Change:
    """What became of a verdict; one that is inconclusive is missing.

    It regressed where a claim that was agreed with is contradicted by a probe that was observed before as well: what a
    new probe finds was there all along.
    """
    if was is None or now is None:
        return Change.NEW if was is None else Change.MISSING
    if (was.verdict, was.qualifier) == (now.verdict, now.qualifier):
        return Change.UNCHANGED
    if Verdict.INCONCLUSIVE in (was.verdict, now.verdict):
        return Change.NEW if was.verdict is Verdict.INCONCLUSIVE else Change.MISSING
    if was.level is not now.level or _other_probes_only(was, now):
        return Change.CHANGED
    return _DIRECTIONS.get((was.verdict, now.verdict), Change.CHANGED)


_DIRECTIONS = {
    (Verdict.AGREES, Verdict.CONTRADICTS): Change.REGRESSION,
    (Verdict.CONTRADICTS, Verdict.AGREES): Change.FIXED,
}


def promises(level: Level) -> bool:
    """Whether a claim of that level says that something works (its condition being met, as its probes see to)."""
    return level is not Level.NOT_SUPPORTED


def _other_probes_only(was: VerdictRow, now: VerdictRow) -> bool:
    """Whether all that differs are probes that only one side has."""
    shared = was.outcomes.keys() & now.outcomes.keys()
    return was.outcomes.keys() != now.outcomes.keys() and all(
        was.outcomes[probe] is now.outcomes[probe] for probe in shared
    )
