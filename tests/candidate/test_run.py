from __future__ import annotations

import pytest

from conformance.candidate.result import CandidateEffect, CandidateResult, cannot_import
from conformance.errors import ExitCode, UsageError
from conformance.evidence import Unavailable
from conformance.inside.watchdog import Death
from conformance.words import Outcome
from tests.candidate.fakes import BOTH, PROBES, Defect, Trials
from tests.judging.cases import NIGHTLY, TF2, expectation


@pytest.fixture
def trials() -> Trials:
    return Trials()


def effects(result: CandidateResult) -> list[tuple[str, str]]:
    return [(str(one.effect), one.probe) for one in result.findings]


def test_a_candidate_that_changes_nothing(trials: Trials) -> None:
    result = trials.run().result
    assert (result.findings, result.exit_code) == ((), ExitCode.AS_EXPECTED)
    assert [(cell.cell, cell.compared, cell.problem) for cell in result.cells] == [(TF2.id, 5, "")]


@pytest.mark.parametrize(
    ("before", "after", "effect", "code"),
    [
        (Outcome.WORKS, Outcome.FAILED, "broken", ExitCode.UNEXPECTED),
        (Outcome.WORKS, Outcome.WRONG_VALUES, "broken", ExitCode.UNEXPECTED),
        (Outcome.FAILED, Outcome.WORKS, "mended", ExitCode.AS_EXPECTED),
        (Outcome.FAILED, Outcome.REJECTED, "changed", ExitCode.AS_EXPECTED),
        (Outcome.WORKS, Outcome.TIMED_OUT, "unclear", ExitCode.INCOMPLETE),
        (Outcome.TIMED_OUT, Outcome.WORKS, "unclear", ExitCode.AS_EXPECTED),
    ],
)
def test_what_became_of_a_probe(trials: Trials, before: Outcome, after: Outcome, effect: str, code: ExitCode) -> None:
    trials.driver.before, trials.driver.after = {"two": before}, {"two": after}
    result = trials.run().result
    assert effects(result) == [(effect, "two")]
    assert result.exit_code is code
    assert result.findings[0].claims == ("load",)
    assert result.findings[0].reproduce == f"nox -s candidate -- --hub 0.17.0 --only {TF2.id} --probe 'two'"


def test_what_an_expectation_forecasts_of_releases_is_broken_all_the_same(trials: Trials) -> None:
    trials.expectations = [expectation()]
    trials.driver.after = {"one": Outcome.FAILED}
    result = trials.run().result
    assert (result.findings[0].forecast, result.exit_code) == ("forecast", ExitCode.UNEXPECTED)


def test_a_candidate_that_does_not_import_breaks_the_cell(trials: Trials) -> None:
    trials.driver.defects = {Defect.FAILS_TO_IMPORT}
    result = trials.run().result
    assert effects(result) == [("broken", "(cell)")]
    assert (result.findings[0].error, result.findings[0].evidence) == ("ImportError: no estimator", "frames")
    assert result.exit_code is ExitCode.UNEXPECTED


def test_a_candidate_that_makes_a_cell_importable_mends_it(trials: Trials) -> None:
    trials.driver.base_fails_to_import = True
    assert effects(trials.run().result) == [("mended", "(cell)")]


def test_an_environment_that_never_imports_shows_nothing(trials: Trials) -> None:
    trials.driver.base_fails_to_import = True
    trials.driver.defects = {Defect.FAILS_TO_IMPORT}
    result = trials.run().result
    assert "imports neither with the candidate nor without it" in result.cells[0].problem
    assert (result.findings, result.exit_code) == ((), ExitCode.INCOMPLETE)


@pytest.mark.parametrize("defect", [Defect.HANGS_ON_IMPORT, Defect.NOT_BUILT, Defect.LEAVES_NO_RECORD])
def test_what_may_be_the_machines_doing_is_not_held_against_the_candidate(trials: Trials, defect: Defect) -> None:
    trials.driver.defects = {defect}
    result = trials.run().result
    assert not result.of(CandidateEffect.BROKEN)
    assert result.cells[0].problem
    assert result.exit_code is ExitCode.INCOMPLETE


def test_a_hanging_import_is_known_by_what_the_inside_says() -> None:
    hung, died = (Death("", "import", {}, 121.0, timed_out, "SIGSEGV", "", []) for timed_out in (True, False))
    assert not cannot_import(Unavailable("import", hung.sentence))
    assert cannot_import(Unavailable("import", died.sentence))
    assert not cannot_import(Unavailable("import", "tf.keras is Keras 3.15.1, but the cell asks for bundled"))


def test_an_interruption_leaves_what_is_known(trials: Trials) -> None:
    trials.driver.defects = {Defect.INTERRUPTED}
    result = trials.run().result
    assert "It was interrupted; the rest is missing, and what differs was not measured again." in result.notes
    assert not trials.driver.asked_again
    assert result.exit_code is ExitCode.INCOMPLETE


def test_nothing_is_compared_with_what_was_not_observed(trials: Trials) -> None:
    trials.driver.defects = {Defect.INTERRUPTED_BEFORE}
    with pytest.raises(KeyboardInterrupt):
        trials.run()
    assert not trials.driver.locks


def test_of_a_cell_that_was_cut_short_what_was_seen_counts_and_not_each_probe_that_was_not(trials: Trials) -> None:
    trials.driver.defects = {Defect.CUT_SHORT}
    trials.driver.after = {"one": Outcome.FAILED}
    result = trials.run().result
    assert effects(result) == [("broken", "one")]
    assert result.cells[0].problem == "it was cut short with the candidate"


def test_where_it_cannot_be_installed_is_said_and_left_out(trials: Trials) -> None:
    trials.cells = (*BOTH, NIGHTLY)
    result = trials.run().result
    assert result.cannot == {NIGHTLY.environment.id: "it is a wheel for CPython 2.7."}
    assert [cell.cell for cell in result.cells] == [cell.id for cell in BOTH]
    assert list(trials.driver.locks) == [TF2.environment.id]
    assert f"Left out: {NIGHTLY.environment.id}: it is a wheel for CPython 2.7." in trials.said
    assert result.notes == ("a note",)


@pytest.mark.parametrize("defect", [Defect.INSTALLS_NOWHERE, Defect.INDEX_UNREACHABLE])
def test_one_that_can_be_installed_nowhere_is_refused(trials: Trials, defect: Defect) -> None:
    trials.driver.defects = {defect}
    with pytest.raises(
        UsageError, match=r"cannot be installed in any of the selected environments. In tf2.15-hub0.16: "
    ):
        trials.run()


def test_what_differs_is_measured_again(trials: Trials) -> None:
    trials.driver.after = {"two": Outcome.FAILED}
    result = trials.run().result
    assert trials.driver.asked_again == [("two",)]
    assert "What differs was measured again, without and with the candidate: 1 probe, at least one of each cause." in (
        result.notes
    )
    assert result.exit_code is ExitCode.UNEXPECTED


def test_what_does_not_come_back_is_unclear_and_changes_no_verdict(trials: Trials) -> None:
    trials.driver.after = {"two": Outcome.FAILED, "three": Outcome.CRASHED}
    trials.driver.afterwards = [{"three": Outcome.CRASHED}]
    run = trials.run()
    assert effects(run.result) == [("broken", "three"), ("unclear", "two")]
    assert run.result.findings[1].error == (
        "not seen again: works → failed (ValueError: no) at first, works → works when measured again"
    )
    assert {row.probe: row.outcome for row in run.results.observations}["two"] is Outcome.WORKS

    trials.driver.after, trials.driver.afterwards = {"two": Outcome.FAILED}, [{}]
    result = trials.run().result
    assert (result.verdicts, result.exit_code) == ((), ExitCode.AS_EXPECTED)
    assert "1 difference did not come back: listed as unclear." in result.notes


def test_of_one_cause_some_stand_for_all(trials: Trials) -> None:
    trials.driver.after = dict.fromkeys(PROBES, Outcome.FAILED)
    result = trials.run().result
    assert trials.driver.asked_again == [("one", "two", "three")]
    assert len(result.of(CandidateEffect.BROKEN)) == 5


def test_where_none_of_them_comes_back_the_others_are_measured_again_as_well(trials: Trials) -> None:
    trials.driver.after = dict.fromkeys(PROBES, Outcome.FAILED)
    trials.driver.afterwards = [{}, {"five": Outcome.FAILED}]
    result = trials.run().result
    assert trials.driver.asked_again == [("one", "two", "three"), ("four", "five")]
    assert effects(result) == [("broken", "five"), *(("unclear", probe) for probe in PROBES[:4])]


def test_what_cannot_be_measured_again_counts_as_it_was_seen(trials: Trials) -> None:
    trials.driver.after = {"two": Outcome.FAILED}
    trials.driver.defects = {Defect.NOT_AGAIN}
    result = trials.run().result
    assert effects(result) == [("broken", "two")]
    assert "could not be observed again, so that the first time counts" in result.notes[-1]

    trials.driver.after, trials.driver.asked_again = dict.fromkeys(PROBES, Outcome.FAILED), []
    assert len(trials.run().result.findings) == 5
    assert trials.driver.asked_again == [("one", "two", "three")]  # it is not tried again and again


def test_an_import_that_fails_once_is_not_held_against_the_candidate(trials: Trials) -> None:
    trials.driver.defects = {Defect.IMPORTS_AT_LAST}
    result = trials.run().result
    assert effects(result) == [("unclear", "(cell)")]
    assert trials.driver.asked_again == [("one",)]
    assert result.exit_code is ExitCode.INCOMPLETE
