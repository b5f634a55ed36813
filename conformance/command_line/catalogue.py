"""All commands, in the order in which they are listed."""

from __future__ import annotations

from collections.abc import Iterator

from conformance.command_line import exchanging, maintaining, measuring, reading, watching
from conformance.command_line.declaration import Command, Session

CHAPTERS = {
    "Measure": (*measuring.COMMANDS, *exchanging.COMMANDS),
    "Read": reading.COMMANDS,
    "Watch": watching.COMMANDS,
    "Maintain and test the harness": maintaining.COMMANDS,
}

COMMANDS: dict[str, Command] = {command.name: command for chapter in CHAPTERS.values() for command in chapter}


def sessions() -> Iterator[tuple[Session, Command]]:
    """The nox sessions that run commands."""
    for command in COMMANDS.values():
        for session in command.sessions:
            yield session, command


def commands_table() -> str:
    """The table of the commands in docs/commands.md."""
    lines = ["| command | what it does |", "|---|---|"]
    for chapter, commands in CHAPTERS.items():
        lines.append(f"| **{chapter}** | |")
        for command in commands:
            for session in command.sessions or (Session(command.name, command.summary),):
                typed = f"nox -s {session.name}" if command.sessions else f"python -m conformance {command.name}"
                lines.append(f"| `{typed}` | {session.summary} |")
    return "\n".join(lines) + "\n"
