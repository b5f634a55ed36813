from __future__ import annotations

import json
from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest

from conformance.commands import nightly
from conformance.commands.program import main
from conformance.errors import ExitCode
from conformance.running import places as places_module
from conformance.running.process import INTERRUPTED
from tests.nightly.fakes import FakeDriver

Hold = Callable[..., int]


@pytest.fixture
def driver(tmp_path: Path) -> FakeDriver:
    return FakeDriver(tmp_path / "reports" / "nightly" / "locks")


@pytest.fixture
def hold(tmp_path: Path, driver: FakeDriver, monkeypatch: pytest.MonkeyPatch) -> Hold:
    monkeypatch.setattr(nightly, "verify_fixtures", lambda models: None)
    monkeypatch.setattr(nightly, "harness_version", lambda root: "0123456789ab")
    monkeypatch.setattr(nightly, "NightlyDriver", lambda *_, **__: driver)
    monkeypatch.setattr(places_module, "ROOT", tmp_path)

    def hold(*arguments: str) -> int:
        return main(
            ["nightly", "--reports", str(tmp_path / "reports"), "--only", "tfnightly-hub0.16-tf2-keras3", *arguments]
        )

    return hold


def test_a_night_leaves_its_reports_its_history_and_itself(hold: Hold, tmp_path: Path) -> None:
    code = hold("--as-of", "2026-10-20")

    folder = tmp_path / "reports" / "nightly"
    night = json.loads((folder / "night.json").read_text())
    # The fake observes probes of no claim, so that a night of it has no verdict and no regression.
    assert code == ExitCode.AS_EXPECTED
    assert (night["schema"], night["date"], night["replayed"], night["examples"]) == (
        "night/1",
        "2026-10-20",
        True,
        25,
    )
    assert json.loads((folder / "night.schema.json").read_text())["title"] == "night/1"
    assert (folder / "night.md").read_text().startswith("# The night of 2026-10-20: no regression.")
    assert {"results.json", "index.html", "summary.md", "junit.xml"} <= {path.name for path in folder.iterdir()}
    assert len(list((tmp_path / "reports" / "history").glob("*.nightly.2026-10-20.*"))) == 1


def test_ctrl_c_before_anything_was_measured_changes_nothing(
    hold: Hold, driver: FakeDriver, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    def offered(environment: object) -> str:
        raise KeyboardInterrupt

    monkeypatch.setattr(driver, "offered", offered)

    assert hold() == INTERRUPTED
    assert not (tmp_path / "reports" / "nightly" / "night.json").exists()


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        (("--as-of", "yesterday"), '--as-of: "yesterday" is no date. Write it as in 20'),
        (("--as-of", "9999-01-01"), "--as-of: 9999-01-01 has not begun."),
        (("--jobs", "0"), "--jobs: 0 cells cannot run side by side."),
        (("--examples", "0"), "--examples"),
        (("--only", "tf2.21-*"), 'no cell of a nightly run matches "tf2.21-*".'),
    ],
)
def test_a_nightly_run_that_is_not_possible_is_refused(
    hold: Hold, arguments: tuple[str, ...], complaint: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert hold(*arguments) == ExitCode.USAGE
    assert complaint in capsys.readouterr().err


def test_a_past_day_may_be_written_in_any_iso_form() -> None:
    assert nightly._past_day("20261020", date(2026, 10, 27)) == "2026-10-20"
    assert nightly._past_day("", date(2026, 10, 27)) == ""
