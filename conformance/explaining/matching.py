"""Which known error a text is: the one whose words it shares, where rare words and pairs of words say more than others.

Neither all words of the text need be known (a log or a traceback stands around it) nor all of the known error be in the
text (people paste a line of it): the larger share decides. Where a text begins with the class of an error, it has to
begin as the known one does. What a word weighs is bounded, so that scores mean the same whatever the size of the index.
Weights are whole numbers, so that `matching.js` comes to the very same scores.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import pairwise

import msgspec

from conformance.explaining import texts

THRESHOLD = 0.62  # from this score on, an error is known; tests/explaining states how often that is right
WORD_FOR_WORD = 0.95  # from this score on, a text is the known one or nearly so
NEAREST = 3  # how many are named where none is
MOST = 6  # what a feature weighs at most: one that at most one of 32 known texts has
FEWEST = 64  # known texts, in whose number what they have in common is counted; in a smaller index all words are rare
ENOUGH = 5 * MOST  # the weight that has to be shared; what shares less is less sure in proportion
LARGER = 0.9  # how much the larger share counts, the smaller one taking the rest
EVEN = 0.35  # how much the known text's share counts where that is nothing but a few words, which stand in many texts
ROOMY = 100  # the weight of a known text that is more than a few words
EARLIER = 0.9  # how sure the texts of errors are that led to another, beside that other
AROUND = 0.7  # how sure all of a text is, classes of errors and what stands before them included
CUT = 0.97  # how sure the first line of an error's text is, beside all of it
OTHER_BEGINNING = 0.65  # how sure a text is that begins otherwise than the known one
SAME_BEGINNING = 0.5  # of the weight of a known text's beginning that has to be shared
SHORT_KNOWN = 80  # the weight of a known text that is known by its class as well
OTHER_CLASS = 0.7  # how sure a text is whose class such a known one was never raised with
OTHER_NAMES = 0.82  # how sure a text is that has another name in quotes in the place of one of the known headline's
OTHER_OP = 0.6  # how sure a text is that names the op which the user called, and no function of a model


class Features:
    """What is compared of a text: its words, each two that follow each other, and the names in quotes, once each."""

    def __init__(self, words: Sequence[str], names: Sequence[str] = ()) -> None:
        pairs = [f"{one} {other}" for one, other in pairwise(words)]
        self.all = tuple(dict.fromkeys([*words, *pairs, *names]))

    @classmethod
    def of(cls, compared: str) -> Features:
        """Those of a comparable text."""
        return cls(texts.words(compared), texts.names(compared))


class Weights:
    """How much a feature says: the fewer known texts have it, the more, up to `MOST`."""

    def __init__(self, known: Sequence[Features]) -> None:
        self._known = max(FEWEST, len(known))
        self.having: dict[str, list[int]] = {}
        for number, mine in enumerate(known):
            for feature in mine.all:
                self.having.setdefault(feature, []).append(number)

    def of(self, feature: str) -> int:
        """The weight of one."""
        return min(MOST, (self._known // max(1, len(self.having.get(feature, ())))).bit_length())

    def total(self, features: Iterable[str]) -> int:
        """The weight of several."""
        return sum(map(self.of, features))


class Score(msgspec.Struct, frozen=True):
    """How sure it is (0 to 1) that a text is the known error of that number; whether it quotes other names."""

    number: int
    score: float
    other_names: bool = False


class Matcher:
    """Compares texts with known ones, each of which is compared as a whole and by its headline."""

    def __init__(self, known: Sequence[str], classes: Sequence[Iterable[str]] = ()) -> None:
        """Args: classes: with which each was raised, as far as that is known."""
        self._classes = [frozenset(one.rpartition(".")[2] for one in some) for some in classes]
        compared = [texts.comparable(texts.steady(text)) for text in known]
        whole = [Features.of(text) for text in compared]
        headlines = [Features.of(texts.headline(text)) for text in compared]
        self._weights = Weights(whole)
        self._sizes = [
            (self._weights.total(one.all), self._weights.total(headline.all))
            for one, headline in zip(whole, headlines, strict=True)
        ]
        self._in_headline = [frozenset(headline.all) for headline in headlines]
        self._names = [frozenset(texts.names(texts.headline(text))) for text in compared]
        self._beginnings = [Features(texts.beginning(text)).all for text in compared]

    def scores(self, text: str) -> list[Score]:
        """The known errors that share something with the text, the surest first."""
        best: dict[int, Score] = {}
        parts = texts.parts(texts.steady(text))
        for part in parts:
            sure = (1.0 if part.last else EARLIER) * (CUT if part.cut else 1.0)
            if texts.names_op(part.text):
                sure *= OTHER_OP
            if part.around:
                sure *= AROUND
            for found in self._scores_of_part(texts.comparable(part.text), part.begins, sure):
                if found.number not in best or found.score > best[found.number].score:
                    best[found.number] = found
        return sorted(best.values(), key=lambda one: (-one.score, one.number))

    def _scores_of_part(self, part: str, begins: bool, sure: float) -> Iterable[Score]:
        words, names = self._rejoined(part), texts.names(part)
        features = Features(words, names)
        shared: dict[int, list[int]] = {}  # known text -> the weight that it shares as a whole, and with its headline
        for feature in features.all:
            weight = self._weights.of(feature)
            for number in self._weights.having.get(feature, ()):
                both = shared.setdefault(number, [0, 0])
                both[0] += weight
                both[1] += weight if feature in self._in_headline[number] else 0
        size = self._weights.total(features.all)
        beginning = frozenset(Features(words[: texts.WITHIN]).all) if begins else None
        named = texts.class_of(part) if begins else ""
        for number, both in shared.items():
            score = max(_share(common, size, of) for common, of in zip(both, self._sizes[number], strict=True))
            if beginning is not None and not self._begins_alike(number, beginning):
                score *= OTHER_BEGINNING
            if self._is_of_another_class(number, named):
                score *= OTHER_CLASS
            others = bool(self._names[number].difference(names)) and not self._names[number].issuperset(names)
            yield Score(number, score * sure * (OTHER_NAMES if others else 1.0), others)

    def _begins_alike(self, number: int, beginning: frozenset[str]) -> bool:
        known = self._beginnings[number]
        common = self._weights.total(feature for feature in known if feature in beginning)
        return common >= SAME_BEGINNING * self._weights.total(known)

    def _is_of_another_class(self, number: int, named: str) -> bool:
        short = self._sizes[number][0] < SHORT_KNOWN
        return short and bool(named) and bool(self._classes) and named not in self._classes[number]

    def _rejoined(self, part: str) -> list[str]:
        """The words of a part, those put together again that a narrow window broke in two."""
        rejoined: list[str] = []
        known = self._weights.having
        for line in part.split("\n"):
            found = texts.words(line)
            if rejoined and found:
                joined = rejoined[-1] + found[0]
                if joined in known and (rejoined[-1] not in known or found[0] not in known):
                    rejoined[-1] = joined
                    del found[0]
            rejoined += found
        return rejoined


def _share(common: int, size: int, of_known: int) -> float:
    """How sure a weight in common is, of a text and of a known one that weigh so much."""
    if not common:
        return 0.0
    of_text, of_known_text = common / size, common / of_known
    larger = LARGER
    if of_known_text > of_text:
        larger = EVEN + (LARGER - EVEN) * min(1.0, of_known / ROOMY)
    both = (of_text, of_known_text)
    return (larger * max(both) + (1 - larger) * min(both)) * min(1.0, common / ENOUGH)
