"""Lines made ready to be shown: those that say the same together, each as a strip and in words."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta

import msgspec

from conformance.grouping import grouped
from conformance.history.lines import Line, LineInterval, LineMark
from conformance.plain_text import counted
from conformance.reporting.legend import STATES, state_words
from conformance.reporting.timeline import MarkState
from conformance.words import Standing

SCALE = 1000  # of a strip's whole width
_SHOWN = 40  # intervals of a strip: more cannot be distinguished on a phone


class Piece(msgspec.Struct, frozen=True):
    """An interval as drawn; without a mark, a time in which nothing was observed.

    Attributes:
        width: in parts of `SCALE`.
        words: of the interval.
    """

    width: int
    mark: LineMark | None = None
    words: str = ""

    @property
    def state(self) -> MarkState:
        """What it is drawn as."""
        return state_of(self.mark) if self.mark else MarkState.NONE

    @property
    def surprising(self) -> bool:
        """Whether it deviates from the page and nobody forecast it."""
        deviates = self.state in (MarkState.CONTRADICTS, MarkState.EXCEEDS)
        return self.mark is not None and not self.mark.expected and deviates


class LineGroup(msgspec.Struct, frozen=True):
    """Lines of one claim, in one way and standing, that say the same at the same times."""

    way: str
    standing: Standing
    intervals: tuple[LineInterval, ...]
    cells: tuple[str, ...]

    @property
    def changed(self) -> bool:
        """Whether it ever said something else."""
        return len(self.intervals) > 1

    @property
    def words(self) -> tuple[str, ...]:
        """What it says, the latest first."""
        return tuple(describe_interval(interval) for interval in reversed(self.intervals))

    def pieces(self, first: datetime, last: datetime) -> tuple[Piece, ...]:
        """The strip from the history's first run to its last; of very many intervals the latest."""
        shown = self.intervals[-_SHOWN:]
        borders = [interval.first for interval in shown] + [shown[-1].last]
        whole = (last - first) or timedelta(seconds=1)

        def width(begin: datetime, end: datetime) -> int:
            return round(SCALE * ((end - begin) / whole))

        drawn = [
            Piece(max(1, width(begin, end)), interval.mark, describe_interval(interval))
            for interval, begin, end in zip(shown, borders, borders[1:], strict=False)
        ]
        gaps = Piece(width(first, borders[0])), Piece(width(borders[-1], last))
        return tuple(piece for piece in (gaps[0], *drawn, gaps[1]) if piece.width)


def group_lines(lines: Iterable[Line]) -> dict[str, tuple[LineGroup, ...]]:
    """The lines by claim: literal before implied, and what changed before what never did."""
    groups = grouped(((line.subject, line.intervals), line.cell) for line in lines)
    found = grouped(
        (subject.claim, LineGroup(subject.way, subject.standing, intervals, tuple(cells)))
        for (subject, intervals), cells in groups.items()
    )
    return {claim: tuple(sorted(of_claim, key=_order)) for claim, of_claim in found.items()}


def describe_interval(interval: LineInterval) -> str:
    """An interval in words: "agrees, 2026-01-05 to 2026-03-03 (58 runs)"."""
    mark = interval.mark
    first, last = f"{interval.first:%Y-%m-%d}", f"{interval.last:%Y-%m-%d}"
    when = first if first == last else f"{first} to {last}"
    runs = counted(interval.observed, "run")
    return f"{state_words(state_of(mark), mark.qualifier, mark.expected, mark.level)}, {when} ({runs})"


def state_of(mark: LineMark) -> MarkState:
    """What a mark is drawn as."""
    return MarkState(mark.verdict.value) if mark.verdict else MarkState.MISSING


def glyph(mark: LineMark) -> str:
    """The glyph of a mark."""
    return STATES[state_of(mark)].glyph


def _order(group: LineGroup) -> tuple[bool, bool, str]:
    return group.standing is not Standing.LITERAL, not group.changed, group.way
