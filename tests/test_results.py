from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from conformance.errors import EvidenceError, ExitCode
from conformance.evidence import Unavailable
from conformance.results import (
    RESULTS_FILE,
    Results,
    encode_results,
    json_schema,
    read_results,
)
from conformance.words import Mode, Outcome
from tests.judging.cases import KERAS3, NIGHTLY, TF2, expectation, judged, record, seen


@pytest.fixture
def results() -> Results:
    """Results in which every part is filled in."""
    return judged(
        record(TF2, seen("load.works")),
        record(KERAS3, seen("load.fails", Outcome.FAILED)),
        record(NIGHTLY, unavailable=Unavailable("install", "No wheel.")),
        planned=[TF2, KERAS3, NIGHTLY],
        expectations=[expectation()],
    )


def test_what_is_written_reads_back_the_same(results: Results, tmp_path: Path) -> None:
    assert results.stale_expectations  # so that this part is tried as well

    path = tmp_path / RESULTS_FILE
    path.write_bytes(encode_results(results))

    assert read_results(path) == results


def test_real_results_follow_the_published_schema(results: Results) -> None:
    schema = json.loads(json.dumps(json_schema()))

    jsonschema.Draft202012Validator.check_schema(schema)
    jsonschema.Draft202012Validator(schema).validate(json.loads(encode_results(results)))


def _drop_run(data: dict[str, Any]) -> None:
    del data["run"]


def _invent_an_outcome(data: dict[str, Any]) -> None:
    data["observations"][0]["outcome"] = "fine"


def _add_a_key(data: dict[str, Any]) -> None:
    data["verdicts"][0]["mood"] = "good"


def _mistype(data: dict[str, Any]) -> None:
    data["observations"][0]["seconds"] = "long"


DEFECTS = [_drop_run, _invent_an_outcome, _add_a_key, _mistype]


@pytest.mark.parametrize("defect", DEFECTS)
def test_schema_and_reader_refuse_the_same_defects(results: Results, tmp_path: Path, defect: Any) -> None:
    data = json.loads(encode_results(results))
    defect(data)
    path = tmp_path / RESULTS_FILE
    path.write_text(json.dumps(data))

    assert not jsonschema.Draft202012Validator(json_schema()).is_valid(data)
    with pytest.raises(EvidenceError, match="does not follow its schema") as refused:
        read_results(path)
    assert refused.value.exit_code is ExitCode.INCOMPLETE


def test_the_published_schema_names_its_version(results: Results) -> None:
    data = {**json.loads(encode_results(results)), "schema": "results/0"}
    assert not jsonschema.Draft202012Validator(json_schema()).is_valid(data)


def test_the_core_that_others_read_is_there(results: Results) -> None:
    data = json.loads(encode_results(results))

    assert {"schema", "run", "environments", "observations", "verdicts"} <= data.keys()
    observation = {
        *("probe", "claims", "fixture", "environment", "tf", "hub", "python", "keras", "mode", "outcome", "error"),
        *("seconds", "reproduce"),
    }
    assert observation <= data["observations"][1].keys()
    assert {"type", "message", "origin"} <= data["observations"][1]["error"].keys()
    assert {"id", "standing"} <= data["observations"][1]["claims"][0].keys()
    verdict = {"claim", "environment", "tf", "hub", "mode", "keras", "verdict", "outcomes", "expected"}
    assert verdict <= data["verdicts"][0].keys()
    assert Mode(data["verdicts"][0]["mode"]) is Mode.TF2
