"""Runs that alarm: what changed since the baseline, and what nobody forecast."""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

from conformance.changes import SCHEMA, ComparedRun, Comparison, EnvironmentChange, OutcomeChange, PackageChange
from conformance.claims.catalogue import load_claims
from conformance.environments.catalogue import Cell, load_releases
from conformance.results import ObservationRow, Results, VerdictRow
from conformance.words import Change, Outcome, Verdict
from tests.reporting import sample

RELEASES, CLAIMS = load_releases(), load_claims()
CLAIM = CLAIMS.claims[0]
FIRST, SECOND = RELEASES.cell("tf2.15-hub0.16-tf2"), RELEASES.cell("tf2.14-hub0.16-tf2")
ERROR = "ValueError: no layer 17 in /tmp/a/model"


def regression(
    probe: str = "load.dense",
    cell: Cell = FIRST,
    *,
    error: str = ERROR,
    change: Change = Change.REGRESSION,
    forecast: str = "",
) -> OutcomeChange:
    return OutcomeChange(
        change=change,
        probe=probe,
        environment=cell.environment.id,
        cell=cell.id,
        before=Outcome.WORKS,
        after=Outcome.FAILED,
        error=error,
        reproduce=f'nox -s "cell({cell.id})" -- --probe "{probe}"',
        claims=(CLAIM.id,),
        forecast=forecast,
    )


def seen(probe: str = "load.dense", cell: Cell = FIRST, outcome: Outcome = Outcome.WORKS) -> ObservationRow:
    return sample.observation(cell, CLAIM, probe=probe, outcome=outcome)


def surprise(
    verdict: Verdict = Verdict.CONTRADICTS, cell: Cell = FIRST, probe: str = "load.dense", **changes: object
) -> VerdictRow:
    return sample.verdict(
        cell,
        CLAIM,
        verdict=verdict,
        expected=False,
        why="1 of 1 probes failed",
        outcomes={probe: Outcome.FAILED},
        **changes,
    )


def run(
    *changes: OutcomeChange,
    observations: Iterable[ObservationRow] = (),
    verdicts: Iterable[VerdictRow] = (),
    missing: dict[str, str] | None = None,
    finished: str = "2026-11-25T03:00:00+00:00",
) -> Results:
    """A run of FIRST and SECOND; what changed since its baseline, `changes` says."""
    side = ComparedRun(finished="2026-11-24T03:00:00+00:00", harness="1", selection="", cells=2, observations=2)
    results = sample.results([FIRST, SECOND], observations=observations, verdicts=verdicts, missing=missing)
    return msgspec.structs.replace(
        results,
        run=msgspec.structs.replace(results.run, finished=finished),
        changes=Comparison(
            schema=SCHEMA,
            old=side,
            new=side,
            verdicts=(),
            outcomes=changes,
            cells_new=(),
            cells_missing=(),
            environments=(EnvironmentChange(FIRST.environment.id, (PackageChange("numpy", "1.26.3", "1.26.4"),)),),
        ),
    )
