"""The headline: how many documented claims hold in a release, in plain words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import msgspec

from conformance.reporting.timeline import State, Timeline
from conformance.words import Standing


class Tally(msgspec.Struct, frozen=True):
    """The claims that speak of one release, by what its cells say about them.

    Attributes:
        partly: holds with one hub or Keras and not with another.
        exceeded: documented as unsupported, and works in at least one way of trying it.
        unclear: without a usable verdict.
    """

    release: str
    holds: tuple[str, ...]
    partly: tuple[str, ...]
    broken: tuple[str, ...]
    exceeded: tuple[str, ...]
    unclear: tuple[str, ...]

    @property
    def total(self) -> int:
        """How many claims speak of the release."""
        return len(self.holds) + len(self.partly) + len(self.broken) + len(self.exceeded) + len(self.unclear)

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
        parts = [
            f"{len(names)} {one if len(names) == 1 else many}"
            for names, one, many in (
                (self.partly, "holds only in some settings", "hold only in some settings"),
                (self.broken, "does not hold", "do not hold"),
                (self.exceeded, "works although unsupported", "work although unsupported"),
                (self.unclear, "could not be settled", "could not be settled"),
            )
            if names
        ]
        if not parts:
            return ""
        return (parts[0] if len(parts) == 1 else f"{', '.join(parts[:-1])} and {parts[-1]}") + "."


def tally(release: str, timelines: Sequence[Timeline]) -> Tally:
    """Counts each claim once, over its ways, hub lines and Keras flavours; implied probes do not count."""
    states: dict[str, set[State]] = {}
    for line in timelines:
        if line.standing is Standing.LITERAL:
            for lane in line.lanes:
                for mark in lane.marks:
                    if mark.release == release and mark.state not in (State.NONE, State.NOT_RUN):
                        states.setdefault(line.claim.id, set()).add(mark.state)
    groups: Mapping[str, list[str]] = {name: [] for name in ("holds", "partly", "broken", "exceeded", "unclear")}
    for claim, seen in states.items():
        groups[_group(seen)].append(claim)
    return Tally(release=release, **{name: tuple(claims) for name, claims in groups.items()})


def release_name(release: str) -> str:
    """A release as a reader would call it."""
    return {"rc": "the TensorFlow release candidate", "nightly": "the nightly build of TensorFlow"}.get(
        release, f"TensorFlow {release}"
    )


def _group(seen: set[State]) -> str:
    if State.CONTRADICTS in seen:
        return "partly" if State.AGREES in seen else "broken"
    if State.EXCEEDS in seen:
        return "exceeded"
    return "holds" if seen == {State.AGREES} else "unclear"
