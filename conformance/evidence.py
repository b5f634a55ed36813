"""The record of a cell: what was observed, one JSON line at a time, from the header to the footer.

A record is written while its cell runs, so whatever was observed survives a crash, a full disk or Ctrl-C; a record
without a footer shows that it was cut short. Lines, in order:

    header       what was asked for, written by the host before anything is built
    setting      what the cell turned out to be, written once TensorFlow has been imported
    plan         the probes that will run; one without an observation is *missing*
    observation  one probe, written the moment it ends
    unavailable  in place of the above: why the cell could not be built or imported
    footer       the number of observations and the time taken

Evidence is never changed once written; verdicts are derived from it anew each time.
"""

from __future__ import annotations

from pathlib import Path
from typing import TypeVar

import msgspec

from conformance.errors import EvidenceError
from conformance.words import Keras, Mode, Outcome, Standing

SCHEMA = "record/1"


class Error(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What a probe raised.

    Attributes:
        type: the class, with its module where it is no builtin.
        message: its text, shortened to a few thousand characters.
        origin: the package whose code raised it ("tensorflow", "tensorflow_hub", "keras", "tf_keras", "probe", ...).
        traceback: the frames, innermost last; empty where the process died.
    """

    type: str
    message: str
    origin: str
    traceback: str = ""


class Tested(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A claim that a probe speaks to, and with what standing; `way` names which of the claim's ways it tries."""

    id: str
    standing: Standing
    way: str = ""


class Header(msgspec.Struct, frozen=True, forbid_unknown_fields=True, tag_field="kind", tag="header"):
    """What the cell was asked to be.

    Attributes:
        lock: sha256 of the lock it was built from, as "sha256:<hex>"; empty if there was none.
        started: ISO 8601, UTC.
        keys: module of probes -> what its outcomes depend on (conformance.running.keys); a later run whose key is the
            same takes over what was observed. Empty where nothing may be taken over.
    """

    schema: str
    cell: str
    environment: str
    mode: Mode
    keras: Keras
    lock: str
    started: str
    harness: str
    keys: dict[str, str] = {}


class Versions(msgspec.Struct, frozen=True, forbid_unknown_fields=True, tag_field="kind", tag="setting"):
    """What the cell turned out to be: the versions in force, and every installed package."""

    tf: str
    hub: str
    python: str
    keras_version: str
    packages: dict[str, str]


class Plan(msgspec.Struct, frozen=True, forbid_unknown_fields=True, tag_field="kind", tag="plan"):
    """The probes that will run, in order."""

    probes: tuple[str, ...]


class Observation(msgspec.Struct, frozen=True, forbid_unknown_fields=True, tag_field="kind", tag="observation"):
    """What was observed of one probe.

    Attributes:
        fixture: the fixture model tried, or "" for a model made within the probe.
        notes: what was lost (`degraded`), or what is worth knowing beside the outcome.
        seconds: wall time of the probe, its set-up included.
        attempt: 1, or 2 where a time-out was tried again; the last attempt counts.
        observed: when the run began that observed it (ISO 8601, UTC), where it was taken over from an earlier record.
        errors_met: the errors that it met beside `error`, without their frames: refusals that it confirmed, and what
            led to an error; none in records of versions that did not keep them.
    """

    probe: str
    claims: tuple[Tested, ...]
    fixture: str
    outcome: Outcome
    error: Error | None
    notes: tuple[str, ...]
    seconds: float
    attempt: int = 1
    steps: str = ""
    observed: str = ""
    errors_met: tuple[Error, ...] = ()


class Unavailable(msgspec.Struct, frozen=True, forbid_unknown_fields=True, tag_field="kind", tag="unavailable"):
    """Why there is nothing to observe: no interpreter, no installation, or an import that fails.

    Attributes:
        stage: "interpreter", "lock", "install", "import" or "collect".
        reason: one sentence.
        detail: the end of what the failing command printed.
        remedy: what to do about it, where something can be done.
        error: what importing raised, where that is the reason.
    """

    stage: str
    reason: str
    detail: str = ""
    remedy: str = ""
    error: Error | None = None


class Footer(msgspec.Struct, frozen=True, forbid_unknown_fields=True, tag_field="kind", tag="footer"):
    """The end of a record.

    Attributes:
        seconds: wall time of the cell, from the header on.
        cpu_seconds: CPU time of the cell's processes.
    """

    observations: int
    seconds: float
    cpu_seconds: float
    finished: str


Line = Header | Versions | Plan | Observation | Unavailable | Footer

Kind = TypeVar("Kind", bound=Line)

_DECODER = msgspec.json.Decoder(Line)
_NOT_JSON = (msgspec.DecodeError, UnicodeDecodeError)


class Record(msgspec.Struct, frozen=True):
    """A whole record, read back."""

    path: Path
    header: Header
    setting: Versions | None
    plan: tuple[str, ...]
    observations: tuple[Observation, ...]  # the last attempt of each probe, in the plan's order where there is one
    unavailable: Unavailable | None
    footer: Footer | None

    @property
    def missing(self) -> tuple[str, ...]:
        """Planned probes without an observation."""
        seen = {observation.probe for observation in self.observations}
        return tuple(probe for probe in self.plan if probe not in seen)

    @property
    def complete(self) -> bool:
        """Whether everything that was planned is there."""
        return self.footer is not None and not self.missing


def read_record(path: Path) -> Record:
    """Reads one record; a last line cut short is dropped, since that is how a killed writer leaves it.

    Raises:
        EvidenceError: the file is no record, is of another schema, or is damaged anywhere but at its end.
    """
    try:
        raw_lines = path.read_bytes().splitlines(keepends=True)
    except OSError as error:
        raise _unusable(path, f"cannot be read ({error.strerror}).") from error
    _refuse_other_schema(path, raw_lines)
    lines: list[Line] = []
    for number, raw in enumerate(raw_lines, start=1):
        try:
            lines.append(_DECODER.decode(raw))
        except _NOT_JSON as error:
            if number == len(raw_lines) > 1 and not raw.endswith(b"\n"):
                break
            raise _unusable(path, f"line {number} is not a line of a record ({error}).") from error
    if not lines or not isinstance(lines[0], Header):
        raise _unusable(path, "does not begin with a header.")
    if any(isinstance(line, Header) for line in lines[1:]):
        raise _unusable(path, "has a second header: two records were written into one file.")
    plan = tuple(dict.fromkeys(probe for line in lines if isinstance(line, Plan) for probe in line.probes))
    return Record(
        path=path,
        header=lines[0],
        setting=_last(lines, Versions),
        plan=plan,
        observations=_last_attempts(lines, plan),
        unavailable=_last(lines, Unavailable),
        footer=_last(lines, Footer),
    )


def _refuse_other_schema(path: Path, raw_lines: list[bytes]) -> None:
    """Looks at nothing but the version, since the lines of another one need not be lines as this version knows them."""
    try:
        stated = msgspec.json.decode(raw_lines[0], type=_StatedSchema).schema if raw_lines else None
    except _NOT_JSON:
        return  # no header at all, which the reader explains
    if stated not in (None, SCHEMA):
        raise _unusable(path, f'is of schema "{stated}", but this version reads "{SCHEMA}".')


class _StatedSchema(msgspec.Struct):
    schema: str | None = None


def _last_attempts(lines: list[Line], plan: tuple[str, ...]) -> tuple[Observation, ...]:
    """The last observation of each probe: the planned ones in their order, then any other."""
    latest = {line.probe: line for line in lines if isinstance(line, Observation)}
    planned = [latest.pop(probe) for probe in plan if probe in latest]
    return (*planned, *latest.values())


def _last(lines: list[Line], kind: type[Kind]) -> Kind | None:
    return next((line for line in reversed(lines) if isinstance(line, kind)), None)


def _unusable(path: Path, what: str) -> EvidenceError:
    return EvidenceError(
        what,
        where=str(path),
        remedy="Remove it (or restore it) and run its cell again; the other records are untouched.",
    )
