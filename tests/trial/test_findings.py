from __future__ import annotations

from pathlib import Path

import pytest

from conformance.errors import ExitCode
from conformance.evidence import Record
from conformance.trial.findings import DefectEffect, DefectFinding, DefectState, Judgement, compare, differences
from conformance.trial.planted import Trace
from tests.trial.cases import DEFECT, write_record

TOOK = Trace(planted=("tensorflow_hub.module_v2",), reached=("load",))
RIGHT = {"loads.one": "works", "loads.two": "works"}


def judge_one(record: Record, baseline: Record) -> Judgement:
    right = all(observation.outcome == "works" for observation in record.observations)
    return Judgement({"claim": "agrees" if right else "contradicts"}, ExitCode(0 if right else 1))


@pytest.fixture
def clean(tmp_path: Path) -> list[Record]:
    return [write_record(tmp_path / name, RIGHT) for name in ("clean-1", "clean-2")]


def found(clean: list[Record], planted: Record | None, trace: Trace = TOOK) -> DefectFinding:
    return compare(DEFECT, clean, planted, trace, judge_one)


def test_a_probe_with_another_outcome_has_noticed(clean: list[Record], tmp_path: Path) -> None:
    finding = found(clean, write_record(tmp_path / "x", {**RIGHT, "loads.two": "wrong-values"}))

    assert finding.state is DefectState.NOTICED
    assert finding.probes == (DefectEffect("loads.two", "works", "wrong-values"),)
    assert finding.verdicts == (DefectEffect("claim", "agrees", "contradicts"),)
    assert (finding.alarm, finding.where_meant) == (True, True)


def test_the_same_outcomes_have_noticed_nothing(clean: list[Record], tmp_path: Path) -> None:
    finding = found(clean, write_record(tmp_path / "x", RIGHT))

    assert (finding.state, finding.probes, finding.alarm) == (DefectState.UNNOTICED, (), False)


def test_a_probe_that_is_unsteady_by_itself_has_not_noticed(clean: list[Record], tmp_path: Path) -> None:
    clean[1] = write_record(tmp_path / "clean-2", {**RIGHT, "loads.two": "failed"})

    assert found(clean, write_record(tmp_path / "x", {**RIGHT, "loads.two": "failed"})).state is DefectState.UNNOTICED


def test_a_probe_without_an_observation_has_noticed(clean: list[Record], tmp_path: Path) -> None:
    finding = found(clean, write_record(tmp_path / "x", {"loads.one": "works"}, plan=tuple(RIGHT)))

    assert finding.probes == (DefectEffect("loads.two", "works", "missing"),)


def test_where_nothing_can_be_imported_every_probe_has_noticed(clean: list[Record], tmp_path: Path) -> None:
    finding = found(clean, write_record(tmp_path / "x", {}, unavailable="tensorflow_hub cannot be imported"))

    assert {change.after for change in finding.probes} == {"unavailable"}
    assert len(finding.probes) == 2


@pytest.mark.parametrize(
    ("trace", "why"),
    [
        (Trace(failed=("it has no load any more",)), "it has no load any more"),
        (Trace(planted=("one",), failed=("the other is gone",)), "the other is gone"),
        (Trace(), "nothing that it patches was imported"),
    ],
)
def test_a_defect_that_did_not_take_is_neither_noticed_nor_unnoticed(
    clean: list[Record], tmp_path: Path, trace: Trace, why: str
) -> None:
    broken = write_record(tmp_path / "x", {}, unavailable="tensorflow_hub cannot be imported: DidNotTake")

    finding = found(clean, broken, trace)

    assert finding.state is DefectState.DID_NOT_TAKE
    assert why in finding.why


def test_a_run_ended_early_has_noticed_with_what_it_observed(clean: list[Record], tmp_path: Path) -> None:
    early = write_record(tmp_path / "x", {"loads.one": "failed"}, plan=tuple(RIGHT), whole=False)

    finding = found(clean, early)

    assert finding.probes == (DefectEffect("loads.one", "works", "failed"),)
    assert (finding.state, finding.ended_early, finding.verdicts) == (DefectState.NOTICED, True, ())


def test_a_run_cut_short_with_nothing_noticed_proves_nothing(clean: list[Record], tmp_path: Path) -> None:
    short = write_record(tmp_path / "x", {"loads.one": "works"}, plan=tuple(RIGHT), whole=False)

    assert found(clean, short).state is DefectState.DID_NOT_TAKE


def test_differences_name_every_outcome() -> None:
    runs = [{"a": "works", "b": "works"}, {"a": "works", "b": "failed"}, {"a": "works"}]

    assert differences(runs) == {"b": ("works", "failed", "missing")}
