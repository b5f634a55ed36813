"""How columns of observations lie in the page: each text once, runs of numbers as pairs, what is mostly zero as pairs.

Rendered as HTML an observation took half a kilobyte, which makes fifty megabytes of a hundred thousand; as columns, in
which neighbours repeat each other, these take a few megabytes, compressed some hundred kilobytes, and every filter
answers within a tenth of a second.
"""

from __future__ import annotations

import base64
import gzip
from collections.abc import Iterable, Sequence
from typing import Any

import msgspec

DATA_ELEMENT = '<script type="application/gzip" id="data">'


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


def packed(data: object) -> str:
    """JSON for a script element, compressed: in Base64 nothing can end the element or start a comment."""
    return base64.b64encode(gzip.compress(msgspec.json.encode(data), mtime=0)).decode()


def unpacked(page: str) -> Any:
    """The data of a rendered page, as its script reads it."""
    text = page.partition(DATA_ELEMENT)[2].partition("<")[0]
    return msgspec.json.decode(gzip.decompress(base64.b64decode(text)))
