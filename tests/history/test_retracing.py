"""What the history tells of made-up nights: each claim's line, and what changed from night to night."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import msgspec
import pytest

from conformance.changes import Comparison
from conformance.history.lines import LineSubject
from conformance.history.retracing import Retraced, retrace
from conformance.history.store import History, RunKind
from conformance.history.today import Today
from conformance.running.plan import load_rules
from conformance.snapshot import Snapshot
from conformance.words import Change, Outcome, Standing, Verdict
from tests.history.nights import CELL, CLAIM, FIRST, OTHER_CELL, PROBE, cell_snapshot, night, snapshot

OTHER = "tf2_savedmodel_load.hub_load[tf2-batchnorm]"
SUBJECT = LineSubject(CLAIM, "", Standing.LITERAL)


@pytest.fixture(scope="module")
def today() -> Today:
    return Today(load_rules())


@pytest.fixture
def notes() -> list[str]:
    return []


@pytest.fixture
def retraced(tmp_path: Path, today: Today, notes: list[str]):
    def of(*nights: Snapshot) -> Retraced:
        history = History(tmp_path)
        for one in nights:
            assert history.append(one, RunKind.NIGHTLY)
        return retrace(history, today, notes.append)

    return of


def line(retraced: Retraced, cell: str = CELL) -> list[tuple[Verdict | None, int, int]]:
    """Of the one claim: state, day of the first run, number of runs."""
    (found,) = [one for one in retraced.lines if (one.cell, one.subject) == (cell, SUBJECT)]
    return [(one.mark.verdict, (one.first - FIRST).days, one.observed) for one in found.intervals]


def changes_of(comparison: Comparison) -> list[tuple[str, str]]:
    return [(str(row.change), row.probe) for row in comparison.outcomes]


def two(number: int, first: Outcome, second: Outcome, **changes: object) -> Snapshot:
    begun = FIRST + timedelta(days=number)
    cell = cell_snapshot(CELL, begun, {PROBE: first, OTHER: second}, **changes)
    return snapshot([cell], begun + timedelta(minutes=20))


WORKS, FAILED = Outcome.WORKS, Outcome.FAILED


def test_a_line_keeps_changes_only(retraced) -> None:
    outcomes = [WORKS, WORKS, FAILED, FAILED, FAILED, WORKS]
    found = retraced(*(night(number, outcome) for number, outcome in enumerate(outcomes)))

    assert line(found) == [(Verdict.AGREES, 0, 2), (Verdict.CONTRADICTS, 2, 3), (Verdict.AGREES, 5, 1)]


def test_a_regression_and_its_fix_are_reported_on_their_nights(retraced) -> None:
    found = retraced(*(night(number, outcome) for number, outcome in enumerate([WORKS, FAILED, FAILED, WORKS])))

    assert [(one.run.finished.day, changes_of(one.comparison)) for one in found.changes] == [
        (6, [("regression", PROBE)]),
        (8, [("fixed", PROBE)]),
    ]
    assert [row.change for row in found.changes[0].comparison.verdicts] == [Change.REGRESSION]


def test_the_packages_that_changed_with_it_are_reported(retraced) -> None:
    newer = {"tensorflow-cpu": "2.15.2", "numpy": "1.26.4"}
    found = retraced(night(0), night(1, FAILED, packages=newer))

    (change,) = found.changes
    assert [str(package) for package in change.comparison.packages_of(["tf2.15-hub0.16"])] == [
        "tensorflow-cpu 2.15.1 → 2.15.2"
    ]


@pytest.mark.parametrize("said_nothing", [Outcome.TIMED_OUT, Outcome.BLOCKED])
def test_a_night_that_says_nothing_hides_no_regression(said_nothing: Outcome, retraced) -> None:
    """The culprit came with the night that said nothing, so its packages are named as well."""
    newer = {"tensorflow-cpu": "2.15.2", "numpy": "1.26.4"}
    found = retraced(night(0), night(1, said_nothing, packages=newer), night(2, FAILED, packages=newer))

    assert [changes_of(one.comparison) for one in found.changes] == [[("missing", PROBE)], [("regression", PROBE)]]
    (package,) = found.changes[1].comparison.packages_of(["tf2.15-hub0.16"])
    assert package.after == "2.15.2"


def test_a_cell_cut_short_hides_no_regression(retraced) -> None:
    def cut(number: int) -> Snapshot:
        begun = FIRST + timedelta(days=number)
        cell = cell_snapshot(CELL, begun, {OTHER: WORKS}, missing="cut short after 1 of 2 probes")
        return snapshot([cell], begun + timedelta(minutes=1))

    found = retraced(two(0, WORKS, WORKS), cut(1), two(2, FAILED, WORKS))

    assert [changes_of(one.comparison) for one in found.changes] == [[("missing", PROBE)], [("regression", PROBE)]]


def test_an_unavailable_cell_hides_no_regression(retraced) -> None:
    begun = FIRST + timedelta(days=1)
    lost = cell_snapshot(CELL, begun, {}, unavailable="Python 3.11 was not found.", packages={})
    found = retraced(night(0), snapshot([lost], begun), night(2, FAILED))

    assert line(found) == [(Verdict.AGREES, 0, 1), (Verdict.INCONCLUSIVE, 1, 1), (Verdict.CONTRADICTS, 2, 1)]
    assert [one.comparison.cells_missing for one in found.changes] == [(CELL,), ()]
    assert changes_of(found.changes[1].comparison) == [("regression", PROBE)]


def test_evidence_that_stays_missing_is_reported_once(retraced) -> None:
    nights = [two(0, WORKS, WORKS), two(1, Outcome.TIMED_OUT, WORKS), two(2, Outcome.TIMED_OUT, FAILED)]
    found = retraced(*nights, two(3, WORKS, FAILED), two(4, Outcome.TIMED_OUT, FAILED))

    assert [changes_of(one.comparison) for one in found.changes] == [
        [("missing", PROBE)],
        [("regression", OTHER)],
        [("missing", PROBE)],
    ]


def test_a_claim_of_a_cell_that_was_cut_short_is_missing(retraced) -> None:
    begun = FIRST + timedelta(days=1)
    cut = cell_snapshot(CELL, begun, {}, missing="cut short")
    found = retraced(night(0), snapshot([cut], begun), night(2))

    assert line(found) == [(Verdict.AGREES, 0, 1), (None, 1, 1), (Verdict.AGREES, 2, 1)]


def test_the_first_run_is_no_change_and_a_new_cell_is_one(retraced) -> None:
    found = retraced(night(0), night(1, cell_id=OTHER_CELL), night(2, cell_id=OTHER_CELL))

    (change,) = found.changes
    assert change.comparison.cells_new == (OTHER_CELL,)


def test_a_probe_that_was_dropped_is_missing_once_and_then_forgotten(retraced) -> None:
    found = retraced(two(0, WORKS, WORKS), night(1), two(2, WORKS, FAILED))

    assert [changes_of(one.comparison) for one in found.changes] == [[("missing", OTHER)], [("new", OTHER)]]


def test_a_cell_taken_over_from_an_earlier_run_is_no_new_observation(retraced) -> None:
    begun = FIRST + timedelta(days=1)
    reused = snapshot([*night(0).cells, cell_snapshot(OTHER_CELL, begun, {PROBE: WORKS})], begun)

    assert line(retraced(night(0), reused)) == [(Verdict.AGREES, 0, 1)]


def test_cells_are_compared_with_their_own_last_observation_whatever_runs_lie_between(retraced) -> None:
    found = retraced(night(0), night(1, cell_id=OTHER_CELL), night(2, cell_id=OTHER_CELL), night(3, FAILED))

    assert changes_of(found.changes[-1].comparison) == [("regression", PROBE)]


def test_new_packages_alone_are_no_change(retraced) -> None:
    nights = (night(n, tf=f"2.15.{n}", packages={"tensorflow-cpu": f"2.15.{n}"}) for n in range(3))
    found = retraced(*nights)

    assert found.changes == ()
    assert line(found) == [(Verdict.AGREES, 0, 3)]


def test_a_cell_that_today_has_no_more_is_left_out_with_a_note(retraced, notes: list[str]) -> None:
    gone = msgspec.structs.replace(night(0).cells[0], cell="tf2.15-hub0.99-tf2")
    found = retraced(msgspec.structs.replace(night(0), cells=(gone,)), night(1))

    assert {one.cell for one in found.lines} == {CELL}
    assert notes == [
        "tf2.15-hub0.99-tf2: is no cell of today's releases. What was observed of it stays in the history, and is not"
        " judged."
    ]


def test_a_clock_that_jumped_back_for_a_night_loses_no_change(retraced) -> None:
    """The run stands where its clock puts it; what is found is the same set of outcomes, in another order."""
    found = retraced(night(4), night(5, FAILED), night(1, FAILED))

    assert [spell[0] for spell in line(found)] == [Verdict.CONTRADICTS, Verdict.AGREES, Verdict.CONTRADICTS]
    assert [changes_of(one.comparison)[0][0] for one in found.changes] == ["fixed", "regression"]
