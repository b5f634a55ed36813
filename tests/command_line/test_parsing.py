"""What is rendered as words is parsed as the same values, whatever the values are."""

from __future__ import annotations

import contextlib
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from conformance.command_line.catalogue import COMMANDS
from conformance.command_line.declaration import Argument, Command, Group
from conformance.command_line.parsing import parse, render

WORDS = st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=8)
NOT_A_SEPARATOR = WORDS.filter(lambda word: word != "--")
KINDS: dict[Any, st.SearchStrategy[Any]] = {
    str: WORDS,
    int: st.integers(),
    float: st.floats(allow_nan=False),
    Path: NOT_A_SEPARATOR.map(Path),
}
DOUBTFUL = Command(
    "doubtful",
    "Has every sort of argument.",
    {0: "ok"},
    (
        Argument("first", "", metavar="FIRST"),
        Argument("rest", "", metavar="REST", many=True, kind=Path),
        Group((Argument("--one", ""), Argument("--other", "")), exclusive=True),
        Argument("--from", "", metavar="X", destination="start", default=""),
        Argument("--of", "", metavar="X", choices=("a", "-b"), default="a"),
        Argument("--many-floats", "", metavar="X", kind=float, many=True),
        Argument("--needed", "", metavar="X", required=True),
    ),
)


def value_of(argument: Argument) -> st.SearchStrategy[Any]:
    if argument.is_flag:
        return st.booleans()
    one = st.sampled_from(argument.choices) if argument.choices else KINDS[argument.kind]
    if not argument.is_option:
        one = one.filter(lambda value: str(value) != "--")
    if argument.many:
        return st.lists(one, min_size=int(argument.required), max_size=3).map(tuple)
    optional = argument.is_option and not argument.required and argument.default is None
    return st.none() | one if optional else one


@st.composite
def valued(draw: st.DrawFn, command: Command) -> dict[str, Any]:
    values = {argument.attribute: draw(value_of(argument)) for argument in command.flat()}
    for group in command.arguments:
        if isinstance(group, Group) and group.exclusive:
            kept = draw(st.sampled_from(group.arguments))
            values |= {argument.attribute: argument.absent for argument in group.arguments if argument != kept}
    return values


@pytest.mark.parametrize("command", [DOUBTFUL, *COMMANDS.values()], ids=lambda command: command.name)
def test_parsing_what_was_rendered_gives_the_same_values(command: Command) -> None:
    # The others have no sort of argument that the doubtful one lacks.
    @settings(max_examples=100 if command is DOUBTFUL else 5, suppress_health_check=[HealthCheck.too_slow])
    @given(valued(command))
    def check(values: dict[str, Any]) -> None:
        assert vars(parse(command, render(command, values))) == values

    check()


def test_what_is_left_out_has_its_default() -> None:
    assert render(DOUBTFUL, {"first": "x", "needed": "y"}) == ["x", "--needed", "y"]


@pytest.mark.parametrize(
    ("values", "problem"),
    [
        ({"first": "x", "needed": "y", "tird": 3}, "tird"),
        ({"first": "--", "needed": "y"}, "--"),
        ({"first": "x"}, "None"),
    ],
)
def test_what_no_words_can_say_is_an_error(values: dict[str, Any], problem: str) -> None:
    with pytest.raises(ValueError, match=problem):
        render(DOUBTFUL, values)


def test_an_option_is_not_taken_for_its_group_mate(capsys: pytest.CaptureFixture[str]) -> None:
    with contextlib.suppress(SystemExit):
        parse(DOUBTFUL, ["x", "--needed", "y", "--one", "--other"])

    assert "--one" in capsys.readouterr().err
