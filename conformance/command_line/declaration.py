"""What a command is, as data."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

import msgspec

from conformance.errors import ExitCode


class Argument(msgspec.Struct, frozen=True):
    """An option, where its name begins with "--"; or else a positional argument."""

    name: str
    help: str
    metavar: str = ""  # what stands for its value in the help; an option without one is a flag
    kind: Callable[[str], Any] = str  # makes the value of the typed word
    default: Any = None  # the value where nothing is typed; that of a flag is always False, and that of `many` is ()
    many: bool = False  # whether it takes several values, which become a tuple; an option is repeated for that
    required: bool = False
    optional: bool = False  # whether a positional argument may be left out
    choices: tuple[str, ...] = ()
    destination: str = ""  # the attribute of the parsed arguments; derived from the name by default

    @property
    def is_option(self) -> bool:
        """Whether it is typed by name."""
        return self.name.startswith("--")

    @property
    def is_flag(self) -> bool:
        """Whether it is an option without a value."""
        return self.is_option and not self.metavar

    @property
    def attribute(self) -> str:
        """Its name among the parsed arguments."""
        return self.destination or self.name.removeprefix("--").replace("-", "_")

    @property
    def absent(self) -> Any:
        """Its value where nothing is typed."""
        if self.is_flag:
            return False
        return () if self.many else self.default


class Group(msgspec.Struct, frozen=True):
    """Arguments that stand together in the help."""

    arguments: tuple[Argument, ...]
    title: str = ""
    description: str = ""
    exclusive: bool = False  # whether at most one of them may be given


class Session(msgspec.Struct, frozen=True):
    """A nox session that runs a command."""

    name: str
    summary: str
    arguments: tuple[str, ...] = ()  # what it puts before the arguments that the user types
    requirements: str = "host"  # it installs requirements/<this>.txt


class Example(msgspec.Struct, frozen=True):
    """A command line to imitate."""

    arguments: str  # what is typed after the command, as a shell reads it
    meaning: str


class Command(msgspec.Struct, frozen=True):
    """A command: `conformance/commands/<name>.py` has the `run(arguments)` that carries it out."""

    name: str
    summary: str  # one sentence, in the imperative
    exit_codes: Mapping[int, str]  # every exit code that it can end with, and what the code says
    arguments: tuple[Argument | Group, ...] = ()
    examples: tuple[Example, ...] = ()
    details: str = ""  # what the help says after the summary
    notes: str = ""  # what the help says after the examples
    in_nox: bool = True  # whether it has a nox session of its own name
    shortcuts: tuple[Session, ...] = ()  # nox sessions that run it with some arguments

    @property
    def typed(self) -> str:
        """What is typed before its arguments."""
        return f"nox -s {self.name} --" if self.in_nox else f"python -m conformance {self.name}"

    @property
    def sessions(self) -> tuple[Session, ...]:
        """Its nox sessions."""
        own = (Session(self.name, self.summary),) if self.in_nox else ()
        return own + self.shortcuts

    def flat(self) -> Iterator[Argument]:
        """Its arguments, whichever group they are in."""
        for one in self.arguments:
            yield from one.arguments if isinstance(one, Group) else (one,)


class CommandResult(msgspec.Struct, frozen=True):
    """An exit code with the document that `--json` prints; `run` of a command may give it in place of its exit code."""

    exit_code: ExitCode
    document: Any
