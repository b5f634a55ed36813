"""A snapshot must be judged just as the run that it was taken of."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest

from conformance.claims.catalogue import load_claims
from conformance.environments.catalogue import load_releases
from conformance.errors import EvidenceError
from conformance.json_file import encode
from conformance.judging.expectations import EXPECTATIONS_FOLDER, load_expectations
from conformance.judging.judge import JudgedRun, Rules, judge
from conformance.judging.narrowing import Narrowing
from conformance.results import Results
from conformance.snapshot import Snapshot, decode_snapshot, records_of, snapshot_of
from conformance.words import Outcome
from tests.reporting.sample import full_run


def judged_again(snapshot: Snapshot) -> Results:
    releases, claims = load_releases(), load_claims()
    planned = [cell for cell in releases.cells if cell.id in {each.cell for each in snapshot.cells}]
    some_probes_only = Narrowing(probes=("*",))  # the claims that came later have no probes in it
    rules = Rules(claims, releases, load_expectations(EXPECTATIONS_FOLDER, claims))
    run = JudgedRun(planned, snapshot.selection, "test", some_probes_only)
    return judge(records_of(snapshot, Path("snapshot")), run, rules)


def test_the_verdicts_of_a_real_run_follow_from_its_snapshot(full_matrix: Results) -> None:
    def verdicts(results: Results) -> set[tuple[str, ...]]:
        return {
            (
                row.cell,
                row.claim,
                row.way,
                row.standing,
                row.verdict,
                row.qualifier,
                *map("=".join, sorted(row.outcomes.items())),
            )
            for row in results.verdicts
            if row.outcomes
        }

    assert len(verdicts(full_matrix)) > 1000
    assert verdicts(judged_again(snapshot_of(full_matrix))) == verdicts(full_matrix)


def test_it_survives_its_file(full_matrix: Results) -> None:
    snapshot = snapshot_of(full_matrix)
    assert decode_snapshot(encode(snapshot), "here") == snapshot


def test_taking_it_again_of_what_was_judged_again_changes_nothing(full_matrix: Results) -> None:
    snapshot = snapshot_of(full_matrix)
    again = snapshot_of(judged_again(snapshot))
    assert again.cells == snapshot.cells
    assert again.probes == snapshot.probes


def test_a_made_up_run_with_every_mishap_keeps_its_gaps() -> None:
    results = full_run()
    snapshot = snapshot_of(results)
    by_cell = {cell.cell: cell for cell in snapshot.cells}
    for cell, why in results.run.cells_missing.items():
        if cell in by_cell:
            assert by_cell[cell].missing == why
    assert any(cell.unavailable for cell in snapshot.cells)
    seen = {(row.cell, row.probe): row.outcome for row in results.observations}
    kept = {
        (cell.cell, probe): outcome
        for cell in snapshot.cells
        for outcome, probes in cell.outcomes.items()
        for probe in probes
    }
    assert kept == seen


def test_a_time_out_that_repeated_is_still_one(full_matrix: Results) -> None:
    first = full_matrix.observations[0]
    repeated = msgspec.structs.replace(first, outcome=Outcome.TIMED_OUT, attempt=2)
    snapshot = snapshot_of(msgspec.structs.replace(full_matrix, observations=(repeated, *full_matrix.observations[1:])))
    record = next(each for each in records_of(snapshot, Path("x")) if each.header.cell == first.cell)
    observation = next(each for each in record.observations if each.probe == first.probe)
    assert (observation.outcome, observation.attempt) == (Outcome.TIMED_OUT, 2)


def test_what_is_no_snapshot_is_refused_by_name() -> None:
    with pytest.raises(EvidenceError, match='is of schema "snapshot/9"') as caught:
        decode_snapshot(b'{"schema": "snapshot/9"}', "baseline/tf2.15.json")
    assert caught.value.where == "baseline/tf2.15.json"
