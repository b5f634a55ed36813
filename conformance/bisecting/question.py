"""What is asked of every candidate: a probe or a claim, which probes answer it, and how a record does."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import msgspec

from conformance.claims.catalogue import Catalogue
from conformance.errors import UsageError, near_miss
from conformance.evidence import Observation, Record, Unavailable
from conformance.exchange.consuming import subject_of
from conformance.exchange.store import ModelClass, Store
from conformance.inside.cell import glob_matches
from conformance.judging.narrowing import Narrowing
from conformance.judging.verdicts import SEVERITY
from conformance.running.exchange_subject import USE, USES, ExchangeSubject
from conformance.running.selection import PROBES, may_match, probe_names
from conformance.words import Mode, Outcome, Standing

# These say that nothing could be tried, so they answer nothing.
_NO_ANSWER = (Outcome.BLOCKED, Outcome.UNAVAILABLE)
_ERROR_LIMIT, _GAP_LIMIT = 300, 500  # characters
_STAGES_OF_UV = ("lock", "install")


class Finding(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What was observed, of all the probes that answer.

    Attributes:
        outcome: the worst of them.
        error: class and first line of what the first of the worst raised; empty where nothing was raised.
        probes: every probe's own outcome.
    """

    outcome: Outcome
    error: str
    probes: dict[str, Outcome]

    @property
    def error_class(self) -> str:
        """The class of the error; "" where there is none."""
        return self.error.partition(":")[0]

    def is_like(self, other: Finding) -> bool:
        """Whether it is the same outcome for, as far as can be seen, the same reason."""
        return (self.outcome, self.error_class) == (other.outcome, other.error_class)

    def __str__(self) -> str:
        """The outcome, as a sentence shows it."""
        worst = sum(outcome is self.outcome for outcome in self.probes.values())
        return f"{self.outcome} ({worst} of {len(self.probes)} probes)" if len(self.probes) > 1 else str(self.outcome)


class Question(msgspec.Struct, frozen=True):
    """What is asked of every candidate.

    Attributes:
        about: the probe (or a glob of probes) or the claim, as typed.
        claim: the claim, or "" where probes were named.
        catalogue: the claims in question, applied to every TensorFlow: a statement about the releases from 1.15 on is
            asked of an older one, or of the candidate of a release, just the same.
        used: where it is about the use of a model of the store: that model.
    """

    about: str
    claim: str
    catalogue: Catalogue
    narrowing: Narrowing
    used: ExchangeSubject | None = None

    def answer(self, record: Record) -> Finding | str:
        """What `record` shows, or why it shows nothing."""
        if record.unavailable:
            return why_not(record.unavailable)
        if not record.complete:
            return f"the run was cut short: {len(record.missing)} of {len(record.plan)} probes left no observation."
        asked = [observation for observation in record.observations if self._is_answered_by(observation)]
        if not asked:
            return f"no probe answers there: {self.about} is not tried in this cell."
        unknown = [observation for observation in asked if observation.outcome in _NO_ANSWER]
        if unknown:
            return f"{unknown[0].probe} could not be tried: {unknown[0].outcome}{_explained(unknown[0])}."
        worst = max(asked, key=lambda observation: SEVERITY.index(observation.outcome))
        return Finding(worst.outcome, _error(worst), {one.probe: one.outcome for one in asked})

    def may_be_answered_by(self, module: str) -> bool:
        """Whether a module of probes, which speaks of the catalogue's claims, may hold a probe that answers."""
        return (
            bool(self.used)
            or not self.narrowing.probes
            or any(
                may_match(glob, [f"{module}.{rest}" for rest in (glob.partition(".")[2], "")])
                for glob in self.narrowing.probes
            )
        )

    def _is_answered_by(self, observation: Observation) -> bool:
        if not self.claim:
            return any(glob_matches(glob, observation.probe) for glob in self.narrowing.probes)
        return any(tested.id == self.claim and tested.standing is Standing.LITERAL for tested in observation.claims)


def why_not(unavailable: Unavailable) -> str:
    """Why an environment is a gap, in a sentence or two; where it is uv's to say, in uv's words."""
    reason = unavailable.reason.rstrip(".") + "."
    if unavailable.stage not in _STAGES_OF_UV:
        return reason
    return f"{reason} {' '.join(unavailable.detail.split())}"[:_GAP_LIMIT].rstrip()


def ask_about(about: str, mode: Mode, claims: Catalogue, *, probes: Path = PROBES) -> Question:
    """The question that names a claim, a probe or a glob of probes."""
    claim = claims.claim_by_id.get(about)
    names = probe_names(probes)
    if claim is None and not may_match(about, names):
        raise UsageError(
            f'there is no probe and no claim "{about}".',
            where="bisect, PROBE",
            remedy=near_miss(about, [*names, *claims.claim_by_id]),
        )
    if claim is not None and mode not in claim.modes:
        raise UsageError(
            f"the claim {about} does not speak of the mode {mode}.",
            where="bisect, CELL",
            remedy=f"Name a cell in one of its modes: {', '.join(claim.modes)}.",
        )
    chosen = [claim] if claim else [one for one in claims.claims if mode in one.modes]
    everywhere = tuple(msgspec.structs.replace(one, tf="", control=()) for one in chosen)
    return Question(
        about=about,
        claim=about if claim else "",
        catalogue=msgspec.structs.replace(claims, claims=everywhere),
        narrowing=Narrowing() if claim else Narrowing(probes=(about,)),
    )


def ask_about_use(about: str, store: Store, classes: Sequence[ModelClass], claims: Catalogue) -> Question:
    """The question that names a use of a model of the store: "consume.values[tf2-dense-0a1b2c3d]".

    Raises:
        UsageError: there is no such use, or no such model.
    """
    known = {f"{USE}.{use}[{one.id}]": one for one in classes for use in USES}
    if about not in known:
        raise UsageError(
            f'there is no use of a model "{about}".',
            where="bisect, PROBE",
            remedy=f"{near_miss(about, known)} Names stand in reports/exchange/exchange.json: consume.USE[MODEL].",
        )
    return Question(about, "", claims, Narrowing(probes=(about,)), subject_of([known[about]], store))


def _error(observation: Observation) -> str:
    error = observation.error
    if error is None:
        return observation.notes[0] if observation.notes else ""
    first_line = error.message.strip().split("\n", 1)[0]
    return f"{error.type}: {first_line}"[:_ERROR_LIMIT]


def _explained(observation: Observation) -> str:
    error = _error(observation)
    return f" ({error})" if error else ""
