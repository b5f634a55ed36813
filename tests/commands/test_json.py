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
from conformance.running.process import INTERRUPTED


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


@pytest.mark.parametrize(
    ("ended", "code"), [(KeyboardInterrupt(), INTERRUPTED), (UsageError("no.", where="x", remedy="y."), ExitCode.USAGE)]
)
def test_a_command_that_ends_early_leaves_standard_output_empty(
    ended: BaseException, code: int, command: SimpleNamespace, capsys: pytest.CaptureFixture[str]
) -> None:
    def run(_: object) -> object:
        raise ended

    command.run = run
    assert program.main(["list", "--json"]) == code
    assert capsys.readouterr().out == ""


def test_an_interruption_says_what_is_left(
    command: SimpleNamespace, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def run(_: object) -> object:
        raise KeyboardInterrupt

    command.run = run
    monkeypatch.setitem(sys.modules, "conformance.commands.lock", command)
    assert program.main(["lock"]) == INTERRUPTED
    assert capsys.readouterr().err == "Interrupted; what had been locked stays locked.\n"


def test_the_commands_that_have_it() -> None:
    having = {name for name, one in catalogue.COMMANDS.items() if "json" in {each.attribute for each in one.flat()}}

    assert having >= {"list", "report", "diff", "history", "accept", "lock", "trial", "steadiness"}
