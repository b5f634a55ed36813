"""What a pasted text is: the entry of a known error, or that none is known, and which come nearest."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from conformance.explaining.index import Entry
from conformance.explaining.matching import NEAREST, THRESHOLD, Matcher


class Explanation(msgspec.Struct, frozen=True):
    """What is known of a text.

    Attributes:
        match: None where no entry is sure enough.
        score: how sure the first one is, 0 to 1.
        nearest: the next entries, the surest first.
    """

    match: Entry | None
    score: float
    nearest: tuple[Entry, ...]


class Explainer:
    """Explains texts by an index."""

    def __init__(self, entries: Sequence[Entry]) -> None:
        self._entries = entries
        self._matcher = Matcher([entry.text for entry in entries])

    def explain(self, text: str) -> Explanation:
        """What the text is."""
        found = self._matcher.scores(text)
        score = found[0].score if found else 0.0
        known = score >= THRESHOLD
        nearest = found[int(known) : int(known) + NEAREST]
        return Explanation(
            match=self._entries[found[0].number] if known else None,
            score=score,
            nearest=tuple(self._entries[one.number] for one in nearest),
        )
