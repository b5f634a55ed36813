"""What to do instead of what no longer holds, and where the run's own observations prove that it works."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from fnmatch import fnmatchcase

import msgspec

from conformance.environments.catalogue import Cell
from conformance.evidence import Observation
from conformance.judging.admission import Admitted
from conformance.results import Instead, VerdictRow
from conformance.words import Keras, Mode, Outcome, Standing


class Advice(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One thing to do instead; `expectations/README.md` explains each key."""

    do: str
    claims: tuple[str, ...] = ()
    way: str | None = None
    standing: Standing = Standing.LITERAL
    probes: tuple[str, ...] = ()
    tf: str = ""
    hub: str = ""
    mode: Mode | None = None
    keras: Keras | None = None

    @property
    def elsewhere(self) -> bool:
        """Whether it is about a sibling of the cell in question, set up in another way."""
        return bool(self.tf or self.hub or self.mode or self.keras)

    @property
    def provable(self) -> bool:
        """Whether it says what would prove it."""
        return bool(self.claims or self.probes or self.elsewhere)

    def leads_to(self, here: Cell) -> Iterator[tuple[str, str, Mode, Keras]]:
        """The traits of the cell to look for the proof in, most alike first: release, hub line, mode and Keras."""
        release = self.tf or here.environment.release.tf
        hub = self.hub or here.environment.hub_line
        for keras in (self.keras,) if self.keras else (here.keras, Keras.BUNDLED):
            yield release, hub, self.mode or here.mode, keras


class Proofs:
    """The observations of a whole run, where advice finds its proof: in the very cell, or in a named sibling of it."""

    def __init__(self, admitted: Iterable[Admitted]) -> None:
        self._by_traits = {
            (one.cell.environment.release.tf, one.cell.environment.hub_line, one.cell.mode, one.cell.keras): one
            for one in admitted
            if not one.record.unavailable
        }
        self._proving: dict[tuple[Advice, str], dict[str, Outcome]] = {}

    def of(self, advice: Advice, here: Cell, row: VerdictRow) -> Instead | None:
        """The advice with its proof for what `row` says of the cell `here`; None where nothing proves it."""
        if not advice.provable:
            return None
        there = next((one for traits in advice.leads_to(here) if (one := self._by_traits.get(traits))), None)
        if there is None:
            return None
        proving = self._outcomes(advice, there) if advice.claims or advice.probes else _of_deviating(row, there)
        if not proving or any(outcome is not Outcome.WORKS for outcome in proving.values()):
            return None
        return Instead(do=advice.do, cell=there.cell.id, probes=tuple(proving))

    def _outcomes(self, advice: Advice, there: Admitted) -> dict[str, Outcome]:
        """The outcomes, in that cell, of the probes that the advice names."""
        key = advice, there.cell.id
        if key not in self._proving:
            self._proving[key] = {
                each.probe: each.outcome
                for each in there.record.observations
                if names(advice.probes, each.probe) and (not advice.claims or _speaks_to(each, advice))
            }
        return self._proving[key]


def proved_for(row: VerdictRow, here: Cell, advice: Sequence[Advice], proofs: Proofs) -> tuple[Instead, ...]:
    """Of all the advice, what is proved for this verdict."""
    return tuple(found for each in advice if (found := proofs.of(each, here, row)))


def _of_deviating(row: VerdictRow, there: Admitted) -> dict[str, Outcome]:
    """What became there of the probes that deviate here; nothing where not all of them were tried."""
    deviating = {probe for probe, outcome in row.outcomes.items() if outcome is not Outcome.WORKS}
    found = {each.probe: each.outcome for each in there.record.observations if each.probe in deviating}
    return found if len(found) == len(deviating) else {}


def names(patterns: Sequence[str], probe: str) -> bool:
    """Whether patterns of probes, which leave all in where there are none, name a probe.

    Compared literally as well: the parameters in a probe's id stand in brackets, which a pattern takes for a set.
    """
    return not patterns or any(probe == pattern or fnmatchcase(probe, pattern) for pattern in patterns)


def _speaks_to(observation: Observation, advice: Advice) -> bool:
    return any(
        tested.id in advice.claims and tested.standing is advice.standing and advice.way in (None, tested.way)
        for tested in observation.claims
    )
