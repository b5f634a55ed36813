"""A claim's line: what one cell said about it, run after run, as intervals that say the same."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime

import msgspec

from conformance.words import Level, Standing, Verdict


class LineSubject(msgspec.Struct, frozen=True, order=True):
    """What a line is about."""

    claim: str
    way: str
    standing: Standing


class LineMark(msgspec.Struct, frozen=True):
    """What one run says; without a verdict, that its evidence is missing."""

    verdict: Verdict | None
    qualifier: str
    expected: bool
    level: Level


class LineInterval(msgspec.Struct, frozen=True):
    """Neighbouring runs that say the same.

    Attributes:
        first, last: when the first and the last of them ended.
        observed: how many they are.
    """

    mark: LineMark
    first: datetime
    last: datetime
    observed: int


class Line(msgspec.Struct, frozen=True):
    """All that a cell said about a subject; never empty."""

    subject: LineSubject
    cell: str
    intervals: tuple[LineInterval, ...]


class Lines:
    """The lines, while they are drawn."""

    def __init__(self) -> None:
        self._cells: dict[str, list[_Stretch]] = {}

    def add(self, cell: str, marks: Mapping[LineSubject, LineMark], when: datetime, *, complete: bool) -> None:
        """Adds what a cell said in the run that ended `when`, which must be none earlier than those before it.

        Where it is not complete, a claim that it said something about before, and now does not, is missing.
        """
        stretches = self._cells.setdefault(cell, [])
        if stretches and stretches[-1].marks is marks and stretches[-1].complete is complete:
            stretches[-1].last = when
            stretches[-1].observed += 1
        else:
            stretches.append(_Stretch(marks, complete, when, when))

    def drawn(self) -> tuple[Line, ...]:
        """The lines so far."""
        return tuple(
            Line(subject, cell, tuple(intervals))
            for cell, stretches in self._cells.items()
            for subject, intervals in _intervals(stretches).items()
        )


class _Stretch(msgspec.Struct):
    """Neighbouring runs in which a cell said the same about everything."""

    marks: Mapping[LineSubject, LineMark]
    complete: bool
    first: datetime
    last: datetime
    observed: int = 1


def _intervals(stretches: Iterable[_Stretch]) -> dict[LineSubject, list[LineInterval]]:
    found: dict[LineSubject, list[LineInterval]] = {}
    for stretch in stretches:
        marks = dict(stretch.marks)
        if not stretch.complete:
            lacking = found.keys() - marks.keys()
            marks |= {subject: LineMark(None, "", False, found[subject][-1].mark.level) for subject in lacking}
        for subject, mark in marks.items():
            intervals = found.setdefault(subject, [])
            if intervals and intervals[-1].mark == mark:
                before = intervals.pop()
                intervals.append(LineInterval(mark, before.first, stretch.last, before.observed + stretch.observed))
            else:
                intervals.append(LineInterval(mark, stretch.first, stretch.last, stretch.observed))
    return found
