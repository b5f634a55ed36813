"""Whose doing a change is, told from what became of the outcome when one part after the other was swapped; pure."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from conformance.bisecting.hybrids import Part
from conformance.bisecting.laboratory import Trial
from conformance.bisecting.question import Finding
from conformance.words import Word


class Direction(Word):
    """Which way a part was swapped."""

    INTO_GOOD = "into the last good"
    OUT_OF_BAD = "out of the first bad"


class Effect(Word):
    """What a swap did to the outcome."""

    BREAKS = "breaks"  # the last good becomes as the first bad
    MENDS = "mends"  # the first bad becomes as the last good
    NOTHING = "nothing"
    OTHER = "another outcome"  # neither as before nor as after: the hybrid fails for a reason of its own
    NOT_TRIED = "not tried"  # it cannot be installed or imported


class Swap(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One part swapped, and what came of it."""

    part: Part
    direction: Direction
    effect: Effect
    trial: Trial

    @property
    def tells(self) -> bool:
        """Whether anything about the part follows from it."""
        return self.effect not in (Effect.OTHER, Effect.NOT_TRIED)


class Guilt(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Whose doing it is.

    Attributes:
        guilty: the parts; empty where it cannot be told.
        together: whether none of them does it alone.
        why: what that follows from, in sentences.
    """

    guilty: tuple[Part, ...]
    together: bool
    why: str


def effect(trial: Trial, direction: Direction, good: Finding, bad: Finding) -> Effect:
    """What a swap did."""
    found = trial.finding
    if found is None:
        return Effect.NOT_TRIED
    into = direction is Direction.INTO_GOOD
    if found.is_like(bad):
        return Effect.BREAKS if into else Effect.NOTHING
    if found.outcome is good.outcome:
        return Effect.NOTHING if into else Effect.MENDS
    return Effect.OTHER


def tell_guilt(parts: Sequence[Part], swaps: Sequence[Swap]) -> Guilt:
    """Whose doing it is, when `parts` are all that differs and `swaps` is what was tried."""
    if len(parts) == 1:
        return Guilt(tuple(parts), together=False, why=f"Nothing but {_named(parts)} differs.")
    suffice = [swap.part for swap in swaps if swap.effect is Effect.BREAKS]
    needed = [swap.part for swap in swaps if swap.effect is Effect.MENDS]
    into = {swap.part: swap for swap in swaps if swap.direction is Direction.INTO_GOOD}
    unknown = [part for part in parts if part not in into or not into[part].tells]
    if suffice:
        return Guilt(tuple(suffice), together=False, why=_why_alone(suffice, needed, swaps))
    if len(needed) > 1 or (needed and not unknown):
        others = "" if len(needed) > 1 else " No part alone is enough, so something else is needed as well."
        why = f"Taking {_named(needed, ' or ')} out of the first bad mends it, and none alone breaks the last good."
        return Guilt(tuple(needed), together=True, why=why + others)
    if needed:
        why = (
            f"Taking {_named(needed)} out of the first bad mends it. Whether it is enough alone could not be seen:"
            f" {_reasons(unknown, into)}"
        )
        return Guilt(tuple(needed), together=False, why=why)
    if unknown:
        return Guilt((), together=False, why=f"They cannot be told apart: {_reasons(unknown, into)}")
    return Guilt(
        tuple(parts), together=True, why=f"Only together: of {_named(parts)}, none breaks the last good alone."
    )


def _why_alone(suffice: Sequence[Part], needed: Sequence[Part], swaps: Sequence[Swap]) -> str:
    back = {swap.part: swap for swap in swaps if swap.direction is Direction.OUT_OF_BAD}
    told = [
        f"{_named(suffice)} alone, put into the last good, breaks{'' if len(suffice) == 1 else ' (each of them)'} it."
    ]
    for part in suffice:
        if part in needed:
            told.append(f"Taken out of the first bad, {_named([part])} mends it.")
        elif part in back and back[part].effect is Effect.NOTHING:
            told.append(f"Taking {_named([part])} out of the first bad does not mend it: something else breaks it too.")
        elif part in back:
            told.append(f"Taking {_named([part])} out of the first bad could not be seen: {_reason(back[part])}")
    return " ".join(told)


def _reasons(parts: Sequence[Part], into: dict[Part, Swap]) -> str:
    return " ".join(f"{_named([part])}: {_reason(into[part])}" for part in parts if part in into)


def _reason(swap: Swap) -> str:
    if swap.trial.finding is None:
        return swap.trial.gap
    return f"the hybrid has an outcome of its own, {swap.trial.finding} ({swap.trial.finding.error})."


def _named(parts: Sequence[Part], joint: str = " and ") -> str:
    return joint.join("the rest of the lock" if part is Part.REST else str(part) for part in parts)
