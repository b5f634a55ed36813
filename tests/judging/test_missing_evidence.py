"""Cells that could not be built, and records that are missing, cut short or foreign."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest

from conformance.comparing.surprises import exit_code
from conformance.errors import EvidenceError, ExitCode
from conformance.evidence import Record, Unavailable
from conformance.judging.judge import WHOLE_CELL
from conformance.words import Keras, Mode, Outcome, Verdict
from tests.judging.cases import (
    KERAS3,
    NIGHTLY,
    NO_WHEEL,
    TF2,
    WORKING,
    expectation,
    judged,
    record,
    seen,
    verdict_on,
)


def test_an_unavailable_cell_gives_its_reason_for_every_claim_that_applies() -> None:
    results = judged(record(TF2, plan=["never.ran"], unavailable=NO_WHEEL, cut_short=True))

    assert len(results.verdicts) == 3
    for row in results.verdicts:
        assert (row.verdict, row.why) == (Verdict.INCONCLUSIVE, NO_WHEEL.reason)
        assert row.outcomes == {WHOLE_CELL: Outcome.UNAVAILABLE}
    (environment,) = results.environments
    assert (environment.unavailable, environment.tf, environment.python) == (NO_WHEEL.reason, "2.15.1", "3.12")
    assert results.run.cells_missing == {}
    assert exit_code(results) is ExitCode.INCOMPLETE


def test_what_a_floating_release_would_have_got_is_not_claimed() -> None:
    results = judged(record(NIGHTLY, unavailable=NO_WHEEL), expectations=[])
    assert results.environments[0].tf == results.verdicts[0].tf == ""


def test_that_a_cell_is_unavailable_can_be_expected() -> None:
    forecasts = [
        expectation(claim, claim=claim, verdict=Verdict.INCONCLUSIVE, outcomes=(Outcome.UNAVAILABLE,), tf=">=2.23")
        for claim in ("load", "tune")
    ]
    results = judged(record(NIGHTLY, unavailable=NO_WHEEL), expectations=forecasts)

    assert all(row.expected for row in results.verdicts)
    assert exit_code(results) is ExitCode.AS_EXPECTED


def test_what_was_observed_before_a_cell_became_unavailable_still_counts() -> None:
    died = Unavailable("import", "The import crashed.")
    results = judged(record(TF2, seen("load.fails", Outcome.FAILED), *WORKING, unavailable=died))

    assert verdict_on(results, "load").verdict is Verdict.CONTRADICTS
    assert verdict_on(results, "tune", way="fit").why == died.reason


def test_a_planned_cell_without_a_record_is_shown_as_missing() -> None:
    results = judged(record(TF2, *WORKING), planned=[TF2, KERAS3])

    assert results.run.cells_planned == (TF2.id, KERAS3.id)
    assert results.run.cells_missing == {KERAS3.id: "no record"}
    assert {row.cell for row in results.verdicts} == {TF2.id}
    assert exit_code(results) is ExitCode.INCOMPLETE


def partial(cut: Record) -> Record:
    return msgspec.structs.replace(cut, path=Path("records") / f"{TF2.id}.jsonl.partial")


@pytest.mark.parametrize(
    ("cut", "missing"),
    [
        (record(TF2, *WORKING, plan=["load.works", "tune.tape", "tune.fit", "never.ran"], cut_short=True), "3 of 4"),
        (partial(record(TF2, *WORKING, cut_short=True)), "3 of 3"),
        (record(TF2, cut_short=True), ""),
        (record(TF2, plan=["a", "b"]), "2 of 2 probes left no observation"),
    ],
    ids=["within its plan", "interrupted", "before its plan", "it lost probes"],
)
def test_what_a_record_lacks_is_said_and_what_it_has_is_used(cut: Record, missing: str) -> None:
    results = judged(cut)

    after = f" after {missing} probes" if missing else ""
    assert results.run.cells_missing == {TF2.id: missing if cut.footer else f"cut short{after}"}
    assert len(results.observations) == len(cut.observations)
    assert exit_code(results) is ExitCode.INCOMPLETE


def test_records_of_cells_that_were_not_planned_are_left_aside() -> None:
    results = judged(record(TF2, *WORKING), record(KERAS3, seen("load.fails", Outcome.FAILED)), planned=[TF2])

    assert {row.cell for row in results.observations} == {TF2.id}
    assert len(results.environments) == 1
    assert exit_code(results) is ExitCode.AS_EXPECTED


def renamed() -> Record:
    return msgspec.structs.replace(record(TF2), path=Path("records") / "tf2.14-hub0.16-tf2.jsonl")


def with_header(**changes: object) -> Record:
    sound = record(TF2)
    header = msgspec.structs.replace(sound.header, **changes)
    return msgspec.structs.replace(sound, header=header, path=Path("records") / f"{header.cell}.jsonl")


@pytest.mark.parametrize(
    ("foreign", "complaint"),
    [
        (renamed(), "named after another cell"),
        (with_header(cell="tf2.15-hub0.16-tf3"), 'does not exist. Perhaps you meant "tf2.15-hub0.16-tf2"?'),
        (with_header(mode=Mode.TF1_COMPAT), 'states the mode "tf1-compat", but its cell has "tf2"'),
        (with_header(keras=Keras.KERAS3), 'states the Keras "keras3"'),
        (with_header(environment="tf2.16-hub0.16"), 'states the environment "tf2.16-hub0.16"'),
        (with_header(started="yesterday"), "not ISO 8601"),
        (record(TF2, tf="unknown"), 'states the tensorflow version "unknown"'),
    ],
)
def test_a_foreign_record_is_refused(foreign: Record, complaint: str) -> None:
    with pytest.raises(EvidenceError) as refused:
        judged(foreign, planned=[TF2])

    assert complaint in str(refused.value)
    assert refused.value.where == str(foreign.path)
    assert refused.value.exit_code is ExitCode.INCOMPLETE


def test_two_records_of_one_cell_are_refused() -> None:
    other = msgspec.structs.replace(record(TF2), path=Path("elsewhere") / f"{TF2.id}.jsonl")
    with pytest.raises(EvidenceError, match=r"as records/tf2\.15-hub0\.16-tf2\.jsonl is"):
        judged(record(TF2), other, planned=[TF2])
