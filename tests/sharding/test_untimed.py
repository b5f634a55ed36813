from __future__ import annotations

import msgspec
import pytest

from conformance.comparing.comparison import compare
from conformance.evidence import Error
from conformance.results import Results
from conformance.words import Outcome
from tests.alarms.cases import FIRST, run, seen
from tests.reporting.sample import setting
from tests.sharding.untimed import untimed


def sample(traceback: str = "", seconds: float = 1.0, started: str = "2026-11-24", **changes: object) -> Results:
    row = msgspec.structs.replace(seen(), seconds=seconds, error=Error("E", "m", "probe", traceback), **changes)
    environment = setting(FIRST, started=started, seconds=seconds, cpu_seconds=seconds)
    return msgspec.structs.replace(run(observations=[row], finished=started), environments=(environment,))


@pytest.mark.parametrize(
    "other",
    [
        sample(seconds=2.0),
        sample(started="2026-11-25"),
    ],
)
def test_times_and_durations_do_not_count(other: Results) -> None:
    assert untimed(other) == untimed(sample())


def test_the_end_of_a_run_that_is_compared_with_the_baseline_does_not_count() -> None:
    baseline = sample()
    one, other = (
        msgspec.structs.replace(run, changes=compare(run, reference=baseline))
        for run in (sample(), sample(started="2026-11-25"))
    )

    assert untimed(one) == untimed(other)
    assert untimed(one) != untimed(msgspec.structs.replace(one, changes=None))


def test_what_is_random_in_each_process_does_not_count() -> None:
    one = sample('File "/tmp/conformance-a1_b/__autograph_generated_filex_1.py", <object at 0x7f3a>')
    other = sample('File "/tmp/conformance-c2/__autograph_generated_filey9.py", <object at 0x55ee12>')

    assert untimed(one) == untimed(other)


@pytest.mark.parametrize(
    "other",
    [
        sample("another line"),
        sample(outcome=Outcome.WRONG_VALUES),
        sample(notes=("lost",)),
        sample(python="3.12.1"),
    ],
)
def test_all_else_counts(other: Results) -> None:
    assert untimed(other) != untimed(sample())
