from __future__ import annotations

import pytest

from conformance.changes import OutcomeChange
from conformance.comparing.groups import by_cause
from conformance.words import Outcome
from tests.alarms.cases import ERROR, SECOND, regression


@pytest.mark.parametrize(
    ("other", "same"),
    [
        (regression("other", SECOND, error="ValueError: no layer 4 in /home/b/model"), True),
        (regression("other", error="KeyError: 'x'"), False),
        (regression("other", error=""), False),
    ],
    ids=["another number, folder, probe and cell", "another error", "no error"],
)
def test_regressions_with_one_error_are_one_group(other: OutcomeChange, same: bool) -> None:
    assert len(by_cause([regression(error=ERROR), other])) == (1 if same else 2)


def test_without_an_error_only_the_same_probe_is_the_same_group() -> None:
    rows = [regression("p", error=""), regression("p", SECOND, error=""), regression("q", error="")]
    assert [group.probes for group in by_cause(rows)] == [("p",), ("q",)]


def test_what_else_keeps_them_apart_is_the_callers_to_say() -> None:
    rows = [regression(), regression("q", forecast="known")]
    assert len(by_cause(rows, lambda row: row.forecast)) == 2
    assert by_cause(rows)[0].title == f"{Outcome.WORKS} became {Outcome.FAILED}: {ERROR}"
