"""Finds the part that causes a change with hybrids: the last good with some parts taken from the first bad; pure.

A part is guilty where two environments that differ in nothing else have the two outcomes. The first to look at is the
last good itself with one part swapped. But parts need each other (a TensorFlow its Keras, or a Python it has wheels
for), so that many a hybrid does not import: then those parts that change nothing are swapped for good, one after the
other, until the others fit.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence

import msgspec

from conformance.bisecting.environment_tester import Attempt
from conformance.bisecting.hybrids import EnvironmentPart, named
from conformance.bisecting.question import Finding
from conformance.words import Word


class Effect(Word):
    """What the last good is like once some of its parts are those of the first bad."""

    AS_GOOD = "as the last good"
    AS_BAD = "as the first bad"
    OTHER = "another outcome"  # neither: the hybrid fails for a reason of its own
    NOT_TRIED = "not tried"  # it cannot be installed or imported


class PartSwap(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The parts taken from the first bad, and what came of it."""

    parts: tuple[EnvironmentPart, ...]
    effect: Effect
    attempt: Attempt

    @property
    def is_conclusive(self) -> bool:
        """Whether anything about the parts follows from it."""
        return self.effect in (Effect.AS_GOOD, Effect.AS_BAD)

    @property
    def why_inconclusive(self) -> str:
        """Why nothing about the parts follows from it, in a sentence."""
        if self.attempt.finding is None:
            return self.attempt.gap
        return f"with it the outcome is yet another, {self.attempt.finding} ({self.attempt.finding.error})."


class Guilt(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Which parts cause the change.

    Attributes:
        guilty: the parts; empty where that cannot be determined.
        together: whether it takes all of them.
        why: what that follows from, in sentences.
    """

    guilty: tuple[EnvironmentPart, ...]
    together: bool
    why: str


Ask = Callable[[Collection[EnvironmentPart]], PartSwap]


def effect_of(attempt: Attempt, good: Finding, bad: Finding) -> Effect:
    """What a hybrid is like; the same outcome for another reason is not the same."""
    found = attempt.finding
    if found is None:
        return Effect.NOT_TRIED
    if found.is_like(bad):
        return Effect.AS_BAD
    return Effect.AS_GOOD if found.is_like(good) else Effect.OTHER


def most_swaps(parts: int) -> int:
    """How many hybrids `find_guilt` may ask for, where so many parts differ."""
    return parts * (parts + 1) // 2 + parts if parts > 1 else 0


def find_guilt(parts: Sequence[EnvironmentPart], ask: Ask) -> Guilt:
    """Which parts cause the change, where only `parts` differ; `ask` tries a hybrid, perhaps twice the same."""
    if not parts:
        return Guilt((), together=False, why="Their locks are the same; what differs is how the cell is set up.")
    if len(parts) == 1:
        return Guilt(tuple(parts), together=False, why=f"Nothing but {named(parts)} differs.")
    alone: dict[EnvironmentPart, PartSwap] = {}
    for part in parts:
        alone[part] = ask([part])
        if alone[part].effect is Effect.AS_BAD and _without(part, parts, ask).effect is Effect.AS_GOOD:
            break  # no other part can break it: all of them together do not
    if guilty := [part for part in alone if alone[part].effect is Effect.AS_BAD]:
        each = " (each of them)" if len(guilty) > 1 else ""
        back = [_taken_out(part, parts, ask) for part in guilty]
        return Guilt(tuple(guilty), False, " ".join([f"{named(guilty)} alone{each} breaks the last good.", *back]))
    kept: list[EnvironmentPart] = []
    left = sorted(parts, key=lambda part: alone[part].effect is not Effect.AS_GOOD)
    while len(left) > 1:
        chosen = next((part for part in left if ask([*kept, part]).is_conclusive), None)
        if chosen is None:
            return Guilt((), together=False, why=_undecided(left, kept, ask))
        left.remove(chosen)
        if ask([*kept, chosen]).effect is Effect.AS_BAD:
            return _in_company(chosen, kept, parts, alone, ask)
        kept.append(chosen)
    return _in_company(left[0], kept, parts, alone, ask)


def _in_company(
    part: EnvironmentPart,
    kept: Sequence[EnvironmentPart],
    parts: Sequence[EnvironmentPart],
    alone: dict[EnvironmentPart, PartSwap],
    ask: Ask,
) -> Guilt:
    """The guilt of a part that breaks it where `kept`, which do not, have been swapped already."""
    if alone[part].effect is not Effect.AS_GOOD:
        why = (
            f"With {named(kept)} of the first bad it still is as in the last good, with {named([part])} as well as in"
            f" the first bad. {named([part])} alone could not be seen: {alone[part].why_inconclusive}"
        )
        return Guilt((part,), together=False, why=f"{why} {_taken_out(part, parts, ask)}")
    company, needed, unclear = list(kept), [part], list[str]()
    for one in kept:
        without = ask([part, *(other for other in company if other is not one)])
        if without.effect is Effect.AS_BAD:
            company.remove(one)
        elif without.effect is Effect.AS_GOOD:
            needed.append(one)
        else:
            unclear.append(f"Whether it takes {named([one])} could not be seen: {without.why_inconclusive}")
    guilty = tuple(one for one in parts if one in needed)
    sentence = f"{named([part])} alone does not break it, only with {named(company)} of the first bad."
    return Guilt(guilty, together=True, why=" ".join([sentence, *unclear]))


def _without(part: EnvironmentPart, parts: Sequence[EnvironmentPart], ask: Ask) -> PartSwap:
    return ask([other for other in parts if other is not part])


def _taken_out(part: EnvironmentPart, parts: Sequence[EnvironmentPart], ask: Ask) -> str:
    swap = _without(part, parts, ask)
    match swap.effect:
        case Effect.AS_GOOD:
            return f"Taking {named([part])} out of the first bad fixes it."
        case Effect.AS_BAD:
            return f"Taking {named([part])} out of the first bad does not fix it: something else breaks it too."
    return f"What the first bad is without its {named([part])} could not be seen: {swap.why_inconclusive}"


def _undecided(left: Sequence[EnvironmentPart], kept: Sequence[EnvironmentPart], ask: Ask) -> str:
    innocent = f"It is not {named(kept, ' nor ')}. " if kept else ""
    reasons = " ".join(f"With {named([part])}: {ask([*kept, part]).why_inconclusive}" for part in left)
    return f"{innocent}{named(left)} cannot be distinguished. {reasons}"
