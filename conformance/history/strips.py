"""Lines made ready to be shown: those that say the same together, each as a strip and in words."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta

import msgspec

from conformance.history.lines import Line, Mark, Spell
from conformance.reporting.legend import STATES, state_words
from conformance.words import Standing

SCALE = 1000  # of a strip's whole width
_SHOWN = 40  # spells of a strip: more cannot be told apart on a phone


class Piece(msgspec.Struct, frozen=True):
    """A spell as drawn; without a mark, a time in which nothing was observed.

    Attributes:
        width: in parts of `SCALE`.
        words: of the spell.
    """

    width: int
    mark: Mark | None = None
    words: str = ""


class Told(msgspec.Struct, frozen=True):
    """Lines of one claim, in one way and standing, that say the same at the same times."""

    way: str
    standing: Standing
    spells: tuple[Spell, ...]
    cells: tuple[str, ...]

    @property
    def changed(self) -> bool:
        """Whether it ever said something else."""
        return len(self.spells) > 1

    @property
    def words(self) -> tuple[str, ...]:
        """What it says, the latest first."""
        return tuple(told_spell(spell) for spell in reversed(self.spells))

    def pieces(self, first: datetime, last: datetime) -> tuple[Piece, ...]:
        """The strip from the history's first run to its last; of very many spells the latest."""
        shown = self.spells[-_SHOWN:]
        borders = [spell.first for spell in shown] + [shown[-1].last]
        whole = (last - first) or timedelta(seconds=1)

        def width(begin: datetime, end: datetime) -> int:
            return round(SCALE * ((end - begin) / whole))

        drawn = [
            Piece(max(1, width(begin, end)), spell.mark, told_spell(spell))
            for spell, begin, end in zip(shown, borders, borders[1:], strict=False)
        ]
        gaps = Piece(width(first, borders[0])), Piece(width(borders[-1], last))
        return tuple(piece for piece in (gaps[0], *drawn, gaps[1]) if piece.width)


def told_together(lines: Iterable[Line]) -> dict[str, tuple[Told, ...]]:
    """The lines by claim: literal before implied, and what changed before what never did."""
    groups: dict[tuple[str, str, Standing, tuple[Spell, ...]], list[str]] = {}
    for line in lines:
        subject = line.subject
        groups.setdefault((subject.claim, subject.way, subject.standing, line.spells), []).append(line.cell)
    told: dict[str, list[Told]] = {}
    for (claim, way, standing, spells), cells in groups.items():
        told.setdefault(claim, []).append(Told(way, standing, spells, tuple(cells)))
    return {claim: tuple(sorted(of_claim, key=_order)) for claim, of_claim in told.items()}


def told_spell(spell: Spell) -> str:
    """A spell in words: "agrees, 2026-01-05 to 2026-03-03 (58 runs)"."""
    mark = spell.mark
    first, last = f"{spell.first:%Y-%m-%d}", f"{spell.last:%Y-%m-%d}"
    when = first if first == last else f"{first} to {last}"
    runs = f"{spell.observed} run{'' if spell.observed == 1 else 's'}"
    return f"{state_words(mark.state, mark.qualifier, mark.expected, mark.level)}, {when} ({runs})"


def glyph(mark: Mark) -> str:
    """The glyph of a mark."""
    return STATES[mark.state].glyph


def _order(told: Told) -> tuple[bool, bool, str]:
    return told.standing is not Standing.LITERAL, not told.changed, told.way
