"""Which known error a text is: the one whose words it shares, where rare words and pairs of words say more than others.

Neither all words of the text need be known (a log or a traceback stands around it) nor all of the known error be in the
text (people paste a line of it): the larger share decides. Weights are whole numbers, so that `matching.js` comes to
the very same scores.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import pairwise

import msgspec

from conformance.explaining import texts

THRESHOLD = 0.62  # from this score on, an error is known; tests/explaining states how often that is right
NEAREST = 3  # how many are named where none is
ENOUGH = 5  # rare features that have to be shared; what shares less is less sure in proportion
LARGER, SMALLER = 0.9, 0.1  # how much the larger and the smaller share count
EARLIER = 0.9  # how sure the texts of errors are that led to another, beside that other


class Features:
    """What is compared of a text: its words, each two that follow each other, and the names in quotes, once each."""

    def __init__(self, words: Sequence[str], names: Sequence[str]) -> None:
        pairs = (f"{one} {other}" for one, other in pairwise(words))
        self.all = tuple(dict.fromkeys([*words, *pairs, *names]))

    @classmethod
    def of(cls, text: str) -> Features:
        """Those of a known text."""
        compared = texts.comparable(texts.steady(text))
        return cls(texts.words(compared), texts.names(compared))


class Weights:
    """How much a feature says: the fewer known texts have it, the more."""

    def __init__(self, known: Sequence[Features]) -> None:
        self._known = len(known)
        self.most = len(known).bit_length()  # what a feature weighs that one of them has, or none
        self.having: dict[str, list[int]] = {}
        for number, mine in enumerate(known):
            for feature in mine.all:
                self.having.setdefault(feature, []).append(number)

    def of(self, feature: str) -> int:
        """The weight of one."""
        return (self._known // max(1, len(self.having.get(feature, ())))).bit_length()

    def total(self, features: Features) -> int:
        """The weight of all of a text's features."""
        return sum(map(self.of, features.all))


class Score(msgspec.Struct, frozen=True):
    """How sure it is (0 to 1) that a text is the known error of that number."""

    number: int
    score: float


class Matcher:
    """Compares texts with known ones."""

    def __init__(self, known: Sequence[str]) -> None:
        features = [Features.of(text) for text in known]
        self._weights = Weights(features)
        self._sizes = [self._weights.total(mine) for mine in features]

    def scores(self, text: str) -> list[Score]:
        """The known errors that share something with the text, the surest first."""
        best: dict[int, float] = {}
        for part in texts.parts(texts.steady(text)):
            for number, score in self._scores_of_part(texts.comparable(part.text)):
                best[number] = max(score if part.last else score * EARLIER, best.get(number, 0.0))
        return [Score(number, score) for number, score in sorted(best.items(), key=lambda one: (-one[1], one[0]))]

    def _scores_of_part(self, part: str) -> Iterable[tuple[int, float]]:
        features = Features(self._mended(part), texts.names(part))
        shared: dict[int, int] = {}
        for feature in features.all:
            for number in self._weights.having.get(feature, ()):
                shared[number] = shared.get(number, 0) + self._weights.of(feature)
        size = self._weights.total(features)
        enough = ENOUGH * self._weights.most
        for number, weight in shared.items():
            of_text, of_known = weight / size, weight / self._sizes[number]
            share = LARGER * max(of_text, of_known) + SMALLER * min(of_text, of_known)
            yield number, share * min(1.0, weight / enough)

    def _mended(self, part: str) -> list[str]:
        """The words of a part, those put together again that a narrow window broke in two."""
        mended: list[str] = []
        known = self._weights.having
        for line in part.split("\n"):
            found = texts.words(line)
            if mended and found:
                joined = mended[-1] + found[0]
                if joined in known and (mended[-1] not in known or found[0] not in known):
                    mended[-1] = joined
                    del found[0]
            mended += found
        return mended
