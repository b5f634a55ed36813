"""Puts texts together that are the same error but for what varies with the model, the layer or the inputs."""

from __future__ import annotations

from collections.abc import Sequence

from conformance.explaining import texts
from conformance.explaining.matching import Features, Weights

# Of a headline without its class: "object is not callable" is another error than "object is not subscriptable".
_FEW_WORDS = 6
_ALIKE = 0.65  # of the weight of two texts together that has to be shared, or of their headlines


class _Compared:
    """What two texts are compared by: all of them, or their headlines; the names in these have to be the same."""

    def __init__(self, known: str) -> None:
        text = texts.comparable(texts.steady(known))
        headline = texts.headline(text)
        self.whole = Features.of(text)
        self.words = texts.words(headline)[texts.words_of_class(text) :]
        self.headline = Features(self.words).all
        self.names = frozenset(texts.names(headline))

    def may_be(self, other: _Compared) -> bool:
        """Whether nothing speaks against their being one error: other names, or of few words another last one."""
        few = 0 < min(len(self.words), len(other.words)) <= _FEW_WORDS
        ends = {words[-1] for words in (self.words, other.words) if words and words[-1].isalpha()}
        return self.names == other.names and not (few and len(ends) == 2)


class _Groups:
    """The groups so far: which of them have a feature in their first text, and what that weighs."""

    def __init__(self, weights: Weights) -> None:
        self._weights = weights
        self._having: dict[str, list[int]] = {}
        self._sizes: list[int] = []

    def add(self, features: Sequence[str]) -> None:
        """Begins another group with a text of these features."""
        for feature in features:
            self._having.setdefault(feature, []).append(len(self._sizes))
        self._sizes.append(self._weights.total(features))

    def likeness(self, features: Sequence[str]) -> dict[int, float]:
        """How much each group's first text resembles one of these features, 0 to 1."""
        shared: dict[int, int] = {}
        for feature in features:
            for group in self._having.get(feature, ()):
                shared[group] = shared.get(group, 0) + self._weights.of(feature)
        size = self._weights.total(features)
        return {group: weight / (size + self._sizes[group] - weight) for group, weight in shared.items()}


def groups_of_alike(known: Sequence[str]) -> list[list[int]]:
    """The numbers of the texts in groups; the others of a group resemble its first."""
    compared = [_Compared(text) for text in known]
    weights = Weights([one.whole for one in compared])
    wholes, headlines = _Groups(weights), _Groups(weights)
    groups: list[list[int]] = []
    for number, mine in enumerate(compared):
        likeness = wholes.likeness(mine.whole.all)
        for group, of_headline in headlines.likeness(mine.headline).items():
            likeness[group] = max(of_headline, likeness.get(group, 0.0))
        alike = (
            (-share, group)
            for group, share in likeness.items()
            if share >= _ALIKE and compared[groups[group][0]].may_be(mine)
        )
        if best := min(alike, default=None):
            groups[best[1]].append(number)
            continue
        wholes.add(mine.whole.all)
        headlines.add(mine.headline)
        groups.append([number])
    return groups
