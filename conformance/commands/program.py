"""`python -m conformance`: which command runs, and how its errors reach the user."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Sequence
from contextlib import redirect_stdout

from conformance import json_file
from conformance.command_line.catalogue import COMMANDS
from conformance.command_line.declaration import Command, CommandResult
from conformance.command_line.parsing import Arguments, overview, parse
from conformance.errors import ExitCode, HarnessError, UsageError, near_miss
from conformance.running.process import INTERRUPTED, interruptible


def main(words: Sequence[str]) -> int:
    """Runs one command and gives its exit code; an error that the user can fix is one paragraph, no traceback."""
    if not words or words[0] in ("-h", "--help"):
        print(overview(COMMANDS.values()))
        return ExitCode.AS_EXPECTED if words else ExitCode.USAGE
    try:
        if words[0] not in COMMANDS:
            raise UsageError("is no command.", where=words[0], remedy=near_miss(words[0], COMMANDS))
        command = COMMANDS[words[0]]
        arguments = parse(command, words[1:])
        with interruptible():
            return _run(command, arguments)
    except KeyboardInterrupt:
        what_is_left = command.exit_codes.get(INTERRUPTED, "interrupted")
        print(f"{what_is_left[0].upper()}{what_is_left[1:]}.", file=sys.stderr)
        return INTERRUPTED
    except ModuleNotFoundError as error:
        if (error.name or "conformance").startswith("conformance"):
            raise
        print(
            f"error: {sys.executable}: the package {error.name} is not installed. Run the command through nox (`nox -l`"
            " lists them), or install requirements/host.txt.",
            file=sys.stderr,
        )
        return int(ExitCode.USAGE)
    except HarnessError as error:
        print(f"error: {error}", file=sys.stderr)
        return int(error.exit_code)


def _run(command: Command, arguments: Arguments) -> int:
    run = importlib.import_module(f"conformance.commands.{command.name}").run
    if not getattr(arguments, "json", False):
        answer = run(arguments)
        return int(answer.exit_code if isinstance(answer, CommandResult) else answer)
    with redirect_stdout(sys.stderr):
        answer = run(arguments)
    print(json_file.encode(answer.document).decode(), end="")
    return int(answer.exit_code)
