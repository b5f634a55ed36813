from __future__ import annotations

import json
import xml.etree.ElementTree as ET
from pathlib import Path

import jsonschema
import msgspec
import pytest

from conformance.candidate.result import CandidateResult
from conformance.reporting.candidate_report import (
    MARK,
    render_candidate_junit,
    render_comment,
    render_page,
    render_text,
    write,
)
from conformance.words import Outcome
from tests.candidate.fakes import BOTH, Defect, Trials
from tests.judging.cases import NIGHTLY, expectation


@pytest.fixture
def trials() -> Trials:
    trials = Trials()
    trials.cells = (*BOTH, NIGHTLY)
    trials.driver.before = {"three": Outcome.FAILED}
    trials.driver.after = {"one": Outcome.FAILED, "two": Outcome.FAILED}
    return trials


@pytest.fixture
def result(trials: Trials) -> CandidateResult:
    return trials.run().result


def test_one_screen_has_the_answer_first_and_one_line_for_each_cause(result: CandidateResult) -> None:
    lines = render_text(result).splitlines()
    assert lines[0] == "Something is worse: 4 probes broken, 2 probes mended, of 10 probes in 2 cells."
    assert "  2 probes: works → failed: ValueError: no" in lines
    assert any(line.startswith("    again: nox -s candidate -- --hub 0.17.0 --only") for line in lines)
    assert len(lines) < 30


def test_what_is_known_of_releases_is_marked(trials: Trials) -> None:
    trials.expectations, trials.driver.before = [expectation()], {}
    result = trials.run().result
    assert "expectation forecast" in render_text(result)
    assert "(known: `forecast`)" in render_comment(result)
    assert "the expectation <code>forecast</code> forecasts it" in render_page(result)


def test_a_comment_can_be_found_again_and_holds_all(result: CandidateResult) -> None:
    comment = render_comment(result)
    assert comment.startswith(MARK)
    assert "#### Broken (4)" in comment
    assert "Where it cannot be installed" in comment
    assert "it is a wheel for CPython 2.7." in comment


def test_nothing_of_the_candidate_is_taken_for_markup(trials: Trials) -> None:
    trials.driver.defects = {Defect.FAILS_TO_IMPORT}
    result = trials.run().result
    assert "importing TensorFlow and tensorflow_hub" in render_text(result)
    assert "<script" not in render_page(result)


def test_what_was_not_measured_is_said(trials: Trials) -> None:
    trials.driver.defects = {Defect.NOT_BUILT}
    result = trials.run().result
    assert "Not measured (2)" in render_text(result)
    assert "**not measured**: with the candidate: the disk is full." in render_comment(result)


def test_of_many_causes_the_first_are_shown_and_the_others_counted(result: CandidateResult) -> None:
    first = result.findings[0]
    many = tuple(msgspec.structs.replace(first, error=f"ValueError: {'x' * number}") for number in range(30))
    changed = msgspec.structs.replace(result, findings=many)

    assert "... and 25 more causes in candidate.html" in render_text(changed)
    assert "- and 10 more causes" in render_comment(changed)
    assert render_page(changed).count('<article class="cause">') == 30


def test_junit_fails_only_for_what_is_broken(trials: Trials, result: CandidateResult) -> None:
    trials.driver.after = {"one": Outcome.TIMED_OUT, "three": Outcome.FAILED}
    root = ET.fromstring(render_candidate_junit(trials.run().result))
    assert (root.get("failures"), root.get("skipped"), root.get("errors")) == ("0", "3", "0")
    trials.driver.defects = {Defect.NOT_BUILT}
    root = ET.fromstring(render_candidate_junit(trials.run().result))
    assert (root.get("failures"), root.get("errors")) == ("0", "2")


def test_all_files_are_written_and_valid(result: CandidateResult, tmp_path: Path) -> None:
    write(result, tmp_path)

    document = json.loads((tmp_path / "candidate.json").read_bytes())
    jsonschema.validate(document, json.loads((tmp_path / "candidate.schema.json").read_bytes()))
    root = ET.parse(tmp_path / "junit.xml").getroot()
    assert (root.get("failures"), root.get("skipped"), root.get("errors")) == ("4", "1", "0")
    assert sorted(path.name for path in tmp_path.iterdir()) == [
        "candidate.html",
        "candidate.json",
        "candidate.md",
        "candidate.schema.json",
        "junit.xml",
    ]
