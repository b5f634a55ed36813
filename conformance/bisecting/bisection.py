"""The bisection: both ends, twice; the search between; the two at the break again; then one part after the other."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence

import msgspec

from conformance.bisecting.candidates import Candidate
from conformance.bisecting.guilt import Direction, Guilt, Swap, effect, tell_guilt
from conformance.bisecting.hybrids import Hybrid, Part, Source, differing_parts
from conformance.bisecting.laboratory import Laboratory, Specimen, Trial
from conformance.bisecting.question import Finding
from conformance.bisecting.result import SCHEMA, Asked, Bisection, Conclusion, Purpose, Step
from conformance.bisecting.search import Side, first_change, most_answers
from conformance.environments.lock_file import read_lock
from conformance.environments.locking import changes

# Called before each trial with what is about to be tried and why, and after it with what came of it.
Tell = Callable[[str, Trial | None], None]

_ENDS, _REPEATS = 2, 4
_SWAPS = 2 * len(Part)


class Cost(msgspec.Struct, frozen=True):
    """The most that a bisection may take: environments built, and observations made in them.

    Each gap that is met costs one environment more; both count what an earlier run may have left.
    """

    environments: int
    observations: int
    swaps: int


def most(candidates: Sequence[Candidate]) -> Cost:
    """What bisecting `candidates` costs at most."""
    searched = most_answers(len(candidates) - 1)
    return Cost(_ENDS + searched, _ENDS + searched + _REPEATS, _SWAPS)


def bisect(candidates: Sequence[Candidate], laboratory: Laboratory, asked: Asked, tell: Tell) -> Bisection:
    """Finds the first of `candidates` in which the outcome is not that of the oldest, and whose doing it is."""
    return _Run(candidates, laboratory, asked, tell).bisect()


class _EndedError(Exception):
    """There is nothing more to be found out; says so in a sentence."""

    def __init__(self, conclusion: Conclusion, why: str) -> None:
        super().__init__(why)
        self.conclusion = conclusion


class _Run:
    def __init__(self, candidates: Sequence[Candidate], laboratory: Laboratory, asked: Asked, tell: Tell) -> None:
        self._candidates = candidates
        self._laboratory = laboratory
        self._asked = asked
        self._tell = tell
        self._started = time.monotonic()
        self._steps: list[Step] = []

    def bisect(self) -> Bisection:
        try:
            return self._bisect()
        except _EndedError as ended:
            return self._concluded(ended.conclusion, str(ended))

    def _bisect(self) -> Bisection:
        places = range(len(self._candidates))
        oldest, good = self._end(places)
        newest, bad = self._end(places[:oldest:-1])
        self._repeat(oldest, good)
        self._repeat(newest, bad)
        if good.outcome is bad.outcome:
            return self._concluded(
                Conclusion.UNCHANGED,
                f"It is {good} in {self._label(oldest)} and {bad} in {self._label(newest)}, observed twice in each.",
            )
        before, after = self._search(oldest, newest, good)
        for place in (before, after):
            if place not in (oldest, newest):
                self._repeat(place, self._finding(place))
        return self._found(before, after)

    def _end(self, places: Sequence[int]) -> tuple[int, Finding]:
        """The first of `places` that can be tried: one that cannot is a gap, and its neighbour stands in for it."""
        for place in places:
            if finding := self._try(place, Purpose.END).finding:
                return place, finding
        raise _EndedError(Conclusion.INCOMPLETE, "Fewer than two of the candidates can be tried.")

    def _search(self, oldest: int, newest: int, good: Finding) -> tuple[int, int]:
        def ask(place: int) -> Side:
            finding = self._try(oldest + place, Purpose.SEARCH).finding
            if finding is None:
                return Side.NOT_TOLD
            return Side.AS_BEFORE if finding.outcome is good.outcome else Side.CHANGED

        before, after = first_change(newest - oldest, ask)
        return oldest + before, oldest + after

    def _repeat(self, place: int, earlier: Finding) -> None:
        trial = self._try(place, Purpose.REPEAT, nth=2)
        told = f"In {self._label(place)} it was {earlier} at first, and the second time "
        if trial.finding is None:
            raise _EndedError(Conclusion.INCOMPLETE, f"{told}it could not be tried: {trial.gap}")
        if trial.finding.outcome is not earlier.outcome:
            raise _EndedError(Conclusion.FLAKY, f"{told}it was {trial.finding}, with nothing changed.")

    def _try(self, place: int, purpose: Purpose, nth: int = 1) -> Trial:
        trial = self._try_out(self._candidates[place], purpose, nth)
        self._steps.append(Step(purpose, trial))
        return trial

    def _try_out(self, specimen: Specimen, why: str, nth: int = 1) -> Trial:
        self._tell(f"{why}: {specimen.label}", None)
        trial = self._laboratory.try_out(specimen, nth)
        self._tell(specimen.label, trial)
        return trial

    def _found(self, before: int, after: int) -> Bisection:
        good, bad = self._trial(before), self._trial(after)
        one, other = (self._source(place) for place in (before, after))
        locks = read_lock(one.lock), read_lock(other.lock)
        parts = differing_parts(*locks)
        swaps = self._swap(parts, one, other, self._finding(before), self._finding(after)) if len(parts) > 1 else ()
        found = self._concluded(
            Conclusion.FOUND,
            f"It is {good.finding} up to {good.specimen} and {bad.finding} from {bad.specimen} on.",
        )
        return msgspec.structs.replace(
            found,
            last_good=good,
            first_bad=bad,
            between={self._label(place): self._trial(place).gap for place in range(before + 1, after)},
            differences=changes(locks[0].packages, locks[1].packages),
            swaps=swaps,
            guilt=self._guilt(parts, swaps),
        )

    def _guilt(self, parts: Sequence[Part], swaps: Sequence[Swap]) -> Guilt:
        if parts:
            return tell_guilt(parts, swaps)
        return Guilt((), together=False, why="Their locks are the same; what differs is how they are set up.")

    def _swap(self, parts: Sequence[Part], one: Source, other: Source, good: Finding, bad: Finding) -> tuple[Swap, ...]:
        swaps: list[Swap] = []
        for direction, base, donor in (
            (Direction.INTO_GOOD, one, other),
            (Direction.OUT_OF_BAD, other, one),
        ):
            for part in parts:
                trial = self._try_out(Hybrid(base, donor, part), f"swap {direction}")
                swaps.append(Swap(part, direction, effect(trial, direction, good, bad), trial))
        return tuple(swaps)

    def _source(self, place: int) -> Source:
        candidate = self._candidates[place]
        return Source(candidate.label, candidate.cell, self._laboratory.lock_of(candidate))

    def _trial(self, place: int) -> Trial:
        return next(step.trial for step in self._steps if step.trial.specimen == self._label(place))

    def _finding(self, place: int) -> Finding:
        finding = self._trial(place).finding
        assert finding is not None
        return finding

    def _label(self, place: int) -> str:
        return self._candidates[place].label

    def _concluded(self, conclusion: Conclusion, why: str) -> Bisection:
        return Bisection(
            schema=SCHEMA,
            asked=self._asked,
            candidates=tuple(candidate.label for candidate in self._candidates),
            steps=tuple(self._steps),
            conclusion=conclusion,
            why=why,
            seconds=round(time.monotonic() - self._started, 1),
        )
