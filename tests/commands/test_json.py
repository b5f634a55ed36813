"""`--json`: one document on standard output, whatever else a command says goes to standard error."""

from __future__ import annotations

import json
import sys
from types import SimpleNamespace

import pytest

from conformance.command_line import catalogue
from conformance.command_line.declaration import CommandResult
from conformance.commands import program
from conformance.errors import ExitCode, UsageError


@pytest.fixture
def command(monkeypatch: pytest.MonkeyPatch) -> SimpleNamespace:
    stand_in = SimpleNamespace(run=None)
    monkeypatch.setitem(sys.modules, "conformance.commands.list", stand_in)
    return stand_in


def test_the_document_is_all_that_standard_output_has(
    command: SimpleNamespace, capsys: pytest.CaptureFixture[str]
) -> None:
    def run(_: object) -> CommandResult:
        print("working")
        return CommandResult(ExitCode.UNEXPECTED, {"cells": 3})

    command.run = run
    assert program.main(["list", "--json"]) == ExitCode.UNEXPECTED

    printed = capsys.readouterr()
    assert json.loads(printed.out) == {"cells": 3}
    assert printed.err == "working\n"


def test_without_it_no_document_is_printed(command: SimpleNamespace, capsys: pytest.CaptureFixture[str]) -> None:
    command.run = lambda _: CommandResult(ExitCode.UNEXPECTED, {"cells": 3})

    assert program.main(["list"]) == ExitCode.UNEXPECTED
    assert capsys.readouterr().out == ""


@pytest.mark.parametrize("ended", [130, UsageError("no.", where="x", remedy="y.")])
def test_a_command_that_ends_early_leaves_standard_output_empty(
    ended: object, command: SimpleNamespace, capsys: pytest.CaptureFixture[str]
) -> None:
    def run(_: object) -> object:
        if isinstance(ended, Exception):
            raise ended
        return ended

    command.run = run
    assert program.main(["list", "--json"]) == (ended if isinstance(ended, int) else ExitCode.USAGE)
    assert capsys.readouterr().out == ""


def test_the_commands_that_have_it() -> None:
    having = {name for name, one in catalogue.COMMANDS.items() if "json" in {each.attribute for each in one.flat()}}

    assert having >= {"list", "report", "diff", "history", "accept", "lock", "trial", "steadiness"}
