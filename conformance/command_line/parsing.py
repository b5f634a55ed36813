"""Turns typed words into values and values into words, both by a command's declaration."""

from __future__ import annotations

import argparse
import sys
import textwrap
from collections.abc import Iterable, Iterator, Mapping, Sequence
from enum import Enum
from typing import Any

from conformance.command_line.declaration import Argument, Command, Example, Group

Arguments = argparse.Namespace

_WIDTH = 110  # columns of the help's last part, which argparse leaves as it is


def parse(command: Command, words: Sequence[str]) -> Arguments:
    """The values of a command's arguments; ends the process where the words ask for help or are not understood."""
    parsed = parser_of(command).parse_args(words)
    for argument in command.flat():
        value = getattr(parsed, argument.attribute)
        if argument.many:
            setattr(parsed, argument.attribute, tuple(value or ()))
    return parsed


def render(command: Command, values: Mapping[str, Any]) -> list[str]:
    """The words by which `parse` gives these values; an argument that is left out has its default.

    Raises:
        ValueError: the command has no such argument, or the command line cannot express a value.
    """
    declared = {argument.attribute: argument for argument in command.flat()}
    if unknown := set(values) - set(declared):
        raise ValueError(f"{command.name} has no argument {', '.join(sorted(unknown))}")
    positional: list[str] = []
    options: list[str] = []
    for attribute, argument in declared.items():
        value = values.get(attribute, argument.absent)
        if argument.is_option:
            if argument.required or value != argument.absent:
                options += _option(argument, value)
        else:
            positional += map(_word, value if argument.many else (value,))
    if "--" in positional:
        raise ValueError(f'{command.name}: no positional argument can be "--"')
    if any(word.startswith("-") for word in positional):
        return [*options, "--", *positional]
    return [*positional, *options]


def command_of(command: Command, values: Mapping[str, Any]) -> list[str]:
    """The command line of a child process that runs the command, with the Python that runs us."""
    return [sys.executable, "-m", "conformance", command.name, *render(command, values)]


def parser_of(command: Command) -> argparse.ArgumentParser:
    """The command's parser, with its help."""
    parser = argparse.ArgumentParser(
        prog=command.typed,
        description=f"{command.summary}\n\n{command.details}".strip(),
        epilog="\n".join(_epilog(command)),
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    for one in command.arguments:
        if not isinstance(one, Group):
            _add(parser, one)
            continue
        within: Any = parser
        if one.title:
            within = parser.add_argument_group(one.title, one.description or None)
        if one.exclusive:
            within = within.add_mutually_exclusive_group()
        for argument in one.arguments:
            _add(within, argument)
    return parser


def example_line(command: Command, example: Example) -> str:
    """An example, as it is typed."""
    typed = command.typed if example.arguments else command.typed.removesuffix(" --")
    return f"{typed} {example.arguments}".rstrip()


def exit_code_lines(codes: Mapping[int, str]) -> Iterator[str]:
    """Exit codes with their meaning, for the help."""
    yield "exit codes:"
    for code, meaning in codes.items():
        yield textwrap.fill(meaning, _WIDTH, initial_indent=f"  {int(code):<3}  ", subsequent_indent=" " * 7)


def columns(rows: Iterable[tuple[str, str]], widest: int = 64) -> Iterator[str]:
    """Two columns; where the first does not fit, the second begins on the next line."""
    rows = list(rows)
    width = max((len(first) for first, _ in rows if len(first) <= widest), default=0)
    for first, second in rows:
        if len(first) <= width:
            yield f"  {first:<{width}}  {second}".rstrip()
        else:
            yield from (f"  {first}", f"  {'':<{width}}  {second}".rstrip())


def _epilog(command: Command) -> Iterator[str]:
    if command.examples:
        yield "examples:"
        yield from columns((example_line(command, one), one.meaning) for one in command.examples)
        yield ""
    if command.notes:
        yield from (command.notes.strip(), "")
    yield from exit_code_lines(command.exit_codes)


def _add(parser: Any, argument: Argument) -> None:
    if argument.is_flag:
        parser.add_argument(argument.name, dest=argument.attribute, action="store_true", help=argument.help)
        return
    settings: dict[str, Any] = {"type": argument.kind, "help": argument.help}
    if argument.choices:
        settings["choices"] = argument.choices
    settings["metavar"] = argument.metavar or argument.name.upper()
    if argument.is_option:
        settings |= {"dest": argument.attribute, "required": argument.required, "default": argument.default}
        if argument.many:
            settings |= {"action": "append", "default": None}  # argparse would add to the default what is typed
        parser.add_argument(argument.name, **settings)
    else:
        if argument.many:
            settings["nargs"] = "+" if argument.required else "*"
        elif argument.optional:
            settings |= {"nargs": "?", "default": argument.default or ""}
        parser.add_argument(argument.attribute, **settings)


def _option(argument: Argument, value: Any) -> Iterator[str]:
    if argument.is_flag:
        yield argument.name
        return
    for one in value if argument.many else (value,):
        word = _word(one)
        if word.startswith("-"):  # by itself, it would be read as an option
            yield f"{argument.name}={word}"
        else:
            yield from (argument.name, word)


def _word(value: Any) -> str:
    if value is None:
        raise ValueError("no word stands for None")
    if isinstance(value, float):
        short = f"{value:g}"
        return short if float(short) == value else repr(value)
    return str(value.value if isinstance(value, Enum) else value)


def overview(commands: Iterable[Command]) -> str:
    """The help that names all commands."""
    lines = [
        "usage: python -m conformance COMMAND ...",
        "",
        'Measures whether TensorFlow Hub\'s "Model compatibility for TF1/TF2" page is true of each TensorFlow release.',
        "",
        *columns((command.name, command.summary) for command in commands),
        "",
        "`python -m conformance COMMAND --help` shows a command's options, examples and exit codes.",
    ]
    return "\n".join(lines)
