from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest

from conformance.candidate.impact import Impact
from conformance.commands import candidate
from conformance.commands.program import main
from conformance.environments.catalogue import Cell
from conformance.errors import ExitCode
from conformance.running import places as places_module
from conformance.words import Outcome
from tests.candidate.fakes import FakeDriver

Run = Callable[..., int]
CELL = "tf2.15-hub0.16-tf2"
IMPACT = Impact(("a.one",), ("a.one", "a.two"), ("module_v2.py: load",))


@pytest.fixture
def driver() -> FakeDriver:
    return FakeDriver()


@pytest.fixture
def given() -> dict[str, Any]:
    """What the command passed on."""
    return {}


@pytest.fixture
def run(tmp_path: Path, driver: FakeDriver, given: dict[str, Any], monkeypatch: pytest.MonkeyPatch) -> Run:
    def make_driver(options: object, home: object, *_: object) -> FakeDriver:
        given.update(options=options, home=home)
        return driver

    def make_maps(cells: Sequence[Cell], *_: object, **__: object) -> ExitCode:
        given["mapped"] = [cell.id for cell in cells]
        return ExitCode.AS_EXPECTED

    monkeypatch.setattr(candidate, "verify_fixtures", lambda models: None)
    monkeypatch.setattr(candidate, "harness_version", lambda root: "0123456789ab")
    monkeypatch.setattr(candidate, "Keys", lambda *_: None)
    monkeypatch.setattr(candidate, "RealCandidateDriver", make_driver)
    monkeypatch.setattr(candidate, "make_maps", make_maps)
    monkeypatch.setattr(candidate, "maps_of", lambda *_, **options: given.update(options))
    monkeypatch.setattr(candidate, "impact_of", lambda *_: IMPACT)
    monkeypatch.setattr(places_module, "ROOT", tmp_path)
    return lambda *arguments: main(["candidate", "--reports", str(tmp_path / "reports"), *arguments])


def result(folder: Path) -> dict[str, Any]:
    return dict(json.loads((folder / "reports" / "candidate" / "0.17.0" / "candidate.json").read_text()))


def test_a_candidate_leaves_its_reports(run: Run, driver: FakeDriver, tmp_path: Path) -> None:
    driver.after = {"two": Outcome.CRASHED}

    assert run("--hub", "0.17.0", "--only", CELL) == ExitCode.UNEXPECTED

    written = result(tmp_path)
    assert (written["schema"], written["command"]) == (
        "candidate/1",
        f"nox -s candidate -- --hub 0.17.0 --only {CELL}",
    )
    assert [finding["reproduce"] for finding in written["findings"]] == [
        f"nox -s candidate -- --hub 0.17.0 --only {CELL} --probe 'two'"
    ]


def test_the_default_is_the_quick_selection_with_the_newest_hub(run: Run, tmp_path: Path) -> None:
    run("--hub", "0.17.0", "--mode", "tf2")

    assert [cell["cell"] for cell in result(tmp_path)["cells"]] == [
        "tf2.15-hub0.16-tf2",
        "tf2.21-hub0.16-tf2-keras3",
        "tf2.21-hub0.16-tf2-legacy",
    ]


def test_a_rehearsal_writes_the_page_as_well(run: Run, tmp_path: Path) -> None:
    run("--hub", "0.17.0", "--matrix", "--only", CELL)

    folder = tmp_path / "reports" / "candidate" / "0.17.0"
    assert {"index.html", "support.json", "candidate.html"} <= {path.name for path in folder.iterdir()}


def test_the_probes_that_reach_a_change_can_be_run_alone(
    run: Run, given: dict[str, Any], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    run("--hub", "0.17.0", "--impacted", "--only", CELL)

    assert given["options"].selection.narrowing.probes == ("a.one",)
    assert result(tmp_path)["notes"][0].startswith("No probe reaches what is changed in module_v2.py: load")
    assert given["home"].narrowed
    assert given["options"].places.narrowed
    assert "Impacted: 2 probes reach what is changed; 1 of them run." in capsys.readouterr().out


def test_the_probes_that_reach_a_change_run_first(
    run: Run, given: dict[str, Any], capsys: pytest.CaptureFixture[str]
) -> None:
    run("--hub", "0.17.0", "--only", CELL)

    assert given["options"].first == ("a.one", "a.two")
    assert not given["options"].selection.narrowing
    assert "Impacted: 2 probes reach what is changed, and run first." in capsys.readouterr().out


def test_a_choice_needs_the_map_of_each_cell_and_an_order_does_not(run: Run, given: dict[str, Any]) -> None:
    for option, needed in (("--impacted", True), ("--fresh", False)):
        run("--hub", "0.17.0", option, "--only", CELL)
        assert given["all_of_them"] is needed


def test_where_nobody_knows_what_is_reached_all_probes_run(
    run: Run, given: dict[str, Any], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(candidate, "impact_of", lambda *_: Impact(unknown="the map does not cover it"))

    run("--hub", "0.17.0", "--impacted", "--only", CELL)

    assert not given["options"].selection.narrowing
    assert "All probes run, in their usual order: the map does not cover it." in capsys.readouterr().out


def test_the_maps_are_made_without_a_candidate(run: Run, given: dict[str, Any]) -> None:
    assert run("--map", "--only", CELL) == ExitCode.AS_EXPECTED
    assert given["mapped"] == [CELL]


def test_the_folder_of_its_reports_is_named_after_a_tree(run: Run, tmp_path: Path) -> None:
    (tmp_path / "my hub").mkdir()
    run("--hub", str(tmp_path / "my hub"), "--only", CELL)
    assert (tmp_path / "reports" / "candidate" / "my-hub" / "candidate.md").is_file()


def test_without_a_candidate_nothing_is_done(run: Run, capsys: pytest.CaptureFixture[str]) -> None:
    assert run() == ExitCode.USAGE
    assert "there is no candidate" in capsys.readouterr().err
