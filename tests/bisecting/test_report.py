from __future__ import annotations

import json
from functools import partial
from pathlib import Path

import jsonschema
import msgspec
import pytest
from rich.console import Console

from conformance.bisecting.bisection import most
from conformance.bisecting.environment_tester import Attempt
from conformance.bisecting.hybrids import EnvironmentPart
from conformance.bisecting.report import announcement, markdown, show_progress, summary, write
from conformance.bisecting.result import Bisection
from conformance.errors import UsageError
from tests.bisecting.fakes import ASKED, BAD, GOOD, Defect, FakeTester, row, search


@pytest.fixture
def found(tmp_path: Path) -> Bisection:
    """Ten candidates, of which 2.6 is the first bad, 2.5 is a gap, and hub is guilty."""
    fake = FakeTester(tmp_path, [GOOD] * 6 + [BAD] * 4, {5: Defect.GAP})
    fake.packages = {
        4: {"tensorflow": "2.4", "tensorflow-hub": "0.15.0"},
        6: {"tensorflow": "2.6", "tensorflow-hub": "0.16.1"},
    }
    fake.hybrids = {frozenset([EnvironmentPart.HUB]): BAD, frozenset([EnvironmentPart.TENSORFLOW]): GOOD}
    return search(fake)


def test_the_announcement_names_the_ends_and_what_it_costs_at_most() -> None:
    shown = "\n".join(announcement(ASKED, row(40)))
    cost = most(row(40))

    assert "Candidates on the package index: 40" in shown
    assert f"{row(40)[0].label}; {row(40)[39].label}" in shown
    assert "... 34 more ..." in shown
    assert (cost.environments, cost.observations) == (8, 12)
    assert "At most 8 environments and 12 observations" in shown
    assert "GB" in shown
    assert " min" in shown


def test_the_summary_says_since_when_and_whose_doing(found: Bisection) -> None:
    shown = "\n".join(summary(found))

    assert shown.startswith("Found. It is works up to tensorflow 2.4, hub 0.16.1, and api-missing from tensorflow 2.6")
    assert "Error: MissingError: gone" in shown
    assert "Not tried, between the two: tensorflow 2.5, hub 0.16.1: No solution found." in shown
    assert "Guilty: tensorflow_hub. tensorflow_hub alone breaks the last good." in shown
    assert "2 packages differ: tensorflow 2.4 -> 2.6, tensorflow-hub 0.15.0 -> 0.16.1" in shown


def test_the_markdown_has_every_step_and_every_hybrid(found: Bisection) -> None:
    shown = "\n".join(markdown(found))

    assert shown.count("| end |") == 2
    assert shown.count("| repeat |") == 4
    assert shown.count("| search |") == len(found.steps) - 6
    assert "| tensorflow_hub | **as the first bad** |" in shown
    assert ASKED.command in shown
    tables = [line for line in shown.splitlines() if line.startswith("|")]
    assert {line.count("|") for line in tables} == {9, 5}


def test_what_is_written_follows_its_schema_and_can_be_read_back(found: Bisection, tmp_path: Path) -> None:
    as_json, as_text = write(found, tmp_path / "reports")

    schema = json.loads((as_json.parent / "bisect.schema.json").read_text())
    jsonschema.validate(json.loads(as_json.read_text()), schema)
    assert msgspec.json.decode(as_json.read_bytes(), type=Bisection) == found
    assert as_text.read_text().startswith("# Since when, and whose doing")
    assert sorted(path.name for path in as_json.parent.iterdir()) == sorted(
        [as_json.name, as_text.name, "bisect.schema.json"]
    )


def test_the_files_are_named_after_the_question_whatever_it_is(found: Bisection, tmp_path: Path) -> None:
    asked = msgspec.structs.replace(ASKED, about="tf2_*.hub/load[a-b]*")

    as_json, _ = write(msgspec.structs.replace(found, asked=asked), tmp_path / "reports")

    assert as_json.name == "tf2_-.hub-load-a-b--tf2.9-hub0.16-tf2-tf.json"


def test_a_folder_that_cannot_be_written_is_named(found: Bisection, tmp_path: Path) -> None:
    (tmp_path / "reports").write_text("a file where the folder should be")

    with pytest.raises(UsageError, match="observes nothing again"):
        write(found, tmp_path / "reports")


def test_each_step_is_printed_as_it_is_made() -> None:
    console = Console(record=True, width=200)
    report = partial(show_progress, console)

    report("end: tensorflow 2.4", None)
    report("tensorflow 2.4", Attempt("tensorflow 2.4", "cell", 1, BAD, seconds=12.0, reused=True))
    report("tensorflow 2.5", Attempt("tensorflow 2.5", "cell", 1, gap="No solution found."))

    shown = console.export_text()
    assert "end: tensorflow 2.4" in shown
    assert "api-missing: MissingError: gone, 12 s (earlier)" in shown
    assert "a gap: No solution found." in shown
