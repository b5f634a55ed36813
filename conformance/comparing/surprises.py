"""What a run asks somebody to look at: the rule for one verdict, and the exit code that follows for the run."""

from __future__ import annotations

from typing import Protocol

from conformance.errors import ExitCode
from conformance.results import Results, VerdictRow
from conformance.words import Standing, Verdict


class _JudgedRow(Protocol):
    @property
    def standing(self) -> Standing: ...
    @property
    def expected(self) -> bool: ...


def is_surprising(row: _JudgedRow) -> bool:
    """Whether a verdict is what neither the page says nor an expectation forecasts.

    Only a literal one can be: what an implied probe finds is shown beside it, and asks for nobody.
    """
    return row.standing is Standing.LITERAL and not row.expected


def is_unexpected(row: VerdictRow) -> bool:
    """Whether a verdict is surprising and proven."""
    return is_surprising(row) and row.verdict is not Verdict.INCONCLUSIVE


def is_unsettled(row: VerdictRow) -> bool:
    """Whether there should be a verdict and the evidence does not settle it."""
    return is_surprising(row) and row.verdict is Verdict.INCONCLUSIVE


def exit_code(results: Results) -> ExitCode:
    """What the run as a whole amounts to; where several apply, the one that asks for action first.

    An unexpected verdict comes first, because it is proven whatever else is missing, and completing the run cannot
    take it back. So does a regression against the baseline that nobody forecast: also of an implied probe, and also
    where the claim's verdict was a forecast contradiction already, since that forecast was of something else. Every
    other change since the baseline is calm. Incomplete evidence precedes a stale expectation: it may hide an unexpected
    verdict, while a stale expectation is good news that keeps.
    """
    if (results.changes and results.changes.alarms) or any(map(is_unexpected, results.verdicts)):
        return ExitCode.UNEXPECTED
    if results.run.cells_missing or any(map(is_unsettled, results.verdicts)):
        return ExitCode.INCOMPLETE
    return ExitCode.STALE_EXPECTATION if results.stale_expectations else ExitCode.AS_EXPECTED
