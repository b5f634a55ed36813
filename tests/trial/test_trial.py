from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import msgspec
import pytest

from conformance.errors import ExitCode
from conformance.evidence import Record
from conformance.running.places import ROOT
from conformance.trial import report
from conformance.trial.defects import Defect
from conformance.trial.findings import DefectState, Judgement
from conformance.trial.runs import EndedRun, RunSettings, TrialRun, run_all
from conformance.trial.steadiness import describe, repeat
from conformance.trial.trial import Trial, TrialSettings, run_trial
from conformance.words import Package

pytestmark = pytest.mark.usefixtures("fake_runs")


def defect(name: str, *cells: str) -> Defect:
    return Defect(name, "Something is wrong.", Package.HUB, cells or ("cell",), ("tf2-savedmodel.*",))


def say_nothing(ended: EndedRun, left: int) -> None:
    pass


def runs_in(folder: Path, jobs: int = 2, report: Callable[[EndedRun, int], None] = say_nothing) -> RunSettings:
    return RunSettings(folder, ROOT, jobs, report)


def trial_of(
    folder: Path,
    *defects: Defect,
    brief: bool = False,
    probes: tuple[str, ...] = (),
    report: Callable[[EndedRun, int], None] = say_nothing,
) -> Trial:
    def judge_one(record: Record, baseline: Record) -> Judgement:
        return Judgement({}, ExitCode.AS_EXPECTED)

    return run_trial(defects, TrialSettings(folder, ROOT, 2, report, judge_one, "abc", "2026-01-01", brief, probes))


def states(trial: Trial) -> dict[str, DefectState]:
    return {finding.defect: finding.state for finding in trial.findings}


def test_every_defect_noticed_and_no_false_alarm_is_as_expected(tmp_path: Path) -> None:
    trial = trial_of(tmp_path, defect("is-noticed", "cell", "other"))

    assert states(trial) == {"is-noticed": DefectState.NOTICED}
    assert trial.exit_code is ExitCode.AS_EXPECTED
    assert list(report.summary(trial)) == ["1 of 1 defects noticed; 0 false alarms in 2 cells (4 probes)."]


def test_an_unnoticed_defect_fails_the_trial(tmp_path: Path) -> None:
    trial = trial_of(tmp_path, defect("is-noticed"), defect("slips-by"))

    assert states(trial) == {"is-noticed": DefectState.NOTICED, "slips-by": DefectState.UNNOTICED}
    assert trial.exit_code is ExitCode.UNEXPECTED
    assert "UNNOTICED  slips-by in cell; no probe ever called what it breaks" in report.summary(trial)


def test_only_the_probes_that_are_asked_for_are_run(tmp_path: Path) -> None:
    seen, blind = (trial_of(tmp_path / glob, defect("is-noticed"), probes=(glob,)) for glob in ("*.t?o", "*.one"))

    assert (states(seen), seen.clean) == ({"is-noticed": DefectState.NOTICED}, {"cell": 1})
    assert (states(blind), blind.clean) == ({"is-noticed": DefectState.UNNOTICED}, {"cell": 1})
    assert "- Only some probes were run: `*.one`." in report.markdown(blind)


@pytest.mark.parametrize("name", ["does-not-take", "leaves-nothing"])
def test_a_defect_that_could_not_be_tried_leaves_the_trial_incomplete(tmp_path: Path, name: str) -> None:
    trial = trial_of(tmp_path, defect("is-noticed"), defect(name))

    assert states(trial)[name] is DefectState.DID_NOT_TAKE
    assert trial.exit_code is ExitCode.INCOMPLETE
    assert trial.noticed == ("is-noticed",)


def test_an_outcome_that_differs_with_nothing_planted_is_a_false_alarm(tmp_path: Path) -> None:
    trial = trial_of(tmp_path, defect("is-noticed", "unsteady"))

    assert [(one.probe, one.outcomes) for one in trial.false_alarms] == [("loads.one", ("works", "failed"))]
    assert trial.exit_code is ExitCode.UNEXPECTED


def test_a_cell_that_is_broken_without_a_defect_is_not_tried(tmp_path: Path) -> None:
    trial = trial_of(tmp_path, defect("is-noticed", "cell", "broken"))

    assert trial.broken == {"broken": "broken"}
    assert [finding.cell for finding in trial.findings] == ["cell"]
    assert trial.exit_code is ExitCode.INCOMPLETE


def test_a_brief_trial_ends_a_run_once_a_probe_has_noticed(tmp_path: Path) -> None:
    trial = trial_of(tmp_path / "trial", defect("is-noticed-soon"), defect("slips-by"), brief=True)

    assert states(trial) == {"is-noticed-soon": DefectState.NOTICED, "slips-by": DefectState.UNNOTICED}
    assert trial.findings[0].ended_early
    assert trial.seconds["is-noticed-soon, cell"] < 30
    assert "1 runs were ended once a probe had noticed" in "\n".join(report.markdown(trial))


def test_an_interrupted_trial_reports_what_it_tried(tmp_path: Path) -> None:
    def interrupt(ended: EndedRun, left: int) -> None:
        if ended.run.name == "is-noticed":
            raise KeyboardInterrupt

    trial = trial_of(tmp_path, defect("is-noticed"), defect("slips-by"), report=interrupt)

    assert states(trial) == {"is-noticed": DefectState.NOTICED}
    assert trial.untried == ("slips-by, cell",)
    assert trial.exit_code is ExitCode.INCOMPLETE
    assert "NOT TRIED  1 runs: the trial was interrupted" in report.summary(trial)


def test_the_reports_hold_all_of_it(tmp_path: Path) -> None:
    trial = trial_of(tmp_path / "trial", defect("is-noticed"), defect("slips-by"), defect("does-not-take"))

    as_json, as_text = report.write(trial, tmp_path)

    assert msgspec.json.decode(as_json.read_bytes(), type=Trial) == trial
    text = as_text.read_text()
    assert "**1 of 3 planted defects were noticed**" in text
    assert "| `is-noticed` | Something is wrong. | `cell` | `loads.two`: works → wrong-values | none | same |" in text
    assert text.index("## Not noticed") < text.index("## Did not take") < text.index("## Noticed")


def test_the_same_cell_never_runs_twice_at_a_time(tmp_path: Path) -> None:
    ended: list[EndedRun] = []

    run_all(
        [TrialRun(str(number), "cell") for number in range(4)],
        runs_in(tmp_path, jobs=4, report=lambda one, left: ended.append(one)),
    )

    assert [one.code for one in ended] == [0, 0, 0, 0]


def test_an_earlier_record_is_never_taken_for_this_runs(tmp_path: Path) -> None:
    run = TrialRun("leaves-nothing", "cell")
    record = run.places(tmp_path).record("cell")
    record.parent.mkdir(parents=True)
    record.write_text("an earlier one")

    run_all([run], runs_in(tmp_path, jobs=1))

    assert not record.exists()


def test_steady_cells_are_as_expected(tmp_path: Path) -> None:
    found = repeat(["cell", "other"], 3, runs_in(tmp_path, jobs=2))

    assert found.exit_code is ExitCode.AS_EXPECTED
    assert list(describe(found)) == [f"{cell}: 3 of 3 runs, 2 probes, 0 unsteady" for cell in ("cell", "other")]


def test_an_outcome_that_differs_between_repeats_is_reported(tmp_path: Path) -> None:
    found = repeat(["unsteady"], 4, runs_in(tmp_path, jobs=1))

    assert found.exit_code is ExitCode.UNEXPECTED
    assert "  UNSTEADY  loads.one: 3 works, 1 timed-out" in describe(found)


def test_the_judge_gets_the_records_with_and_without_the_defect(tmp_path: Path) -> None:
    judged: list[Record] = []

    def judge_one(record: Record, baseline: Record) -> Judgement:
        judged.append(record)
        return Judgement({}, ExitCode.AS_EXPECTED)

    run_trial([defect("is-noticed")], TrialSettings(tmp_path, ROOT, 1, say_nothing, judge_one, "", ""))

    assert [record.path.parts[-3] for record in judged] == ["clean-1", "is-noticed"]
