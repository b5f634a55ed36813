"""The search itself: where in a row of things the answer changes, though some of them cannot be asked."""

from __future__ import annotations

from collections.abc import Callable
from enum import Enum, auto


class Side(Enum):
    """What asking one of them gave."""

    AS_BEFORE = auto()  # as the first of the row
    CHANGED = auto()
    UNKNOWN = auto()  # it cannot be asked: a gap


def first_change(last: int, ask: Callable[[int], Side]) -> tuple[int, int]:
    """The neighbours between which the answer changes: the last as before, and the first changed.

    Place 0 is known to be as before, and `last` to have changed. Where a place cannot be asked, those beside it are;
    between the two that are returned there is nothing left to ask, at most gaps. Halving what is left to be asked,
    rather than the distance, keeps gaps from costing more than the asking itself: at most `most_answers(last)` answers.
    """
    before, after = 0, last
    left = list(range(1, last))
    while left:
        chosen = left[len(left) // 2]
        match ask(chosen):
            case Side.UNKNOWN:
                left.remove(chosen)
            case Side.AS_BEFORE:
                before = chosen
                left = [place for place in left if place > chosen]
            case Side.CHANGED:
                after = chosen
                left = [place for place in left if place < chosen]
    return before, after


def most_answers(last: int) -> int:
    """How many places between 0 and `last` may have to give an answer (gaps not counted)."""
    return max(0, last - 1).bit_length()
