"""A real full run, and the baseline that it makes."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest

from conformance.claims.catalogue import Catalogue
from conformance.comparing.comparison import compare_with_baseline
from conformance.environments.catalogue import Releases
from conformance.judging.accepting import Proposal, propose
from conformance.judging.baseline import Baseline, judged_like
from conformance.judging.expectations import EXPECTATIONS_FOLDER, load_expectations
from conformance.judging.judge import JudgedRun, Rules, judge
from conformance.judging.narrowing import Narrowing
from conformance.results import Results
from conformance.snapshot import records_of, snapshot_of


def probes_only(some: bool) -> Narrowing:
    return Narrowing(probes=("*",) if some else ())


class World(Rules, frozen=True):
    """What runs are judged under."""

    def judged(self, results: Results, *, some_probes_only: bool = False) -> Results:
        """What the run observed, judged anew."""
        planned = [cell for cell in self.releases.cells if cell.id in results.run.cells_planned]
        run = JudgedRun(planned, results.run.selection, "test", probes_only(some_probes_only))
        return judge(records_of(snapshot_of(results), Path("run")), run, self)

    def compared(self, results: Results, baseline: Baseline, *, some_probes_only: bool = False) -> Results:
        """The run with what became of the baseline."""
        old = judged_like(results, baseline, probes_only(some_probes_only), self)
        return msgspec.structs.replace(results, changes=compare_with_baseline(results, old))

    def accepted(self, results: Results, baseline: Baseline) -> Proposal:
        """What accepting the run amounts to."""
        return propose(baseline, self.compared(results, baseline), self.releases)


@pytest.fixture(scope="session")
def world(releases: Releases, claims: Catalogue) -> World:
    return World(claims, releases, load_expectations(EXPECTATIONS_FOLDER, claims))


@pytest.fixture(scope="session")
def real_run(world: World, full_matrix: Results) -> Results:
    """A whole run, judged under today's claims."""
    return world.judged(full_matrix)


@pytest.fixture(scope="session")
def reviewed(real_run: Results, world: World) -> Baseline:
    """The baseline that the real run makes."""
    return Baseline(Path("baseline"), propose(Baseline(Path("none"), {}), real_run, world.releases).snapshots)
