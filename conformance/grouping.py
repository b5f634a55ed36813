"""Puts rows together: all those of one key, or neighbours that belong together."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable
from typing import TypeVar

_Key = TypeVar("_Key", bound=Hashable)
_Item = TypeVar("_Item")


def grouped(pairs: Iterable[tuple[_Key, _Item]]) -> dict[_Key, list[_Item]]:
    """Key -> its items, both in the order in which they come."""
    groups: dict[_Key, list[_Item]] = {}
    for key, item in pairs:
        groups.setdefault(key, []).append(item)
    return groups


def neighbours(items: Iterable[_Item], belong: Callable[[_Item, _Item], bool]) -> list[list[_Item]]:
    """Splits a row of items: each stands with the one before it where the two `belong` together."""
    runs: list[list[_Item]] = []
    for item in items:
        if runs and belong(runs[-1][-1], item):
            runs[-1].append(item)
        else:
            runs.append([item])
    return runs
