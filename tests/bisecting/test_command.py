from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest
from packaging.version import Version

from conformance.bisecting.environment_tester import Attempt
from conformance.commands import bisect as command
from conformance.commands.program import main
from conformance.errors import ExitCode
from conformance.running.process import INTERRUPTED
from tests.bisecting.fakes import BAD, GOOD, Defect, FakeTester, write_lock

ASK = ["bisect", "tf1-hub.load.tf1.module", "tf2.15-hub0.16-tf1-compat", "--axis", "hub", "--from", "0.13"]
VERSIONS = ["0.13.0", "0.14.0", "0.15.0", "0.16.0", "0.16.1"]


class FakeHubTester(FakeTester):
    """A tester in which the version of tensorflow_hub decides; made as the real one is."""

    defect: Defect | None = None
    made = tidied = 0
    home = Path()

    def __init__(self, *_: object) -> None:
        super().__init__(self.home, [])
        self.log = "a log"
        type(self).made += 1

    def try_out(self, tried: object, nth: int) -> Attempt:
        if self.defect is Defect.INTERRUPTED:
            raise KeyboardInterrupt
        return Attempt(tried.label, "cell", nth, BAD if "0.16" in tried.label else GOOD)  # type: ignore[attr-defined]

    def tidy(self) -> None:
        type(self).tidied += 1

    def lock_of(self, tried: object) -> Path:
        hub = tried.label.split("hub ")[1]  # type: ignore[attr-defined]
        return write_lock(self.folder / f"{hub}.txt", {"tensorflow": "2.15.1", "tensorflow-hub": hub})


@pytest.fixture(autouse=True)
def bench(monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory) -> type[FakeHubTester]:
    def offered(package: str, python: str) -> Sequence[Version]:
        return [Version(version) for version in VERSIONS]

    monkeypatch.setattr(command, "offered", offered)
    monkeypatch.setattr(command, "VirtualenvTester", FakeHubTester)
    monkeypatch.setattr(FakeHubTester, "made", 0)
    monkeypatch.setattr(FakeHubTester, "tidied", 0)
    monkeypatch.setattr(FakeHubTester, "home", tmp_path_factory.mktemp("locks"))
    return FakeHubTester


def test_a_dry_run_says_what_it_would_cost_and_does_nothing(
    capsys: pytest.CaptureFixture[str], bench: type[FakeHubTester], tmp_path: Path
) -> None:
    assert main([*ASK, "--dry-run", "--reports", str(tmp_path)]) == ExitCode.AS_EXPECTED

    assert "Candidates on the package index: 5" in capsys.readouterr().out
    assert not bench.made
    assert not list(tmp_path.iterdir())


def test_the_result_is_reported_and_written(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    assert main([*ASK, "--reports", str(tmp_path)]) == ExitCode.AS_EXPECTED

    shown = capsys.readouterr().out
    assert (
        "works up to tensorflow-cpu 2.15.1, hub 0.15.0, and api-missing from tensorflow-cpu 2.15.1, hub 0.16.0" in shown
    )
    assert "Guilty: tensorflow_hub. Nothing but tensorflow_hub differs." in shown
    written = next((tmp_path / "bisect").glob("*.md")).read_text()
    assert "nox -s bisect -- tf1-hub.load.tf1.module tf2.15-hub0.16-tf1-compat --from 0.13 --axis hub" in written


def test_an_interruption_says_that_nothing_is_lost(
    capsys: pytest.CaptureFixture[str], bench: type[FakeHubTester], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(bench, "defect", Defect.INTERRUPTED)

    assert main([*ASK, "--reports", str(tmp_path)]) == INTERRUPTED

    assert "goes on from here" in capsys.readouterr().err
    assert bench.tidied == 1


@pytest.mark.parametrize(
    ("arguments", "shown"),
    [
        (["tf1-hub.load.tf1.modul", "tf2.15-hub0.16-tf1-compat"], 'Perhaps you meant "tf1-hub.load.tf1.module"?'),
        (["tf1-hub.load.tf1.module", "tf2.15-hub0.16-tf1compat"], 'Perhaps you meant "tf2.15-hub0.16-tf1-compat"?'),
        (["tf1-hub.load.tf1.module", "tf2.15-hub0.16-tf2"], "does not speak of the mode tf2"),
        ([*ASK[1:5], "--from", "0.17"], "no tensorflow_hub 0.17"),
    ],
)
def test_what_does_not_exist_is_refused_before_any_work(
    capsys: pytest.CaptureFixture[str], bench: type[FakeHubTester], arguments: list[str], shown: str
) -> None:
    assert main(["bisect", *arguments]) == ExitCode.USAGE

    assert shown in capsys.readouterr().err
    assert not bench.made
