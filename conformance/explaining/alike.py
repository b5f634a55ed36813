"""Puts texts together that are the same error but for names that vary with the model or the layer."""

from __future__ import annotations

from collections.abc import Sequence

from conformance.explaining.matching import Features, Weights

_ALIKE = 0.8  # of the weight of both texts together that has to be shared


def groups_of_alike(known: Sequence[str]) -> list[list[int]]:
    """The numbers of the texts in groups; the others of a group resemble its first."""
    features = [Features.of(text) for text in known]
    weights = Weights(features)
    groups: list[list[int]] = []
    first_having: dict[str, list[int]] = {}  # feature -> groups whose first text has it
    for number, mine in enumerate(features):
        group = _most_alike(mine, features, groups, first_having, weights)
        if group is None:
            for feature in mine.all:
                first_having.setdefault(feature, []).append(len(groups))
            groups.append([number])
        else:
            groups[group].append(number)
    return groups


def _most_alike(
    mine: Features,
    features: Sequence[Features],
    groups: Sequence[Sequence[int]],
    first_having: dict[str, list[int]],
    weights: Weights,
) -> int | None:
    shared: dict[int, int] = {}
    for feature in mine.all:
        for group in first_having.get(feature, ()):
            shared[group] = shared.get(group, 0) + weights.of(feature)
    size = weights.total(mine)
    for group, weight in sorted(shared.items(), key=lambda item: (-item[1], item[0])):
        both = size + weights.total(features[groups[group][0]]) - weight
        if weight >= _ALIKE * both:
            return group
    return None
