"""How many documented claims hold in a release: the one way of counting that every output uses."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence, Set

import msgspec

from conformance.grouping import grouped
from conformance.reporting.timeline import Mark, MarkState, Timeline
from conformance.words import Standing, Word


class ClaimState(Word):
    """What all cells of a release together say about a claim, over its ways, hub lines and Keras flavours."""

    HOLDS = "holds"
    PARTLY = "partly"  # holds with one hub, Keras or mode and not with another
    BROKEN = "broken"
    EXCEEDED = "exceeded"  # works though documented as unsupported, in at least one way of trying it
    UNCLEAR = "unclear"  # tried, and without a usable verdict
    MISSING = "missing"  # planned, and not observed at all
    NONE = "none"  # does not speak of the release, or was not asked


# What became of claims that do not simply hold, for one of them and for several.
REST: dict[ClaimState, tuple[str, str]] = {
    ClaimState.PARTLY: ("holds only in some settings", "hold only in some settings"),
    ClaimState.BROKEN: ("does not hold", "do not hold"),
    ClaimState.EXCEEDED: ("works although unsupported", "work although unsupported"),
    ClaimState.UNCLEAR: ("could not be settled", "could not be settled"),
    ClaimState.MISSING: ("was not observed", "were not observed"),
}


class Tally(msgspec.Struct, frozen=True):
    """The claims that speak of one release, by what its cells say about them.

    Attributes:
        partly: holds with one hub or Keras and not with another.
        exceeded: documented as unsupported, and works in at least one way of trying it.
        unclear: tried, and without a usable verdict.
        missing: planned, and not observed at all.
    """

    release: str
    holds: tuple[str, ...]
    partly: tuple[str, ...]
    broken: tuple[str, ...]
    exceeded: tuple[str, ...]
    unclear: tuple[str, ...]
    missing: tuple[str, ...] = ()

    def of(self, state: ClaimState) -> tuple[str, ...]:
        """The claims in one state."""
        found: tuple[str, ...] = getattr(self, state)
        return found

    @property
    def total(self) -> int:
        """How many claims speak of the release."""
        return sum(len(self.of(state)) for state in ClaimState if state is not ClaimState.NONE)

    def head(self, name: str) -> str:
        """How many claims hold on `name`, e.g. "TensorFlow 2.21", as a sentence."""
        if not self.total:
            return f"No documented claim was observed on {name}."
        verb = "holds" if len(self.holds) == 1 else "hold"
        claims = "documented claim" if self.total == 1 else "documented claims"
        if len(self.holds) == self.total > 1:
            return f"On {name}, all {self.total} documented claims hold."
        return f"On {name}, {len(self.holds)} of {self.total} {claims} {verb}."

    @property
    def rest(self) -> str:
        """What became of the claims that do not simply hold, as a sentence; empty if there are none."""
        parts = [f"{len(claims)} {REST[state][len(claims) != 1]}" for state in REST if (claims := self.of(state))]
        if not parts:
            return ""
        return (parts[0] if len(parts) == 1 else f"{', '.join(parts[:-1])} and {parts[-1]}") + "."


def tally(release: str, timelines: Sequence[Timeline]) -> Tally:
    """Counts each claim once, over its ways, hub lines and Keras flavours; implied probes do not count."""
    by_claim = grouped((line.claim.id, line) for line in timelines)
    groups = grouped((claim_state(release, lines), claim) for claim, lines in by_claim.items())
    states = (state for state in ClaimState if state is not ClaimState.NONE)
    return Tally(release=release, **{str(state): tuple(groups.get(state, ())) for state in states})


def ever(releases: Sequence[str], timelines: Sequence[Timeline]) -> dict[ClaimState, int]:
    """How many claims were ever, in at least one release, in each state."""
    tallies = [tally(release, timelines) for release in releases]
    return {
        state: len({claim for each in tallies for claim in each.of(state)})
        for state in ClaimState
        if state is not ClaimState.NONE
    }


def claim_state(release: str, timelines: Iterable[Timeline]) -> ClaimState:
    """What a release says about the claim of these timelines; implied probes do not count."""
    return _joined({mark.state for mark in marks_at(release, timelines)})


def marks_at(release: str, timelines: Iterable[Timeline]) -> Iterator[Mark]:
    """The marks of a release in the literal timelines, as far as they say something."""
    for line in timelines:
        if line.standing is Standing.LITERAL:
            for lane in line.lanes:
                yield from (
                    mark
                    for mark in lane.marks
                    if mark.release == release and mark.state not in (MarkState.NONE, MarkState.NOT_RUN)
                )


def release_name(release: str) -> str:
    """A release as a reader would call it."""
    return {"rc": "the TensorFlow release candidate", "nightly": "the nightly build of TensorFlow"}.get(
        release, f"TensorFlow {release}"
    )


def _joined(seen: Set[MarkState]) -> ClaimState:
    if not seen:
        return ClaimState.NONE
    if MarkState.CONTRADICTS in seen:
        return ClaimState.PARTLY if MarkState.AGREES in seen else ClaimState.BROKEN
    if MarkState.EXCEEDS in seen:
        return ClaimState.EXCEEDED
    if seen == {MarkState.MISSING}:
        return ClaimState.MISSING
    return ClaimState.HOLDS if seen == {MarkState.AGREES} else ClaimState.UNCLEAR
