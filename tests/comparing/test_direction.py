"""Which way a change goes."""

from __future__ import annotations

import ast
from collections.abc import Sequence
from pathlib import Path

import msgspec
import pytest

from conformance.comparing.comparison import compare
from conformance.comparing.direction import SeenOutcome, outcome_change
from conformance.comparing.surprises import exit_code
from conformance.errors import ExitCode
from conformance.evidence import Observation
from conformance.results import Results
from conformance.words import Change, Outcome, Standing, Verdict
from tests.judging.cases import COMPAT, LEGACY, TF2, expectation, judged, record, seen

W, D, F, X = Outcome.WORKS, Outcome.DEGRADED, Outcome.FAILED, Outcome.WRONG_VALUES
T, B = Outcome.TIMED_OUT, Outcome.BLOCKED
C = Outcome.CRASHED
ERRORS = (Outcome.REJECTED, Outcome.API_MISSING, Outcome.FAILED)
SILENT = (T, B, Outcome.UNAVAILABLE)


def change(before: Outcome, after: Outcome, *, promised: bool = True) -> Change:
    return outcome_change(SeenOutcome(before), SeenOutcome(after), promised=promised)


@pytest.mark.parametrize("worse", [D, *ERRORS, C, X])
def test_anything_worse_than_works_is_a_regression_and_the_way_back_is_fixed(worse: Outcome) -> None:
    assert change(W, worse) is Change.REGRESSION
    assert change(worse, W) is Change.FIXED


@pytest.mark.parametrize(("before", "after"), [(D, F), (D, X), (F, C), (F, X), (C, X), (Outcome.REJECTED, X)])
def test_what_was_broken_can_get_worse(before: Outcome, after: Outcome) -> None:
    assert change(before, after) is Change.REGRESSION
    assert change(after, before) is Change.CHANGED  # better, and not fixed


@pytest.mark.parametrize("before", ERRORS)
@pytest.mark.parametrize("after", ERRORS)
def test_one_error_is_not_worse_than_another(before: Outcome, after: Outcome) -> None:
    assert change(before, after) is (Change.UNCHANGED if before is after else Change.CHANGED)


@pytest.mark.parametrize("silent", SILENT)
@pytest.mark.parametrize("telling", [W, D, *ERRORS, C, X])
@pytest.mark.parametrize("promised", [True, False])
def test_what_was_not_observed_is_missing_and_never_a_regression(
    telling: Outcome, silent: Outcome, promised: bool
) -> None:
    assert change(telling, silent, promised=promised) is Change.MISSING
    assert change(silent, telling, promised=promised) is Change.NEW
    assert change(silent, B if silent is T else T, promised=promised) is Change.CHANGED


def test_a_time_out_that_repeated_counts_as_failed() -> None:
    assert outcome_change(SeenOutcome(W), SeenOutcome(T, attempt=2), promised=True) is Change.REGRESSION
    assert outcome_change(SeenOutcome(T, attempt=2), SeenOutcome(W), promised=True) is Change.FIXED
    assert outcome_change(SeenOutcome(T, attempt=2), SeenOutcome(F), promised=True) is Change.CHANGED
    assert outcome_change(SeenOutcome(T, attempt=2), SeenOutcome(T), promised=True) is Change.MISSING
    assert outcome_change(SeenOutcome(T, attempt=2), SeenOutcome(T, attempt=2), promised=True) is Change.UNCHANGED


def test_what_worked_at_the_second_attempt_works() -> None:
    assert outcome_change(SeenOutcome(W), SeenOutcome(W, attempt=2), promised=True) is Change.UNCHANGED


@pytest.mark.parametrize(("before", "after"), [(W, F), (F, W), (D, W), (X, F), (Outcome.REJECTED, F)])
def test_what_nobody_promises_merely_changes(before: Outcome, after: Outcome) -> None:
    assert change(before, after, promised=False) is Change.CHANGED


@pytest.mark.parametrize("dangerous", [C, X])
@pytest.mark.parametrize("milder", [W, D, *ERRORS])
def test_what_turns_dangerous_is_a_regression_whoever_promised_what(milder: Outcome, dangerous: Outcome) -> None:
    assert change(milder, dangerous, promised=False) is Change.REGRESSION


def test_another_class_of_error_is_a_change() -> None:
    before, after = SeenOutcome(F, error="ValueError"), SeenOutcome(F, error="TypeError")
    assert outcome_change(before, after, promised=True) is Change.CHANGED
    assert outcome_change(before, before, promised=True) is Change.UNCHANGED


# ---- As the judged claims of a run have it -----------------------------------------------------------------------


def changes(old: Results, new: Results) -> list[tuple[str, Change, tuple[str, ...]]]:
    return [(row.probe, row.change, row.claims) for row in compare(new, reference=old).outcomes]


@pytest.mark.parametrize("standing", Standing)
def test_a_positive_claim_promises_literally_or_implied(standing: Standing) -> None:
    old, new = (judged(record(TF2, seen("p", outcome, standing=standing))) for outcome in (W, F))
    assert changes(old, new) == [("p", Change.REGRESSION, ("load",))]
    assert changes(new, old) == [("p", Change.FIXED, ("load",))]


def test_a_conditional_claim_promises_as_its_probes_meet_the_condition() -> None:
    old, new = (judged(record(COMPAT, seen("p", outcome, claim="fit"))) for outcome in (W, D))
    assert changes(old, new) == [("p", Change.REGRESSION, ("fit",))]  # although its verdict agrees, with a note


def test_a_negative_claim_and_no_claim_promise_nothing() -> None:
    def run(outcome: Outcome) -> Results:
        tuned = seen("t", outcome, claim="tune", way="tape")
        return judged(record(TF2, seen("p"), tuned, seen("n", outcome, claim="gone")))

    assert changes(run(F), run(W)) == [("t", Change.CHANGED, ("tune",)), ("n", Change.CHANGED, ())]
    assert changes(run(W), run(F)) == [("t", Change.CHANGED, ("tune",)), ("n", Change.CHANGED, ())]


def test_a_claim_that_does_not_speak_of_the_cell_promises_nothing_there() -> None:
    old, new = (judged(record(TF2, seen("p", outcome, claim="fit"))) for outcome in (W, F))
    assert changes(old, new) == [("p", Change.CHANGED, ())]


def test_a_regression_shows_below_a_verdict_that_contradicted_already() -> None:
    old = judged(record(TF2, seen("p", F), seen("q")))
    new = judged(record(TF2, seen("p", F), seen("q", F)))
    assert changes(old, new) == [("q", Change.REGRESSION, ("load",))]
    assert compare(new, reference=old).verdicts == ()


def test_a_new_probe_that_fails_shows_nothing_to_have_got_worse() -> None:
    old = judged(record(TF2, seen("p")))
    new = judged(record(TF2, seen("p"), seen("q", F)))
    comparison = compare(new, reference=old)
    assert [(row.claim, row.change) for row in comparison.verdicts if row.claim == "load"] == [("load", Change.CHANGED)]
    assert changes(old, new) == [("q", Change.NEW, ("load",))]
    assert [row.change for row in compare(old, reference=new).verdicts if row.claim == "load"] == [Change.CHANGED]


def test_a_verdict_regresses_and_is_fixed_with_its_probes() -> None:
    old, new = judged(record(TF2, seen("p"))), judged(record(TF2, seen("p", F)))
    assert [row.change for row in compare(new, reference=old).verdicts] == [Change.REGRESSION]
    assert [row.change for row in compare(old, reference=new).verdicts] == [Change.FIXED]


# ---- What was forecast -----------------------------------------------------------------------------------------------

FORECAST = expectation("forecast", outcomes=(F,))


def test_an_expectation_that_comes_true_forecasts_the_regression() -> None:
    old = judged(record(LEGACY, seen("p")))
    new = judged(record(LEGACY, seen("p", F)), expectations=[FORECAST])
    (row,) = compare(new, reference=old).outcomes
    assert (row.change, row.forecast, row.alarming) == (Change.REGRESSION, "forecast", False)


def test_one_that_came_true_before_as_well_explains_no_change() -> None:
    old = judged(record(LEGACY, seen("p", F), seen("q")), expectations=[FORECAST])
    new = judged(record(LEGACY, seen("p", F), seen("q", F)), expectations=[FORECAST])
    (row,) = compare(new, reference=old).outcomes
    assert (row.probe, row.change, row.forecast, row.alarming) == ("q", Change.REGRESSION, "", True)
    assert all(each.expected for each in new.verdicts if each.verdict is Verdict.CONTRADICTS)


def test_one_that_forecasts_another_outcome_forecasts_nothing() -> None:
    old = judged(record(LEGACY, seen("p")))
    new = judged(record(LEGACY, seen("p", X)), expectations=[FORECAST])
    (row,) = compare(new, reference=old).outcomes
    assert (row.forecast, row.alarming) == ("", True)


# ---- What the run amounts to -----------------------------------------------------------------------------------------

REST = (seen("fits", claim="fit"), seen("graph", claim="footnote"))  # lets each claim of the cell have its verdict


def whole(*observations: Observation, plan: Sequence[str] | None = None, forecast: bool = False) -> Results:
    return judged(record(COMPAT, *REST, *observations, plan=plan), expectations=[FORECAST] if forecast else [])


def amounts_to(old: Results, new: Results) -> ExitCode:
    return exit_code(msgspec.structs.replace(new, changes=compare(new, reference=old)))


def test_a_regression_of_an_implied_probe_alarms_although_its_verdict_does_not() -> None:
    old, new = (whole(seen("l"), seen("p", outcome, standing=Standing.IMPLIED)) for outcome in (W, F))
    assert exit_code(new) is ExitCode.AS_EXPECTED
    assert amounts_to(old, new) is ExitCode.UNEXPECTED


def test_a_regression_below_a_forecast_contradiction_alarms() -> None:
    old, new = (whole(seen("p", F), seen("q", outcome), forecast=True) for outcome in (W, F))
    assert exit_code(new) is ExitCode.AS_EXPECTED
    assert amounts_to(old, new) is ExitCode.UNEXPECTED


def test_a_regression_alarms_although_evidence_is_missing() -> None:
    old, new = (whole(seen("p", F), seen("q", outcome), plan=["p", "q", "r"], forecast=True) for outcome in (W, F))
    assert exit_code(new) is ExitCode.INCOMPLETE
    assert amounts_to(old, new) is ExitCode.UNEXPECTED


@pytest.mark.parametrize(("before", "after"), [(F, W), (W, B), (B, F)])
def test_other_changes_do_not_alarm(before: Outcome, after: Outcome) -> None:
    old, new = (whole(seen("l"), seen("p", outcome, standing=Standing.IMPLIED)) for outcome in (before, after))
    assert amounts_to(old, new) is exit_code(new) is ExitCode.AS_EXPECTED


def test_a_forecast_regression_does_not_alarm() -> None:
    assert amounts_to(whole(seen("p")), whole(seen("p", F), forecast=True)) is ExitCode.AS_EXPECTED


# ---- Nothing else decides it -----------------------------------------------------------------------------------------

PACKAGE = Path(__file__).parents[2] / "conformance"
OTHERS = sorted(path for path in PACKAGE.rglob("*.py") if path != PACKAGE / "comparing" / "direction.py")


def decided(tree: ast.AST) -> list[str]:
    """Where a change is given a direction (returned, assigned, passed as `change=`), rather than asked for the one it
    has; where outcomes are ranked; and where a change is made at all."""
    found: list[str] = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Return | ast.Assign | ast.keyword):
            found += [ast.unparse(node) for inner in _values(node.value) if _is_of(inner, "Change")]
        elif isinstance(node, ast.Call) and getattr(node.func, "id", "") in ("OutcomeChange", "VerdictChange"):
            found.append(ast.unparse(node.func))
        elif _is_rank(node):
            found.append(ast.unparse(node))
    return found


def _values(node: ast.expr | None) -> list[ast.expr]:
    return [*_values(node.body), *_values(node.orelse)] if isinstance(node, ast.IfExp) else [node] if node else []


def _is_of(node: ast.expr | None, words: str) -> bool:
    return isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id == words


def _is_rank(node: ast.AST) -> bool:
    """A table that says how bad each outcome is."""
    return (
        isinstance(node, ast.Dict)
        and bool(node.keys)
        and all(_is_of(key, "Outcome") for key in node.keys)
        and all(isinstance(value, ast.Constant) and isinstance(value.value, int) for value in node.values)
    )


def test_only_one_file_decides_a_direction_and_only_one_makes_changes() -> None:
    found = {path.relative_to(PACKAGE).as_posix(): decided(ast.parse(path.read_text())) for path in OTHERS}
    assert {name: what for name, what in found.items() if what} == {
        "comparing/comparison.py": ["VerdictChange", "OutcomeChange"]
    }


@pytest.mark.parametrize(
    "source",
    [
        "return Change.FIXED",
        "row = Change.NEW if x else y",
        "make(change=Change.REGRESSION)",
        "OutcomeChange()",
        "{Outcome.FAILED: 3}",
    ],
)
def test_a_decision_elsewhere_would_be_found(source: str) -> None:
    assert decided(ast.parse(source))
