"""The declarations, held against what there is: modules, the README, the examples, and what the code returns."""

from __future__ import annotations

import ast
import re
import shlex
import subprocess
import sys

import pytest

from conformance.command_line.catalogue import CHAPTERS, COMMANDS, commands_table
from conformance.command_line.declaration import Command
from conformance.command_line.parsing import parse, parser_of
from conformance.errors import ExitCode
from conformance.running.places import ROOT

every_command = pytest.mark.parametrize("command", COMMANDS.values(), ids=lambda command: command.name)


def test_no_name_is_declared_twice() -> None:
    assert len(COMMANDS) == sum(map(len, CHAPTERS.values()))


@every_command
def test_a_command_has_a_module_that_runs_it(command: Command) -> None:
    tree = ast.parse((ROOT / "conformance" / "commands" / f"{command.name}.py").read_text(encoding="utf-8"))

    assert "run" in {node.name for node in tree.body if isinstance(node, ast.FunctionDef)}


@every_command
def test_its_exit_codes_are_those_that_its_module_can_return(command: Command) -> None:
    source = (ROOT / "conformance" / "commands" / f"{command.name}.py").read_text(encoding="utf-8")
    named = {int(ExitCode[name]) for name in re.findall(r"\bExitCode\.([A-Z_]+)", source)}

    assert named <= set(command.exit_codes)
    assert {0, 2} <= set(command.exit_codes)


@every_command
def test_its_examples_can_be_typed(command: Command) -> None:
    assert command.examples
    for example in command.examples:
        parse(command, shlex.split(example.arguments))


@every_command
def test_its_help_has_its_own_summary_examples_and_exit_codes(command: Command) -> None:
    help_text = parser_of(command).format_help()

    assert command.summary in help_text
    assert all(example.meaning in help_text for example in command.examples)
    assert re.findall(r"^  (\d+) +\S", help_text.split("exit codes:\n")[1], re.MULTILINE) == [
        str(code) for code in command.exit_codes
    ]


@every_command
def test_its_help_fits_a_terminal(command: Command) -> None:
    assert max(map(len, command.details.splitlines() + command.notes.splitlines()), default=0) <= 120
    assert re.fullmatch(r"[A-Z].*\.", command.summary)


def test_the_documentation_lists_the_commands() -> None:
    assert commands_table() in (ROOT / "docs" / "commands.md").read_text(encoding="utf-8")


def test_the_declarations_need_no_package_of_the_host() -> None:
    """The noxfile reads them in an environment that has neither rich nor jinja2."""
    check = (
        "import sys\n"
        "sys.modules.update(rich=None, jinja2=None)\n"
        "import conformance.command_line.catalogue\n"
        "print(*[name for name in sys.modules if name.startswith('conformance.')])"
    )
    done = subprocess.run([sys.executable, "-c", check], cwd=ROOT, capture_output=True, text=True, check=True)

    packages = {name.split(".")[1] for name in done.stdout.split()}
    assert packages == {"command_line", "errors", "limits"}
