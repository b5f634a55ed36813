"""What differs between two runs, and which packages changed along with it."""

from __future__ import annotations

import json
from pathlib import Path

import msgspec
import pytest

from conformance.changes import PackageChange
from conformance.claims.catalogue import Catalogue
from conformance.commands.program import main
from conformance.comparing.comparison import compare, package_changes
from conformance.comparing.groups import alike
from conformance.environments.catalogue import Releases
from conformance.errors import ExitCode
from conformance.evidence import Error
from conformance.json_file import encode
from conformance.reporting.diff_views import NO_DIFFERENCE, render_diff_html, render_text, summary
from conformance.reporting.html import render_html
from conformance.reporting.model import build_report
from conformance.reporting.since import RUN, since
from conformance.reporting.summary import render_summary
from conformance.results import Results, encode_results
from conformance.words import Change, Outcome, Verdict
from tests.reporting import sample

CELL, OTHER = "tf2.15-hub0.15-tf2", "tf2.15-hub0.16-tf2"
CLAIM = "tf1-hub.load.tf2.hub-load"


class Runs:
    """Makes runs of one or two cells that differ only in what a test names."""

    def __init__(self, claims: Catalogue, releases: Releases) -> None:
        self.claims, self.releases = claims, releases

    def run(
        self,
        *cells: str,
        verdict: Verdict | None = Verdict.AGREES,
        qualifier: str = "",
        outcome: Outcome | None = Outcome.WORKS,
        error: Error | None = None,
        numpy: str = "1.26.4",
        expected: bool = True,
        promised: bool = False,
    ) -> Results:
        """`promised` lets the verdict say which probe it was derived from."""
        there, claim = [self.releases.cell(cell) for cell in cells or (CELL,)], self.claims.claim_by_id[CLAIM]
        changes: dict[str, object] = {"verdict": verdict, "qualifier": qualifier, "expected": expected}
        observations = [sample.observation(cell, claim, outcome=outcome, error=error) for cell in there if outcome]
        if promised:
            changes["outcomes"] = {row.probe: row.outcome for row in observations}
        return sample.results(
            there,
            [sample.setting(cell, packages={"numpy": numpy, "six": "1.0"}) for cell in there],
            observations,
            [sample.verdict(cell, claim, **changes) for cell in there if verdict],
        )


@pytest.fixture
def runs(claims: Catalogue, releases: Releases) -> Runs:
    return Runs(claims, releases)


def test_a_run_does_not_differ_from_itself(full_run: Results) -> None:
    comparison = compare(full_run, reference=full_run)
    assert not comparison.differs
    assert comparison.environments == ()
    assert summary(comparison) == NO_DIFFERENCE


@pytest.mark.parametrize(
    ("before", "after", "change"),
    [
        (Verdict.AGREES, Verdict.CONTRADICTS, Change.REGRESSION),
        (Verdict.CONTRADICTS, Verdict.AGREES, Change.FIXED),
        (Verdict.INCONCLUSIVE, Verdict.AGREES, Change.NEW),
        (Verdict.AGREES, Verdict.INCONCLUSIVE, Change.MISSING),
        (Verdict.AGREES, Verdict.EXCEEDS, Change.CHANGED),
        (Verdict.CONTRADICTS, Verdict.EXCEEDS, Change.CHANGED),
        (None, Verdict.AGREES, Change.NEW),
        (Verdict.AGREES, None, Change.MISSING),
    ],
)
def test_what_became_of_a_verdict(runs: Runs, before: Verdict | None, after: Verdict | None, change: Change) -> None:
    (one,) = compare(runs.run(verdict=after), reference=runs.run(verdict=before)).verdicts
    assert (one.change, one.before, one.after) == (change, before, after)
    assert (one.claim, one.cell) == (CLAIM, CELL)


def test_another_qualifier_is_a_change_too(runs: Runs) -> None:
    (one,) = compare(runs.run(qualifier="noted"), reference=runs.run()).verdicts
    assert (one.change, one.before, one.after) == (Change.CHANGED, "agrees", "agrees (noted)")


def test_packages_that_changed_are_reported_per_environment_and_with_what_changed(runs: Runs) -> None:
    old = runs.run(CELL, OTHER)
    new = runs.run(CELL, OTHER, numpy="2.0.0", verdict=Verdict.CONTRADICTS, expected=False)
    comparison = compare(new, reference=old)
    assert [one.environment for one in comparison.environments] == ["tf2.15-hub0.15", "tf2.15-hub0.16"]
    (change,), _ = alike(comparison)
    assert (change.change, change.cells) == (Change.REGRESSION, (CELL, OTHER))
    assert change.packages == (PackageChange("numpy", "1.26.4", "2.0.0"),)
    assert change.detail == "unexpected"


def test_packages_alone_are_reported_and_are_no_difference(runs: Runs) -> None:
    comparison = compare(runs.run(numpy="2.0.0"), reference=runs.run())
    assert not comparison.differs
    assert summary(comparison) == f"{NO_DIFFERENCE} Packages differ in 1 environment."


def test_package_changes_are_put_in_words() -> None:
    changes = package_changes({"a": "1", "B": "1", "c": "1"}, {"B": "2", "c": "1", "d": "1"})
    assert [str(change) for change in changes] == ["a 1 is gone", "B 1 → 2", "d 1 is new"]


def test_the_console_shows_the_most_important_first_and_says_how_much_more_there_is(runs: Runs) -> None:
    comparison = compare(
        runs.run(verdict=Verdict.CONTRADICTS, outcome=Outcome.FAILED, numpy="2.0.0"), reference=runs.run()
    )
    text = render_text(comparison)
    assert "regression: tf1-hub.load.tf2.hub-load: agrees → contradicts" in text
    assert "with it changed: numpy 1.26.4 → 2.0.0" in text
    assert text.index("Verdicts (1)") < text.index("Outcomes (1)") < text.index("Packages (1)")
    assert "and 1 more in diff.html" in render_text(comparison, limit=0)


def test_text_json_and_html_say_the_same_and_escape_foreign_text(runs: Runs) -> None:
    hostile = Error("ValueError", f"{sample.HOSTILE} \x1b[31m", "tensorflow")
    comparison = compare(runs.run(outcome=Outcome.FAILED, error=hostile), reference=runs.run())
    page = render_diff_html(comparison)
    assert sample.HOSTILE not in page
    assert "&lt;script&gt;" in page
    assert "\x1b" not in page + render_text(comparison)
    assert json.loads(encode(comparison))["outcomes"][0]["change"] == "changed"


def sentence(old: Results, new: Results) -> str:
    return since(compare(new, reference=old), RUN).sentence


def test_the_headline_says_what_changed_since_an_earlier_run(runs: Runs) -> None:
    old, new = runs.run(CELL, OTHER), runs.run(CELL, OTHER, outcome=Outcome.FAILED, promised=True)
    assert (
        sentence(old, new) == "Since the run of 2026-01-05: 1 regression."
    )  # one probe that changed alike in two cells
    assert sentence(new, runs.run(CELL, promised=True)) == "Since the run of 2026-01-05: 1 fixed, 1 cell missing."
    assert sentence(old, old) == "Since the run of 2026-01-05: nothing changed."
    report = build_report(new, runs.claims, old)
    assert sentence(old, new) in render_summary(report)
    assert sentence(old, new) in render_html(report)
    assert "Since the run" not in render_summary(build_report(new, runs.claims))


# ---- The commands ---------------------------------------------------------------------------------------------------


@pytest.fixture
def saved(runs: Runs, tmp_path: Path) -> dict[str, Path]:
    made = {"old": runs.run(), "new": runs.run(verdict=Verdict.CONTRADICTS), "newer": runs.run(numpy="2.0.0")}
    for name, results in made.items():
        (tmp_path / name).mkdir()
        (tmp_path / name / "results.json").write_bytes(encode_results(results))
    return {name: tmp_path / name for name in made}


@pytest.mark.parametrize(("new", "code"), [("new", 1), ("newer", 0), ("old", 0)])
def test_the_diff_command_exits_with_whether_anything_differs(
    saved: dict[str, Path], tmp_path: Path, capsys: pytest.CaptureFixture[str], new: str, code: int
) -> None:
    arguments = ["diff", str(saved["old"]), str(saved[new] / "results.json"), "--reports", str(tmp_path / "out")]
    assert main(arguments) == code
    assert "diff.html" in capsys.readouterr().out
    assert {path.name for path in (tmp_path / "out").iterdir()} == {"diff.json", "diff.html"}


@pytest.mark.parametrize("content", [None, b"{", b'{"schema": "results/0"}', b'{"schema": "support/1"}', b"[]"])
def test_what_is_no_results_file_is_refused_in_one_paragraph(
    saved: dict[str, Path], tmp_path: Path, capsys: pytest.CaptureFixture[str], content: bytes | None
) -> None:
    foreign = tmp_path / "foreign.json"
    if content is not None:
        foreign.write_bytes(content)
    assert main(["diff", str(saved["old"]), str(foreign), "--reports", str(tmp_path / "out")]) == ExitCode.INCOMPLETE
    printed = capsys.readouterr().err
    assert printed.startswith(f"error: {foreign}: ")
    assert printed.count("\n") == 1
    assert not (tmp_path / "out").exists()


def test_a_run_is_rendered_again_from_its_results_alone(
    full_run: Results, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    source = tmp_path / "results.json"
    source.write_bytes(encode_results(full_run))
    assert main(["render", str(source)]) == ExitCode.UNEXPECTED  # the run's own exit code
    assert "Report: " in capsys.readouterr().out
    first = {path.name: path.read_bytes() for path in tmp_path.iterdir() if path.is_file()}
    assert {"index.html", "summary.md", "support.json"} <= first.keys()
    assert main(["render", str(tmp_path), "--reports", str(tmp_path / "again")]) == ExitCode.UNEXPECTED
    again = {path.name: path.read_bytes() for path in (tmp_path / "again").iterdir() if path.is_file()}
    assert again == first
    assert main(["render", str(tmp_path), "--reports", str(tmp_path / "again"), "--since", str(tmp_path)])
    assert b"nothing changed" in (tmp_path / "again" / "summary.md").read_bytes()


def test_a_damaged_run_is_not_rendered(tmp_path: Path, full_run: Results) -> None:
    broken = msgspec.json.decode(encode_results(full_run), type=dict[str, object]) | {"surprise": 1}
    (tmp_path / "results.json").write_bytes(msgspec.json.encode(broken))
    assert main(["render", str(tmp_path)]) == ExitCode.INCOMPLETE
    assert [path.name for path in tmp_path.iterdir()] == ["results.json"]
