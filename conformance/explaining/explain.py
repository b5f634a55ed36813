"""What a pasted text is: the entry of a known error, or that none is known, and which come nearest."""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum

import msgspec

from conformance.explaining import texts
from conformance.explaining.index import Entry
from conformance.explaining.matching import NEAREST, THRESHOLD, WORD_FOR_WORD, Matcher, Score

HUB, PIP = ("tensorflow_hub",), ("pip",)  # the only package that raises an error
FEW_WORDS = 7  # of a headline, its class included: in fewer, others say the same


class Doubt(StrEnum):
    """Why a text may still be another error than the one that it reads like."""

    NONE = ""
    OTHER_NAMES = "other names"
    COMMON = "common"


class Explanation(msgspec.Struct, frozen=True):
    """What is known of a text.

    Attributes:
        match: None where no entry is sure enough.
        doubt: what speaks against the match.
        score: how sure the first one is, 0 to 1.
        nearest: the next entries, the surest first.
    """

    match: Entry | None
    doubt: Doubt
    score: float
    nearest: tuple[Entry, ...]


class Explainer:
    """Explains texts by an index."""

    def __init__(self, entries: Sequence[Entry]) -> None:
        self._entries = entries
        self._matcher = Matcher([entry.text for entry in entries], [entry.classes for entry in entries])

    def explain(self, text: str) -> Explanation:
        """What the text is."""
        found = sorted(self._matcher.scores(text), key=self._is_of_another_name)
        score = found[0].score if found else 0.0
        likely = self._entries[found[0].number] if score >= THRESHOLD else None
        doubt = _doubt(likely, text, found[0].other_names) if likely else Doubt.NONE
        known = likely is not None and not _is_another(likely, text, doubt, score)
        nearest = found[int(known) : int(known) + NEAREST]
        return Explanation(
            match=likely if known else None,
            doubt=doubt if known else Doubt.NONE,
            score=score,
            nearest=tuple(self._entries[one.number] for one in nearest),
        )

    def _is_of_another_name(self, one: Score) -> bool:
        """Whether it is known by a name that the text has not: of a package to be pinned, or of an op.

        Nothing that is known of the one is true of another; what a probe met may be.
        """
        return one.other_names and not self._entries[one.number].probes


def _is_of_hub(entry: Entry, text: str) -> bool:
    """Whether a text is about TF Hub and its models: it says so, or nothing else raises what it says."""
    raised_by_hub = entry.origins == HUB and len(texts.words(_headline(entry))) >= FEW_WORDS
    return raised_by_hub or texts.speaks_of_hub(text)


def _is_another(entry: Entry, text: str, doubt: Doubt, score: float) -> bool:
    """Whether too little speaks for it: other names, or few words, and nothing of hub; no TensorFlow for pip."""
    if doubt is Doubt.OTHER_NAMES:
        return not entry.probes or (_says_little(entry) and not _is_of_hub(entry, text))
    if doubt is Doubt.COMMON:
        return _says_little(entry) and score < WORD_FOR_WORD
    return entry.origins == PIP and not texts.speaks_of_tensorflow(text)


def _says_little(entry: Entry) -> bool:
    """Whether its few words mean something else in every program, unless it is tensorflow_hub that says them."""
    return entry.origins != HUB and len(texts.words(_headline(entry))) <= FEW_WORDS


def _headline(entry: Entry) -> str:
    return texts.headline(texts.comparable(texts.steady(entry.text)))


def _doubt(entry: Entry, text: str, other_names: bool) -> Doubt:
    if other_names:
        return Doubt.OTHER_NAMES
    of_an_installation = bool(entry.pin) or entry.origins == PIP
    return Doubt.NONE if of_an_installation or _is_of_hub(entry, text) else Doubt.COMMON
