"""`lock` and `schemas`: what they say of each file, and their exit codes, with nothing resolved or written."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from conformance.commands import lock, schemas
from conformance.commands.program import main
from conformance.environments.locking import Locked
from conformance.environments.unavailable import UnavailableError
from conformance.errors import ExitCode
from conformance.running.places import ROOT

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
