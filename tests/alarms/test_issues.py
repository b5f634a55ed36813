"""One issue for each regression, through the real command and a fake gh: opened once, updated, closed once gone."""

from __future__ import annotations

import json
import os
import shutil
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from conformance.alarms import tracker
from conformance.alarms.alarm import alarms_of
from conformance.alarms.issues import LABEL, MOST_NEW, Existing, wanted_of
from conformance.commands.program import main
from conformance.errors import ExitCode, HarnessError
from conformance.results import Results, encode_results
from conformance.words import Outcome
from tests.alarms.cases import CLAIM, ERROR, FIRST, RELEASES, SECOND, regression, run, seen, surprise

Apply = Callable[[Results], str]


class Tracker:
    """What the fake gh keeps."""

    def __init__(self, store: Path) -> None:
        self.store = store

    @property
    def issues(self) -> list[dict[str, object]]:
        return list(json.loads(self.store.read_text())["issues"]) if self.store.exists() else []

    @property
    def open(self) -> list[object]:
        return [issue["number"] for issue in self.issues if issue["state"] == "open"]

    def change(self, number: int, **changes: object) -> None:
        state = json.loads(self.store.read_text())
        state["issues"][number - 1].update(changes)
        self.store.write_text(json.dumps(state))


@pytest.fixture
def github(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Tracker:
    programs = tmp_path / "programs"
    programs.mkdir()
    script = programs / "gh"
    fake = Path(__file__).with_name("fake_gh.py").read_text().partition("\n")[2]
    script.write_text(f"#!{sys.executable} -IS\n{fake}")  # without what makes a Python start slowly
    script.chmod(0o755)
    monkeypatch.setenv("PATH", f"{programs}{os.pathsep}{os.environ['PATH']}")
    monkeypatch.setenv("FAKE_GH", str(tmp_path / "github.json"))
    return Tracker(tmp_path / "github.json")


@pytest.fixture
def apply(github: Tracker, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Apply:
    def apply(results: Results) -> str:
        (tmp_path / "results.json").write_bytes(encode_results(results))
        assert main(["issues", str(tmp_path), "--apply"]) == ExitCode.AS_EXPECTED
        return capsys.readouterr().out

    return apply


BROKEN = run(regression(), observations=[seen(outcome=Outcome.FAILED)])
FIXED = run(observations=[seen()])


def test_a_regression_opens_an_issue_that_says_it_all(apply: Apply, github: Tracker) -> None:
    printed = apply(BROKEN)

    (issue,) = github.issues
    assert str(issue["title"]).startswith("Regression: works became failed: ValueError: no layer 17")
    for words in (ERROR, FIRST.id, "load.dense", CLAIM.id, "numpy 1.26.3 → 1.26.4", f'nox -s "cell({FIRST.id})"'):
        assert words in str(issue["body"])
    assert issue["labels"] == [LABEL]
    assert "opened: Regression" in printed
    assert "https://example.invalid/issues/1" in printed


def test_an_error_that_is_reworded_is_the_same_regression(apply: Apply, github: Tracker) -> None:
    apply(BROKEN)
    title = github.issues[0]["title"]

    apply(run(regression(error="ValueError: a layer is missing"), observations=[seen(outcome=Outcome.FAILED)]))

    (issue,) = github.issues
    assert issue["title"] == title
    assert "a layer is missing" in str(issue["body"])


def test_another_regression_is_another_issue(apply: Apply, github: Tracker) -> None:
    apply(BROKEN)
    apply(run(regression(), regression("load.image", error="KeyError: 'x'")))

    assert github.open == [1, 2]


def test_it_is_closed_once_a_run_has_seen_that_it_is_gone(apply: Apply, github: Tracker) -> None:
    apply(BROKEN)

    printed = apply(FIXED)

    (issue,) = github.issues
    assert issue["state"] == "closed"
    assert "gave 1 works" in str(issue["comments"])
    assert "closed: #1" in printed
    apply(BROKEN)  # what returns is another
    assert github.open == [2]


@pytest.mark.parametrize(
    "blind",
    [
        run(),
        run(observations=[seen("load.image")]),
        run(observations=[seen(cell=SECOND)]),
        run(observations=[seen(outcome=Outcome.TIMED_OUT)]),
        run(observations=[seen(outcome=Outcome.BLOCKED)]),
    ],
)
def test_what_a_run_did_not_observe_is_not_closed(blind: Results, apply: Apply, github: Tracker) -> None:
    apply(BROKEN)

    printed = apply(blind)

    assert github.open == [1]
    assert "left: #1" in printed
    assert "1 of the 1 observations that it is about were not made in this run" in printed


def test_a_run_of_other_cells_does_not_make_it_forget_the_first(apply: Apply, github: Tracker) -> None:
    apply(BROKEN)
    apply(run(regression(cell=SECOND), observations=[seen(cell=SECOND, outcome=Outcome.FAILED)]))

    apply(run(observations=[seen(cell=SECOND)]))

    assert github.open == [1]
    apply(run(observations=[seen(), seen(cell=SECOND)]))
    assert github.open == []


def test_a_part_that_still_alarms_keeps_it_open(apply: Apply, github: Tracker) -> None:
    apply(run(regression(), regression("load.image")))

    apply(run(regression("load.image"), observations=[seen(), seen("load.image", outcome=Outcome.FAILED)]))

    assert github.open == [1]


def test_what_alarms_as_part_of_another_issue_keeps_its_own_open(apply: Apply, github: Tracker) -> None:
    seen_failing = [seen(probe, outcome=Outcome.FAILED) for probe in ("p", "q")]
    apply(run(regression("p", error="A: a"), regression("q", error="B: b")))

    printed = apply(run(regression("p", error="A: a"), regression("q", error="A: a"), observations=seen_failing))

    assert github.open == [1, 2]
    assert "some of it still alarms, as part of another issue" in printed


def test_an_unexpected_verdict_opens_one_as_well(apply: Apply, github: Tracker) -> None:
    apply(run(verdicts=[surprise(), surprise(cell=SECOND)]))

    (issue,) = github.issues
    assert str(issue["title"]).startswith(f"Unexpected verdict: {CLAIM.id}: contradicts [")


def test_incomplete_evidence_opens_none(apply: Apply, github: Tracker) -> None:
    apply(run(missing={FIRST.id: "no record"}))

    assert github.issues == []


def test_issues_of_others_are_not_touched(apply: Apply, github: Tracker) -> None:
    apply(BROKEN)
    github.change(1, labels=["bug"])

    apply(FIXED)

    assert github.open == [1]


@pytest.mark.parametrize(
    "body",
    ["", "rewritten by hand", "<!-- observations: {} -->", '<!-- observations: {"probes":[],"cells":{"x":[1]}} -->'],
)
def test_an_issue_that_somebody_rewrote_is_updated_by_its_title_and_never_closed(
    body: str, apply: Apply, github: Tracker
) -> None:
    apply(BROKEN)
    github.change(1, body=body)

    assert "left: #1" in apply(FIXED)
    apply(BROKEN)

    assert github.open == [1]
    assert FIRST.id in str(github.issues[0]["body"])


def test_what_an_error_says_can_neither_ping_anybody_nor_leave_its_place(apply: Apply, github: Tracker) -> None:
    hostile = "ValueError: `@everyone` --> <!-- observations: {} --> ![x](http://x)\n# Heading"

    apply(run(regression("load.dense[--> <b>]", error=hostile)))

    body = str(github.issues[0]["body"])
    assert f"`` {hostile.replace(chr(10), ' ')} ``" in body
    assert body.count("\n<!-- observations: ") == 1
    assert Existing(1, "", body.rpartition("\n<!--")[1] + body.rpartition("\n<!--")[2]).pairs
    assert not any(line.startswith("#") for line in body.splitlines())


def test_a_run_opens_a_limited_number_of_issues_and_names_the_others(apply: Apply, github: Tracker) -> None:
    printed = apply(run(*(regression(f"load.probe{n}", error="") for n in range(MOST_NEW + 3))))

    assert len(github.issues) == MOST_NEW
    assert printed.count(f"not opened: a run opens no more than {MOST_NEW}") == 3


def test_the_largest_issue_fits_what_github_takes() -> None:
    long = "tf2_savedmodel_interface.a_probe_with_a_rather_long_name_{}[some-model]"
    rows = [
        regression(long.format(number), cell, error=f"E: {'x' * 200}")
        for cell in RELEASES.cells
        for number in range(300)
    ]

    (wanted,) = wanted_of(alarms_of(run(*rows)), run().run)

    assert len(wanted.body()) < 65_536
    assert len(Existing(1, "", wanted.body()).pairs) > 1000


def test_without_apply_the_wanted_issues_are_printed(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "results.json").write_bytes(encode_results(BROKEN))

    assert main(["issues", str(tmp_path)]) == ExitCode.AS_EXPECTED

    (wanted,) = json.loads(capsys.readouterr().out)
    assert wanted["title"].endswith(f"[{wanted['key']}]")
    assert wanted["labels"] == [LABEL]
    assert wanted["pairs"] == [{"cell": FIRST.id, "probe": "load.dense"}]


def test_a_tracker_that_refuses_is_reported_with_its_error(
    github: Tracker, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "results.json").write_bytes(encode_results(BROKEN))
    monkeypatch.setenv("FAKE_GH_FAILS", "issue create")

    assert main(["issues", str(tmp_path), "--apply"]) == ExitCode.USAGE

    printed = capsys.readouterr().err
    assert "gh issue create" in printed
    assert "HTTP 403: Resource not accessible by integration" in printed
    assert "GH_TOKEN" in printed


def test_output_of_gh_that_is_no_list_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tracker, "_gh", lambda *_: b"Welcome!")

    with pytest.raises(HarnessError, match="what it printed is not a list of issues"):
        tracker.open_issues()


def test_a_missing_gh_is_reported(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    assert shutil.which("gh") is None

    with pytest.raises(HarnessError, match="there is no program gh"):
        tracker.open_issues()
