"""The bisection: both ends, twice; the search between; the two at the break again; then one part after the other."""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Sequence

import msgspec

from conformance.bisecting.candidates import CandidateVersion
from conformance.bisecting.environment_tester import Attempt, EnvironmentTester, TriedEnvironment
from conformance.bisecting.guilt import Guilt, PartSwap, effect_of, find_guilt, most_swaps
from conformance.bisecting.hybrids import EnvironmentPart, Hybrid, ObservedEnvironment, differing_parts
from conformance.bisecting.question import Finding
from conformance.bisecting.result import SCHEMA, Asked, Bisection, Conclusion, Purpose, Step
from conformance.bisecting.search import Side, first_change, most_answers
from conformance.environments.lock_file import read_lock
from conformance.environments.locking import changes

# Called before each attempt with what is about to be tried and why, and after it with what came of it.
OnProgress = Callable[[str, Attempt | None], None]

_ENDS, _REPEATS = 2, 4


class Cost(msgspec.Struct, frozen=True):
    """The most that a bisection may take: environments built, and observations made in them.

    Each gap that is met costs one environment more; both count what an earlier run may have left.
    """

    environments: int
    observations: int
    swaps: int


def most(candidates: Sequence[CandidateVersion]) -> Cost:
    """What bisecting `candidates` costs at most."""
    searched = most_answers(len(candidates) - 1)
    return Cost(_ENDS + searched, _ENDS + searched + _REPEATS, most_swaps(len(EnvironmentPart)))


def bisect(
    candidates: Sequence[CandidateVersion], tester: EnvironmentTester, asked: Asked, on_progress: OnProgress
) -> Bisection:
    """Finds the first of `candidates` in which the outcome is not that of the oldest, and whose doing it is."""
    return _Run(candidates, tester, asked, on_progress).bisect()


class _EndedError(Exception):
    """There is nothing more to be found out; says so in a sentence."""

    def __init__(self, conclusion: Conclusion, why: str) -> None:
        super().__init__(why)
        self.conclusion = conclusion


class _Run:
    def __init__(
        self, candidates: Sequence[CandidateVersion], tester: EnvironmentTester, asked: Asked, on_progress: OnProgress
    ) -> None:
        self._candidates = candidates
        self._tester = tester
        self._asked = asked
        self._on_progress = on_progress
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
                return Side.UNKNOWN
            return Side.AS_BEFORE if finding.outcome is good.outcome else Side.CHANGED

        before, after = first_change(newest - oldest, ask)
        return oldest + before, oldest + after

    def _repeat(self, place: int, earlier: Finding) -> None:
        attempt = self._try(place, Purpose.REPEAT, nth=2)
        sentence = f"In {self._label(place)} it was {earlier} at first, and the second time "
        if attempt.finding is None:
            raise _EndedError(Conclusion.INCOMPLETE, f"{sentence}it could not be tried: {attempt.gap}")
        if attempt.finding.outcome is not earlier.outcome:
            raise _EndedError(Conclusion.FLAKY, f"{sentence}it was {attempt.finding}, with nothing changed.")

    def _try(self, place: int, purpose: Purpose, nth: int = 1) -> Attempt:
        attempt = self._try_out(self._candidates[place], purpose, nth)
        self._steps.append(Step(purpose, attempt))
        return attempt

    def _try_out(self, tried: TriedEnvironment, why: str, nth: int = 1) -> Attempt:
        self._on_progress(f"{why}: {tried.label}", None)
        attempt = self._tester.try_out(tried, nth)
        self._on_progress(tried.label, attempt)
        return attempt

    def _found(self, before: int, after: int) -> Bisection:
        good, bad = self._attempt(before), self._attempt(after)
        one, other = (self._source(place) for place in (before, after))
        locks = read_lock(one.lock), read_lock(other.lock)
        swaps, guilt = self._blame(differing_parts(*locks), one, other, self._finding(before), self._finding(after))
        found = self._concluded(
            Conclusion.FOUND,
            f"It is {good.finding} up to {good.tried}, and {bad.finding} from {bad.tried} on.",
        )
        return msgspec.structs.replace(
            found,
            last_good=good,
            first_bad=bad,
            between={self._label(place): self._attempt(place).gap for place in range(before + 1, after)},
            differences=changes(locks[0].packages, locks[1].packages),
            swaps=swaps,
            guilt=guilt,
        )

    def _blame(
        self,
        parts: Sequence[EnvironmentPart],
        one: ObservedEnvironment,
        other: ObservedEnvironment,
        good: Finding,
        bad: Finding,
    ) -> tuple[tuple[PartSwap, ...], Guilt]:
        swaps: dict[frozenset[EnvironmentPart], PartSwap] = {}

        def ask(chosen: Collection[EnvironmentPart]) -> PartSwap:
            key = frozenset(chosen)
            if key not in swaps:
                ordered = tuple(part for part in parts if part in key)
                attempt = self._try_out(Hybrid(one, other, ordered), "swap")
                swaps[key] = PartSwap(ordered, effect_of(attempt, good, bad), attempt)
            return swaps[key]

        guilt = find_guilt(parts, ask)
        return tuple(swaps.values()), guilt

    def _source(self, place: int) -> ObservedEnvironment:
        candidate = self._candidates[place]
        return ObservedEnvironment(candidate.label, candidate.cell, self._tester.lock_of(candidate))

    def _attempt(self, place: int) -> Attempt:
        return next(step.attempt for step in self._steps if step.attempt.tried == self._label(place))

    def _finding(self, place: int) -> Finding:
        finding = self._attempt(place).finding
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
