"""Decides what of a cell's earlier records still holds, so that nothing is observed twice for nothing.

An observation is taken over where the key of its module of probes is the same as now. Never taken over are a time-out
and a crash, which may have been the machine's; a probe that was blocked by something else than its own finding; and
that a cell was unavailable. What is taken over keeps the date of the run that observed it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import msgspec

from conformance.evidence import Observation, Plan, Record, Versions
from conformance.running.dependencies import key_name
from conformance.running.records import EarlierRecords
from conformance.words import Outcome

_NEVER = (Outcome.TIMED_OUT, Outcome.CRASHED, Outcome.UNAVAILABLE)
_ITS_OWN_FINDING = ".Blocked"  # ends the class of the error by which a probe itself says that it cannot try


class Reused(msgspec.Struct, frozen=True):
    """What holds of a cell's earlier records.

    Attributes:
        observations: each with the date of the run that observed it.
        setting: what the cell turned out to be when they were made.
        whole: the record, where it holds as it is and nothing is left to be observed.
        basis: the latest record, with the plans of all: what is missing follows from it, where not all of it holds.
    """

    observations: tuple[Observation, ...] = ()
    setting: Versions | None = None
    whole: Record | None = None
    basis: Record | None = None

    @property
    def probes(self) -> tuple[str, ...]:
        """The probes that need not be run."""
        return tuple(one.probe for one in self.observations)

    @property
    def lines(self) -> tuple[Versions | Plan | Observation, ...]:
        """What a new record of the cell begins with, after its header."""
        if not self.observations:
            return ()
        return (*([self.setting] if self.setting else ()), Plan(self.probes), *self.observations)

    def as_record(self) -> Record | None:
        """The evidence that there is without running anything; what no longer holds is missing from it."""
        if self.whole or not self.basis or not self.observations:
            return self.whole
        return msgspec.structs.replace(
            self.basis,
            setting=self.setting,
            observations=self.observations,
            unavailable=None,
            footer=None,
        )


NOTHING = Reused()


def keep(earlier: EarlierRecords, keys: Mapping[str, str], *, probe_limit: float) -> Reused:
    """What of `earlier` holds under `keys`, the present ones.

    Args:
        probe_limit: seconds that a probe may take; what took longer would not end today.
    """
    found: dict[str, Observation] = {}
    settings: list[Versions] = []
    for record in earlier.records:
        current = [one for one in record.observations if _is_current(one, record, keys)]
        for one in current:  # a later record has the last word, also where that cannot be taken over
            found.pop(one.probe, None)
            if _may_be_reused(one, probe_limit):
                found[one.probe] = _dated(one, record)
        if current and record.setting:
            settings.append(record.setting)
    return Reused(
        observations=tuple(found.values()),
        setting=settings[-1] if settings else None,
        whole=_whole(earlier, keys, found),
        basis=_basis(earlier),
    )


def _basis(earlier: EarlierRecords) -> Record | None:
    if not earlier.records:
        return None
    plan = tuple(dict.fromkeys(probe for record in earlier.records for probe in record.plan))
    return msgspec.structs.replace(earlier.records[-1], plan=plan)


def _whole(earlier: EarlierRecords, keys: Mapping[str, str], found: Mapping[str, Observation]) -> Record | None:
    """The complete record, if all that is known of the cell stands in it."""
    if earlier.damaged or not earlier.records or not keys:
        return None
    record, *later = earlier.records
    if any(_is_current(one, cut_short, keys) for cut_short in later for one in cut_short.observations):
        return None
    holds = record.complete and not record.unavailable and record.header.keys == keys
    return record if holds and found.keys() == {one.probe for one in record.observations} else None


def _is_current(observation: Observation, record: Record, keys: Mapping[str, str]) -> bool:
    name = key_name(observation.probe, keys)
    return name in keys and record.header.keys.get(name) == keys[name]


def _may_be_reused(observation: Observation, probe_limit: float) -> bool:
    if observation.outcome is Outcome.BLOCKED:
        return observation.error is not None and observation.error.type.endswith(_ITS_OWN_FINDING)
    return observation.outcome not in _NEVER and observation.seconds <= probe_limit


def _dated(observation: Observation, record: Record) -> Observation:
    return msgspec.structs.replace(observation, observed=observation.observed or record.header.started)


def seconds_left(earlier: EarlierRecords, kept: Reused) -> float | None:
    """How long the cell may take: what its latest complete run took beside the probes, and the probes that are left.

    None where it has never been measured to its end.
    """
    record = next((one for one in earlier.records if one.footer), None)
    if record is None or record.footer is None:
        return None
    ran = sum(one.seconds for one in record.observations if not one.observed)
    saved = set(kept.probes)
    left = sum(one.seconds for one in record.observations if one.probe not in saved)
    return max(0.0, record.footer.seconds - ran) + left


def oldest(observations: Iterable[Observation]) -> str:
    """When the run began that made the first of those that were taken over (ISO 8601); "" if none was."""
    return min((one.observed for one in observations if one.observed), default="")
