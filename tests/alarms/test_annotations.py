from __future__ import annotations

from pathlib import Path

import pytest

from conformance.alarms.alarm import Alarm, AlarmKind, alarms_of
from conformance.alarms.annotations import LIMIT, annotations_of
from conformance.commands.program import main
from conformance.errors import ExitCode
from conformance.results import encode_results
from tests.alarms.cases import FIRST, regression, run, surprise


def alarm(kind: AlarmKind = AlarmKind.REGRESSION, title: str = "t", **parts: object) -> Alarm:
    return Alarm(kind=kind, key="k", title=title, detail="", cells=(FIRST.id,), **parts)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("kind", "begins"),
    [
        (AlarmKind.REGRESSION, "::error title=Regression::"),
        (AlarmKind.UNEXPECTED, "::error title=Unexpected verdict::"),
        (AlarmKind.INCOMPLETE, "::warning title=Incomplete evidence::"),
        (AlarmKind.FLAKY, "::notice title=Flaky::"),
        (AlarmKind.STALE, "::notice title=Stale expectation::"),
    ],
)
def test_each_kind_has_its_level(kind: AlarmKind, begins: str) -> None:
    (line,) = annotations_of([alarm(kind)])

    assert line == f"{begins}t ({FIRST.id})"


def test_a_regression_is_reported_with_its_packages_and_its_command() -> None:
    (line,) = annotations_of(alarms_of(run(regression(error="KeyError: 'x'"))))

    assert line.split("::", 2)[2].split("%0A") == [
        f"works became failed: KeyError: 'x' ({FIRST.id})",
        "Changed along with it: numpy 1.26.3 → 1.26.4",
        f'To see it: nox -s "cell({FIRST.id})" -- --probe "load.dense"',
    ]


def test_what_an_error_says_cannot_end_the_command_or_begin_another() -> None:
    hostile = alarm(title="100%\r\n::set-env name=X::1\n::error::\x1b[31m")

    (line,) = annotations_of([hostile])

    assert "\n" not in line
    assert "\r" not in line
    assert "100%25%0D%0A::set-env" in line
    assert "\x1b" not in line


@pytest.mark.parametrize(("count", "lines"), [(9, 9), (10, 10), (11, 10), (300, 10)])
def test_what_github_would_drop_in_silence_is_counted(count: int, lines: int) -> None:
    lines_of = list(annotations_of([alarm(title=f"t{n}") for n in range(count)]))

    assert len(lines_of) == lines <= LIMIT
    assert ("more are in the report" in lines_of[-1]) is (count > LIMIT)
    assert count <= LIMIT or lines_of[-1] == f"::error title=More::{count - 9} more are in the report."


def test_errors_leave_room_for_warnings() -> None:
    lines_of = list(annotations_of([alarm()] * 20 + [alarm(AlarmKind.INCOMPLETE)]))

    assert len(lines_of) == LIMIT + 1
    assert lines_of[-1].startswith("::warning")


def test_many_cells_are_named_in_part() -> None:
    many = Alarm(AlarmKind.INCOMPLETE, "k", "t", "", tuple(f"cell{n}" for n in range(9)))

    (line,) = annotations_of([many])

    assert line.endswith("t (cell0, cell1, cell2, cell3, cell4, cell5 and 3 more)")


def test_the_command_reads_a_run_and_succeeds(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "results.json").write_bytes(encode_results(run(verdicts=[surprise()])))

    assert main(["annotate", str(tmp_path)]) == ExitCode.AS_EXPECTED

    assert capsys.readouterr().out.startswith("::error title=Unexpected verdict::")
