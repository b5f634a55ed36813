from __future__ import annotations

import msgspec
import pytest

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
