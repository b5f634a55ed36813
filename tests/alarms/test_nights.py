from __future__ import annotations

from pathlib import Path

import pytest

from conformance.alarms.alarm import AlarmKind, ProbeInCell, alarms_of
from conformance.alarms.issues import wanted_of
from conformance.alarms.nights import alarms_of_night, read_night
from conformance.changes import PackageChange
from conformance.commands.program import main
from conformance.environments.unpinned import UnpinnedInstall
from conformance.errors import EvidenceError, ExitCode
from conformance.json_file import encode
from conformance.night import (
    SCHEMA,
    Night,
    NightFinding,
    PackageDifference,
    Status,
    Unmeasured,
    UnpinnedChange,
    UnpinnedState,
)
from conformance.results import encode_results
from conformance.words import Outcome
from tests.alarms.cases import CLAIM, ERROR, FIRST, SECOND, regression, run

BEFORE = "the night of 2026-11-24"


def finding(status: Status = Status.CONFIRMED, probe: str = "load.dense", **changes: object) -> NightFinding:
    parts: dict[str, object] = {
        "cell": FIRST.id,
        "environment": FIRST.environment.id,
        "probe": probe,
        "claims": (CLAIM.id,),
        "status": status,
        "against": (BEFORE,),
        "before": Outcome.WORKS,
        "observed": (Outcome.FAILED, Outcome.FAILED),
        "error": ERROR,
        "since": "2026-11-25",
        "reproduce": "nox -s x",
    }
    return NightFinding(**{**parts, **changes})  # type: ignore[arg-type]


def night(
    *findings: NightFinding, plain: UnpinnedState = UnpinnedState.UNCHANGED, unmeasured: tuple[Unmeasured, ...] = ()
) -> Night:
    return Night(
        schema=SCHEMA,
        date="2026-11-25",
        replayed=False,
        started="2026-11-25T03:00:00+00:00",
        finished="2026-11-25T04:00:00+00:00",
        harness="0123456789ab",
        examples=25,
        cells=(FIRST.id, SECOND.id),
        reference={},
        previous={},
        environments=(),
        packages=(
            PackageDifference(FIRST.environment.id, BEFORE, (PackageChange("tf-nightly", "1", "2"),)),
            PackageDifference(FIRST.environment.id, "the newest release", (PackageChange("numpy", "1", "2"),)),
        ),
        findings=findings,
        differences=(),
        plain=UnpinnedChange(UnpinnedInstall("3.13"), plain, "", ()),
        unmeasured=unmeasured,
    )


@pytest.mark.parametrize("status", [Status.CONFIRMED, Status.STANDING])
def test_what_was_confirmed_is_a_regression_until_it_is_reviewed(status: Status) -> None:
    (alarm,) = alarms_of_night(night(finding(status)))

    assert alarm.kind is AlarmKind.REGRESSION
    assert alarm.detail == "since the night of 2026-11-25"
    assert alarm.packages == ("tf-nightly 1 → 2",)
    assert alarm.pairs == (ProbeInCell(FIRST.id, "load.dense"),)
    assert alarms_of_night(night(finding(status, reviewed="keras3"))) == ()


def test_it_has_the_issue_that_a_matrix_would_open() -> None:
    (nightly,) = alarms_of_night(night(finding()))
    (weekly,) = alarms_of(run(regression()))

    assert nightly.key == weekly.key
    assert wanted_of([nightly], run().run)[0].title == wanted_of([weekly], run().run)[0].title


def test_what_fails_with_the_same_error_is_one_regression() -> None:
    (alarm,) = alarms_of_night(night(finding(), finding(probe="load.image"), finding(cell=SECOND.id)))

    assert alarm.cells == (FIRST.id, SECOND.id)
    assert len(alarm.pairs) == 3


def test_what_is_flaky_is_reported_and_opens_no_issue() -> None:
    alarms = alarms_of_night(night(finding(Status.FLAKY, observed=(Outcome.FAILED, Outcome.WORKS, None))))

    assert [alarm.kind for alarm in alarms] == [AlarmKind.FLAKY]
    assert "failed, works, nothing" in alarms[0].title
    assert wanted_of(alarms, run().run) == ()


def test_what_could_not_be_repeated_or_measured_is_incomplete() -> None:
    alarms = alarms_of_night(
        night(
            finding(Status.UNCONFIRMED, note="the index is away"),
            plain=UnpinnedState.UNOBSERVED,
            unmeasured=(Unmeasured(SECOND.id, "no lock", ""),),
        )
    )

    assert [alarm.kind for alarm in alarms] == [AlarmKind.INCOMPLETE] * 3
    assert "the index is away" in alarms[0].title
    assert alarms[1].cells == (SECOND.id,)


def test_a_plain_line_that_broke_alarms_but_opens_no_issue_that_no_run_could_close() -> None:
    (alarm,) = alarms_of_night(night(plain=UnpinnedState.BROKE))

    assert alarm.kind is AlarmKind.REGRESSION
    assert wanted_of([alarm], run().run) == ()


def test_the_commands_take_the_night_in_the_place_of_what_the_run_would_alarm(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "results.json").write_bytes(encode_results(run(regression())))
    (tmp_path / "night.json").write_bytes(encode(night(finding(Status.FLAKY))))

    assert main(["annotate", str(tmp_path), "--night", str(tmp_path / "night.json")]) == ExitCode.AS_EXPECTED
    assert capsys.readouterr().out.startswith("::notice title=Flaky::")
    assert main(["issues", str(tmp_path), "--night", str(tmp_path / "night.json")]) == ExitCode.AS_EXPECTED
    assert capsys.readouterr().out == "[]\n"


@pytest.mark.parametrize(
    ("content", "said"),
    [(None, "No such file"), (b"{", "is damaged"), (b'{"schema": "night/9"}', 'of schema "night/9"')],
)
def test_a_night_that_cannot_be_read_is_named(content: bytes | None, said: str, tmp_path: Path) -> None:
    path = tmp_path / "night.json"
    if content is not None:
        path.write_bytes(content)

    with pytest.raises(EvidenceError, match=said) as refused:
        read_night(path)

    assert str(path) in str(refused.value)
