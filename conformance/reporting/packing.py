"""How columns of observations lie in the page: each text once, runs of numbers as pairs, what is mostly zero as pairs.

Rendered as HTML an observation took half a kilobyte, which makes fifty megabytes of a hundred thousand; as columns, in
which neighbours repeat each other, these take one to two megabytes, and every filter answers within a tenth of a
second.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import msgspec

_ESCAPES = {"<": "\\u003c", ">": "\\u003e", "&": "\\u0026", "\u2028": "\\u2028", "\u2029": "\\u2029"}


class Interned:
    """A table in which each value stands once; others refer to it by its number."""

    def __init__(self, *first: object) -> None:
        self._numbers: dict[object, int] = {value: number for number, value in enumerate(first)}

    def number(self, value: object) -> int:
        """The number of a value, which is added if it is new."""
        return self._numbers.setdefault(value, len(self._numbers))

    def __contains__(self, value: object) -> bool:
        return value in self._numbers

    @property
    def values(self) -> list[Any]:
        """All values by their numbers."""
        return list(self._numbers)


def runs(numbers: Sequence[int]) -> list[int]:
    """Numbers as (first, length) pairs of runs that count up by one, flat."""
    pairs: list[int] = []
    for index, number in enumerate(numbers):
        if index and number == numbers[index - 1] + 1:
            pairs[-1] += 1
        else:
            pairs += (number, 1)
    return pairs


def sparse(numbers: Iterable[int]) -> list[int]:
    """Numbers that are mostly zero as (distance from the one before, number) pairs of the others, flat."""
    pairs: list[int] = []
    before = 0
    for index, number in enumerate(numbers):
        if number:
            pairs += (index - before, number)
            before = index
    return pairs


def script_json(data: object) -> str:
    """JSON for a script element: nothing in it can end the element or start a comment, whatever the texts say."""
    text = msgspec.json.encode(data).decode()
    for character, escape in _ESCAPES.items():
        text = text.replace(character, escape)
    return text
