"""The real thing, small: nox, virtualenvs from their locks, TensorFlow 1.15 and the newest, judged and reported."""

from __future__ import annotations

import subprocess
import sys
import time

import pytest

from conformance.claims.catalogue import load_claims
from conformance.environments.catalogue import load_releases
from conformance.errors import ExitCode
from conformance.results import ObservationRow, read_results
from conformance.running.places import ROOT
from conformance.words import Outcome, Source, Standing, Verdict
from tests.real.conftest import NEW, OLD, Ran, conformance

pytestmark = pytest.mark.real


def test_both_cells_are_measured_to_their_end(ran: Ran) -> None:
    assert ran.results.run.cells_planned == (OLD, NEW)
    assert ran.results.run.cells_missing == {}, ran.output
    assert [row.unavailable for row in ran.results.environments] == ["", ""], ran.output


def test_the_cells_are_what_they_were_asked_to_be(ran: Ran) -> None:
    old, new = ran.results.environments

    assert old.tf.startswith("1.15.")
    assert new.tf.startswith("2.21.")
    assert new.keras_version.startswith("3.")


def test_every_claim_that_applies_has_a_verdict_that_rests_on_probes(ran: Ran) -> None:
    releases, claims = load_releases(), load_claims()
    for cell_id in (OLD, NEW):
        cell = releases.cell(cell_id)
        applying = {claim.id for claim in claims.applying_to(cell.environment.release.presumed_tf, cell.mode)}
        literal = [row for row in ran.results.verdicts if row.cell == cell_id and row.standing is Standing.LITERAL]
        assert {row.claim for row in literal} == applying
        assert [row.claim for row in literal if row.verdict is Verdict.INCONCLUSIVE] == []
        assert all(row.outcomes for row in literal)


def test_the_release_that_the_page_was_written_for_does_what_it_says(ran: Ran) -> None:
    page = {claim.id for claim in load_claims().claims if claim.source is Source.PAGE}
    literal = [row for row in ran.results.verdicts if row.cell == OLD and row.standing is Standing.LITERAL]
    assert {row.verdict for row in literal if row.claim in page} == {Verdict.AGREES}
    assert [row.claim for row in literal if not row.expected] == []


def test_no_probe_is_broken(ran: Ran) -> None:
    suspicious = [
        (row.cell, row.probe, row.error)
        for row in ran.results.observations
        if row.outcome in (Outcome.CRASHED, Outcome.TIMED_OUT)
        or (row.outcome is Outcome.BLOCKED and not says_itself_blocked(row))
        or (row.error is not None and row.error.origin == "probe" and row.outcome is Outcome.FAILED)
    ]
    assert suspicious == []


def says_itself_blocked(row: ObservationRow) -> bool:
    """Whether the probe found that it cannot try here; a fixture of it that broke is something else."""
    return row.error is not None and row.error.type.endswith(".Blocked")


def test_the_exit_code_is_the_judges_and_is_printed(ran: Ran) -> None:
    assert ran.code in (ExitCode.AS_EXPECTED, ExitCode.UNEXPECTED, ExitCode.STALE_EXPECTATION)
    assert f"Exit code {ran.code}" in ran.output


def test_the_records_give_the_same_report_again(ran: Ran) -> None:
    before = read_results(ran.reports / "results.json")

    done = conformance("report", "--reports", str(ran.reports))

    assert done.returncode == ran.code, done.stdout + done.stderr
    assert read_results(ran.reports / "results.json") == before


def test_an_unchanged_second_run_observes_nothing_and_says_the_same(ran: Ran) -> None:
    records = {path: path.read_bytes() for path in (ran.reports / "records").iterdir()}
    began = time.monotonic()

    done = conformance("matrix", "--only", OLD, "--only", NEW, "--reports", str(ran.reports))

    took = time.monotonic() - began
    again = read_results(ran.reports / "results.json")
    assert done.returncode == ran.code, done.stdout + done.stderr
    assert "2 of 2 cells as a whole" in done.stdout
    assert took < 30, f"{took:.0f} s"  # the first run takes minutes
    assert {path: path.read_bytes() for path in (ran.reports / "records").iterdir()} == records
    assert again.verdicts == ran.results.verdicts
    assert all(row.reused_from for row in again.observations)


def test_one_probe_can_be_reproduced_without_touching_the_record(ran: Ran) -> None:
    records = {path: path.read_bytes() for path in (ran.reports / "records").iterdir()}
    probe = next(row.probe for row in ran.results.observations if row.cell == OLD)

    done = subprocess.run(
        [
            *(sys.executable, "-m", "nox", "--session", f"cell({OLD})", "--"),
            *("--probe", probe, "--reports", str(ran.reports)),
        ],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == 0, done.stdout + done.stderr
    assert {path: path.read_bytes() for path in (ran.reports / "records").iterdir()} == records
    assert (ran.reports / "narrowed" / f"{OLD}.jsonl").is_file()
