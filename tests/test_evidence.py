from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from conformance.errors import EvidenceError, ExitCode
from conformance.evidence import read_record
from conformance.words import Mode, Outcome, Standing

HEADER = {
    "kind": "header",
    "schema": "record/1",
    "cell": "tf2.15-hub0.16-tf2",
    "environment": "tf2.15-hub0.16",
    "mode": "tf2",
    "keras": "bundled",
    "lock": "sha256:00",
    "started": "2026-11-22T10:00:00+00:00",
    "harness": "1.0",
}
SETTING = {
    "kind": "setting",
    "tf": "2.15.1",
    "hub": "0.16.1",
    "python": "3.11.9",
    "keras_version": "2.15.0",
    "packages": {"numpy": "1.26.4"},
}
PLAN = {"kind": "plan", "probes": ["a", "b"]}
UNAVAILABLE = {"kind": "unavailable", "stage": "install", "reason": "No wheel."}
FOOTER = {"kind": "footer", "observations": 2, "seconds": 9.5, "cpu_seconds": 12.0, "finished": "2026-11-22T10:01:00Z"}


def observation(probe: str, outcome: str = "works", **more: object) -> dict[str, Any]:
    return {
        "kind": "observation",
        "probe": probe,
        "claims": [{"id": "load", "standing": "literal"}],
        "fixture": "tf1-dense",
        "outcome": outcome,
        "error": None,
        "notes": [],
        "seconds": 0.5,
        **more,
    }


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "tf2.15-hub0.16-tf2.jsonl"


def write(path: Path, *lines: dict[str, Any]) -> Path:
    path.write_text("".join(json.dumps(line) + "\n" for line in lines))
    return path


def test_a_whole_record_is_read_back(path: Path) -> None:
    record = read_record(write(path, HEADER, SETTING, PLAN, observation("a"), observation("b", "failed"), FOOTER))

    assert (record.header.cell, record.header.mode) == ("tf2.15-hub0.16-tf2", Mode.TF2)
    assert record.setting is not None
    assert record.setting.packages == {"numpy": "1.26.4"}
    assert [one.outcome for one in record.observations] == [Outcome.WORKS, Outcome.FAILED]
    assert record.observations[0].claims[0].standing is Standing.LITERAL
    assert record.footer is not None
    assert record.complete


def test_what_a_probe_met_and_what_importing_raised_are_kept_and_may_be_absent(path: Path) -> None:
    error = {"type": "ValueError", "message": "no", "origin": "tensorflow"}
    observed = read_record(write(path, HEADER, PLAN, observation("a", errors_met=[error]), observation("b"), FOOTER))
    assert [[met.message for met in one.errors_met] for one in observed.observations] == [["no"], []]
    unavailable = read_record(write(path, HEADER, {**UNAVAILABLE, "error": error}, FOOTER)).unavailable
    assert unavailable is not None
    assert unavailable.error is not None
    assert unavailable.error.type == "ValueError"


def test_the_reason_of_an_unavailable_cell_is_read(path: Path) -> None:
    record = read_record(write(path, HEADER, UNAVAILABLE, FOOTER))
    assert record.unavailable is not None
    assert (record.unavailable.reason, record.setting) == ("No wheel.", None)


@pytest.mark.parametrize(
    ("lines", "missing"),
    [
        ([HEADER, PLAN, observation("a"), observation("b")], ()),
        ([HEADER, PLAN, observation("a")], ("b",)),
        ([HEADER, PLAN, observation("a"), FOOTER], ("b",)),
        ([HEADER], ()),
    ],
    ids=["no footer", "stopped", "a probe lost", "header only"],
)
def test_a_record_that_is_not_whole_shows_it(path: Path, lines: list[dict[str, Any]], missing: tuple[str]) -> None:
    record = read_record(write(path, *lines))
    assert not record.complete
    assert record.missing == missing


def test_a_last_line_cut_short_is_dropped_and_the_rest_kept(path: Path) -> None:
    write(path, HEADER, PLAN, observation("a"), observation("b"))
    path.write_bytes(path.read_bytes()[:-20])

    record = read_record(path)

    assert [one.probe for one in record.observations] == ["a"]
    assert not record.complete


def test_a_character_cut_in_two_is_dropped_with_its_line(path: Path) -> None:
    write(path, HEADER, PLAN, observation("a"))
    path.write_bytes(path.read_bytes() + '{"kind": "observation", "probe": "é'.encode()[:-1])
    assert len(read_record(path).observations) == 1


def test_the_last_attempt_of_a_probe_counts(path: Path) -> None:
    again = observation("a", "works", attempt=2)
    record = read_record(write(path, HEADER, PLAN, observation("a", "timed-out"), observation("b"), again, FOOTER))

    assert [(one.probe, one.outcome, one.attempt) for one in record.observations] == [
        ("a", Outcome.WORKS, 2),
        ("b", Outcome.WORKS, 1),
    ]


def test_observations_come_in_the_order_of_the_plan(path: Path) -> None:
    stray = observation("unplanned")
    record = read_record(write(path, HEADER, PLAN, stray, observation("b"), observation("a"), FOOTER))
    assert [one.probe for one in record.observations] == ["a", "b", "unplanned"]


def test_the_plans_of_two_starts_are_one(path: Path) -> None:
    second = {"kind": "plan", "probes": ["b", "c"]}
    assert read_record(write(path, HEADER, PLAN, second)).plan == ("a", "b", "c")


@pytest.mark.parametrize(
    ("content", "complaint"),
    [
        (b"", "does not begin with a header"),
        (b"\n", "line 1 is not a line of a record"),
        (b'{"kind": "header"', "line 1 is not a line of a record"),
        (b"PK\x03\x04 something else", "line 1 is not a line of a record"),
        (b'{"kind": "\xff"}\n', "line 1 is not a line of a record"),
        ((json.dumps(PLAN) + "\n").encode(), "does not begin with a header"),
        ((json.dumps({**HEADER, "schema": "record/0"}) + "\n").encode(), 'is of schema "record/0"'),
        ((json.dumps({**HEADER, "schema": "record/2"}) + "\n").encode(), 'is of schema "record/2"'),
        ((json.dumps({**HEADER, "schema": "record/2", "new": 1}) + "\n").encode(), 'is of schema "record/2"'),
        ((json.dumps({**HEADER, "mode": "tf3"}) + "\n").encode(), "line 1 is not a line of a record"),
        ((json.dumps(HEADER) + "\n" + json.dumps(HEADER) + "\n").encode(), "second header"),
        ((json.dumps(HEADER) + "\n{damaged}\n" + json.dumps(FOOTER) + "\n").encode(), "line 2 is not a line"),
        ((json.dumps(HEADER) + "\n{damaged}\n").encode(), "line 2 is not a line"),
    ],
    ids=[
        "empty", "blank", "header cut short", "another kind of file", "not UTF-8", "no header", "older", "newer",
        "newer with a key of its own", "unknown word", "two records in one", "damaged within", "damaged whole line",
    ],
)  # fmt: skip
def test_what_is_no_record_is_refused(path: Path, content: bytes, complaint: str) -> None:
    path.write_bytes(content)

    with pytest.raises(EvidenceError) as refused:
        read_record(path)

    assert complaint in str(refused.value)
    assert refused.value.where == str(path)
    assert refused.value.exit_code is ExitCode.INCOMPLETE


def test_a_record_that_cannot_be_read_is_refused(path: Path) -> None:
    with pytest.raises(EvidenceError, match="cannot be read"):
        read_record(path)
