"""Each fault, planted into a run of the real command line: nothing observed is lost, nothing false is reported."""

from __future__ import annotations

import os
import signal
import time
from datetime import datetime

import pytest

from conformance.errors import ExitCode
from tests.faults.conftest import FAULTY, SOUND, Checkout, kill
from tests.running.conftest import eventually, is_running

pytestmark = pytest.mark.real  # starts the real command line, though no TensorFlow


def observed(checkout: Checkout, cell: str = FAULTY) -> int:
    return sum(row.cell == cell for row in checkout.results.observations)


def planned(checkout: Checkout) -> int:
    return sum(row.cell == SOUND for row in checkout.results.observations)  # both cells try the same


def test_without_a_fault_all_is_as_expected(checkout: Checkout) -> None:
    ended = checkout.matrix()

    assert ended.code == ExitCode.AS_EXPECTED
    assert checkout.missing == {}
    checkout.assert_nothing_false()
    assert len(checkout.remembered()) == 1


@pytest.mark.parametrize("fault", ["killed", "killed while it writes", "disk full"])
def test_a_cell_that_ends_midway_keeps_what_it_observed_and_is_completed_by_the_next_run(
    fault: str, checkout: Checkout
) -> None:
    """pytest is killed, also in the midst of a line; the disk is full, as far as the record's processes can tell."""
    ended = checkout.matrix(fault=fault)

    kept = observed(checkout)
    assert ended.code == ExitCode.INCOMPLETE
    assert "Exit code 4: evidence that was planned is missing." in ended.out
    assert 0 < kept < planned(checkout)
    assert list(checkout.missing) == [FAULTY]
    assert checkout.missing[FAULTY] == f"{planned(checkout) - kept} of {planned(checkout)} probes left no observation"
    checkout.assert_nothing_false()
    log = (checkout.reports / "logs" / f"{FAULTY}.log").read_text()
    assert ("of a line could be written to the record" in log) == (fault == "disk full")

    again = checkout.matrix()

    assert again.code == ExitCode.AS_EXPECTED
    assert checkout.missing == {}
    assert sum(bool(one.observed) for one in checkout.record_of(FAULTY).observations) == kept  # and not tried again
    assert len(checkout.remembered()) == 2


def test_a_cell_that_hangs_is_ended_in_time(checkout: Checkout) -> None:
    ended = checkout.matrix("--cell-limit", "3", fault="hangs")

    assert ended.code == ExitCode.INCOMPLETE
    assert 0 < observed(checkout) < planned(checkout)
    assert list(checkout.missing) == [FAULTY]
    assert "The cell took longer than 3 s and was ended." in (checkout.reports / "logs" / f"{FAULTY}.log").read_text()
    checkout.assert_nothing_false()


def test_a_cell_whose_session_is_killed_is_reported_so_and_completed_by_the_next_run(checkout: Checkout) -> None:
    running = checkout.start("matrix", "--only", "tf1.13", "--only", "tf1.14", fault="hangs")
    checkout.halfway()
    kill(checkout.measuring())
    ended = checkout.ended(running)

    assert ended.code == ExitCode.INCOMPLETE
    assert f"{FAULTY}: not measured: its process was ended by signal 9" in ended.out
    kept = observed(checkout)
    assert checkout.missing == {FAULTY: f"cut short after {kept} of {planned(checkout)} probes"}
    checkout.assert_nothing_false()

    assert checkout.matrix().code == ExitCode.AS_EXPECTED
    assert sum(bool(one.observed) for one in checkout.record_of(FAULTY).observations) == kept


def test_a_matrix_that_is_killed_leaves_its_records_to_the_next_run(checkout: Checkout) -> None:
    running = checkout.start("matrix", "--only", "tf1.13", "--only", "tf1.14", fault="hangs")
    checkout.halfway()
    running.kill()
    assert checkout.ended(running).code == -signal.SIGKILL
    assert checkout.partial_of(FAULTY).exists()

    meanwhile = checkout.matrix()  # the cell outlives the matrix that started it

    assert meanwhile.code == ExitCode.INCOMPLETE
    assert f"the cell {FAULTY} is running already, as process {checkout.measuring()}" in meanwhile.out
    checkout.assert_nothing_false()

    orphan = checkout.measuring()
    os.kill(orphan, signal.SIGINT)
    assert eventually(lambda: not is_running(orphan), seconds=30)
    assert checkout.matrix().code == ExitCode.AS_EXPECTED
    assert any(one.observed for one in checkout.record_of(FAULTY).observations)  # by the cell of the killed matrix


def test_ctrl_c_keeps_what_was_observed_and_says_so(checkout: Checkout) -> None:
    running = checkout.start("matrix", "--only", "tf1.13", "--only", "tf1.14", fault="hangs")
    checkout.halfway()
    running.send_signal(signal.SIGINT)
    ended = checkout.ended(running)

    assert ended.code == ExitCode.INCOMPLETE
    assert "Interrupted. What was observed is judged; the rest is reported as missing." in ended.out
    assert observed(checkout) > 0
    checkout.assert_nothing_false()


def test_a_second_run_in_the_same_checkout_is_refused_and_the_first_goes_on(checkout: Checkout) -> None:
    first = checkout.start("matrix", "--only", "tf1.13", "--only", "tf1.14", "--cell-limit", "15", fault="hangs")
    checkout.halfway()
    second = checkout.matrix()

    assert second.code == ExitCode.USAGE
    assert f"a matrix of this checkout is running already, as process {first.pid}." in second.out
    assert first.poll() is None
    first.send_signal(signal.SIGINT)
    assert checkout.ended(first).code == ExitCode.INCOMPLETE
    assert observed(checkout) > 0


@pytest.mark.parametrize("days", [-400, 400])
def test_a_clock_that_jumps_during_a_cell_changes_no_duration_and_no_evidence(days: int, checkout: Checkout) -> None:
    run = checkout.matrix(fault=f"clock{days}")

    record = checkout.record_of(FAULTY)
    assert record.footer is not None
    begun, ended = (datetime.fromisoformat(stamp) for stamp in (record.header.started, record.footer.finished))
    assert abs((ended - begun).days - days) <= 1  # the fault is there
    assert 0 <= record.footer.seconds < 60
    assert run.code == ExitCode.AS_EXPECTED
    assert checkout.missing == {}
    checkout.assert_nothing_false()


@pytest.mark.parametrize("days", [-400, 400])
def test_a_clock_that_jumps_between_two_runs_hides_nothing(days: int, checkout: Checkout) -> None:
    """What counts is what was written since the run began, whatever its clock says."""
    checkout.matrix(fault=f"clock{days}")
    time.sleep(1.1)  # the history tells runs of one cell apart by the second in which they began
    again = checkout.matrix("--fresh", fault="killed")

    assert again.code == ExitCode.INCOMPLETE
    assert list(checkout.missing) == [FAULTY]
    assert len(checkout.remembered()) == 2


def test_a_damaged_record_is_named_and_its_cell_observed_again(checkout: Checkout) -> None:
    checkout.matrix()
    record = checkout.reports / "records" / f"{FAULTY}.jsonl"
    whole = record.read_bytes()
    record.write_bytes(whole[:500] + b"\x00" + whole[501:])

    judged = checkout.run("report")

    assert judged.code == ExitCode.INCOMPLETE
    assert f"error: {record}: line " in judged.out
    assert "the other records are untouched" in judged.out
    assert checkout.matrix().code == ExitCode.AS_EXPECTED
    checkout.assert_nothing_false()
