"""The nightly build of tensorflow_hub is a lane of its own: it hides nothing of the hub that users get."""

from __future__ import annotations

import msgspec
import pytest

from conformance.cells import CellStatus, axis_of, cells_of
from conformance.claims.catalogue import Catalogue
from conformance.environments.catalogue import Releases, load_releases
from conformance.reporting.guidance import guidance_of
from conformance.reporting.model import build_report
from conformance.reporting.support import support_of
from conformance.reporting.timeline import MarkState, timeline
from conformance.results import Results
from conformance.words import Outcome, Standing, Verdict
from tests.reporting.sample import observation, results, setting, verdict

CLAIM = "tf2-savedmodel.load.tf2.hub-load"
RELEASES: Releases = load_releases()
STABLE = RELEASES.cell("tfnightly-hub0.16-tf2-keras3")
NIGHTLY = RELEASES.cell("tfnightly-hubnightly-tf2-keras3")
HUBS = {STABLE.id: "0.16.1", NIGHTLY.id: "0.17.0.dev202509050305"}


@pytest.fixture
def night(claims: Catalogue) -> Results:
    """A claim that the nightly hub breaks."""
    claim = claims.claim_by_id[CLAIM]
    outcomes = {STABLE: Outcome.WORKS, NIGHTLY: Outcome.FAILED}
    verdicts = {STABLE: Verdict.AGREES, NIGHTLY: Verdict.CONTRADICTS}
    return results(
        outcomes,
        [setting(cell, hub=HUBS[cell.id]) for cell in outcomes],
        [observation(cell, claim, probe="load", hub=HUBS[cell.id], outcome=seen) for cell, seen in outcomes.items()],
        [
            verdict(cell, claim, hub=HUBS[cell.id], verdict=said, outcomes={"load": outcomes[cell]})
            for cell, said in verdicts.items()
        ],
    )


def test_both_hubs_have_their_mark(night: Results, claims: Catalogue) -> None:
    cells = cells_of(night)

    lanes = timeline(claims.claim_by_id[CLAIM], "", Standing.LITERAL, night.verdicts, cells, axis_of(cells)).lanes

    assert {lane.label: (lane.marks[0].state, lane.marks[0].cells) for lane in lanes} == {
        "hub 0.16": (MarkState.AGREES, (STABLE.id,)),
        "the nightly hub": (MarkState.CONTRADICTS, (NIGHTLY.id,)),
    }


def test_the_support_distinguishes_the_two(night: Results, claims: Catalogue) -> None:
    support = support_of(build_report(night, claims))

    assert [(one.hub, one.intervals[0].state) for one in support.claims[CLAIM].support] == [
        (">=0.16", MarkState.AGREES),
        (">=0.16,!=0.16.*", MarkState.CONTRADICTS),
    ]


def test_a_cell_without_a_record_is_missing(night: Results) -> None:
    run = msgspec.structs.replace(night.run, cells_missing={NIGHTLY.id: "no record"})
    lost = msgspec.structs.replace(night, run=run, environments=night.environments[:1])

    (missing,) = [cell for cell in cells_of(lost) if cell.id == NIGHTLY.id]
    assert (missing.status, missing.release, missing.hub) == (CellStatus.MISSING, "nightly", "nightly")


def test_nobody_is_advised_to_install_a_nightly_hub(night: Results, claims: Catalogue) -> None:
    everything_works = msgspec.structs.replace(
        night,
        verdicts=tuple(msgspec.structs.replace(row, verdict=Verdict.AGREES) for row in night.verdicts),
        observations=tuple(msgspec.structs.replace(row, outcome=Outcome.WORKS) for row in night.observations),
    )

    answers = guidance_of(everything_works, claims).answers

    first = next(answer.recipes[0] for answer in answers if answer.recipes)
    assert first.hub == "0.16.1"
