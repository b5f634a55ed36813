"""`lock` and `schemas`: what they say of each file, and their exit codes, with nothing resolved or written."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from conformance.commands import lock, schemas
from conformance.commands.program import main
from conformance.environments.catalogue import Environment, Releases, load_releases
from conformance.environments.locking import Locked
from conformance.environments.unavailable import UnavailableError
from conformance.environments.without_pins import Try
from conformance.errors import ExitCode
from conformance.evidence import Error
from conformance.running.places import ROOT, Places

NAME = "tf2.15-hub0.16"
FAILURE = UnavailableError("lock", "the package index cannot be reached.", where=NAME, remedy="Try again later.")


@pytest.mark.parametrize(
    ("locked", "code", "said"),
    [
        (
            Locked(NAME, Path("x"), 3.2, ("numpy 1.25 -> 1.26",)),
            ExitCode.AS_EXPECTED,
            "3 s: numpy 1.25 -> 1.26",
        ),
        (Locked(NAME, Path("x"), 3.2), ExitCode.AS_EXPECTED, "3 s: unchanged"),
        (Locked(NAME, Path("x"), 3.2, (), FAILURE), ExitCode.INCOMPLETE, f"Not locked, and left as they were: {NAME}"),
    ],
    ids=["changed", "unchanged", "failed"],
)
def test_a_lock_that_was_resolved_anew_is_reported(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], locked: Locked, code: ExitCode, said: str
) -> None:
    def lock_environments(chosen, *, workspace, report, jobs):
        assert [one.id for one in chosen] == [NAME]
        report(locked, 1, 1)
        return [locked]

    monkeypatch.setattr(lock, "lock_environments", lock_environments)

    assert main(["lock", "--only", NAME, "--json"]) == code

    printed = capsys.readouterr()
    assert said in printed.out + printed.err
    (document,) = json.loads(printed.out)
    assert (document["name"], bool(document["failure"])) == (NAME, code is not ExitCode.AS_EXPECTED)


def test_the_schemas_that_were_written_are_named(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(schemas, "write_schemas", lambda: [ROOT / "conformance" / "claims" / "x.schema.json"])

    assert main(["schemas"]) == ExitCode.AS_EXPECTED
    assert capsys.readouterr().out == "conformance/claims/x.schema.json\n"


def test_what_comes_without_a_pin_is_kept_and_what_cannot_be_tried_is_said(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    """Every pin of the environment is tried, whatever became of the one before it."""
    kept: list[Try] = []
    [environment] = [one for one in load_releases().environments if one.id == NAME]
    failing, *others = environment.release.pins
    assert others

    def try_without(pin: str, tried: Environment, releases: Releases, folder: Path) -> Try:
        assert (tried.id, folder.is_dir()) == (NAME, True)
        if pin == failing:
            raise FAILURE
        return Try(NAME, pin, f"{pin} 99", "2026-01-01", (Error("ImportError", "no", pin),) if pin == others[0] else ())

    monkeypatch.setattr(lock, "default_places", lambda: Places(tmp_path, tmp_path / "reports"))
    monkeypatch.setattr(lock, "try_without", try_without)
    monkeypatch.setattr(lock, "add_tries", kept.extend)

    assert main(["lock", "--without-pins", "--only", NAME]) == ExitCode.INCOMPLETE

    lines = capsys.readouterr().out.splitlines()
    assert lines[0].startswith(f"Not tried: {NAME} without {failing}: ")
    assert lines[1] == f"{NAME} without {others[0]} ({others[0]} 99): ImportError"
    assert all(line.endswith(": works") for line in lines[2:])
    assert [one.pin for one in kept] == others
