"""Tries candidates and hybrids for real, and keeps every record, so that nothing is observed twice."""

from __future__ import annotations

import hashlib
import sys
import time
from contextlib import redirect_stderr, redirect_stdout
from pathlib import Path
from typing import Protocol

import msgspec

from conformance.bisecting.candidates import Candidate
from conformance.bisecting.hybrids import Hybrid
from conformance.bisecting.question import Finding, Question
from conformance.environments import locking
from conformance.environments.catalogue import Releases
from conformance.environments.lock_file import read_lock, request_for
from conformance.environments.unavailable import UnavailableError
from conformance.errors import EvidenceError
from conformance.evidence import Record, read_record
from conformance.running.cell import Limits, Task, harness_version, measure_cell
from conformance.running.places import Places

Specimen = Candidate | Hybrid

# What a record of these stages says follows from the lock alone, and is the same tomorrow. Others (no network, a full
# disk, an interpreter that is not installed) may be mended meanwhile, and are tried again.
_LASTING_STAGES = ("import", "collect")


class Trial(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What came of trying one specimen, once.

    Attributes:
        cell: the id of its cell.
        nth: 1 for its first observation, 2 for its repeat.
        finding: None where nothing could be observed.
        gap: why not; empty where it could.
        tf, hub, python, keras: the versions in force; empty where nothing could be imported.
        lock: digest of the lock; empty where there is none.
        seconds: what the observation took when it was made.
        reused: whether it was made by an earlier run.
    """

    specimen: str
    cell: str
    nth: int
    finding: Finding | None = None
    gap: str = ""
    tf: str = ""
    hub: str = ""
    python: str = ""
    keras: str = ""
    lock: str = ""
    seconds: float = 0.0
    reused: bool = False


class Laboratory(Protocol):
    """Where specimens are tried: the seam that tests replace."""

    def try_out(self, specimen: Specimen, nth: int) -> Trial:
        """The `nth` observation of a specimen, from 1 on, each in processes of its own; an earlier run's if there."""
        ...

    def lock_of(self, specimen: Specimen) -> Path:
        """The lock that it is built from.

        Raises:
            UnavailableError: nothing can be resolved.
        """
        ...


class RealLaboratory:
    """Builds virtualenvs and runs the probes in them.

    What it keeps is under `.nox/bisect`: `locks/`, one per candidate, resolved once; `evidence/`, the records, in a
    folder per lock, mode, Keras, question and number of examples; `log`, what the processes printed.
    """

    def __init__(self, question: Question, releases: Releases, places: Places, limits: Limits) -> None:
        self._question = question
        self._releases = releases
        self._places = places
        self._limits = limits
        self._home = places.work / "bisect"
        self.log = self._home / "log"

    def try_out(self, specimen: Specimen, nth: int) -> Trial:
        """The `nth` observation of a specimen."""
        started = time.monotonic()
        try:
            lock = self.lock_of(specimen)
            digest = read_lock(lock).digest
        except UnavailableError as error:
            seconds = round(time.monotonic() - started, 1)
            return Trial(specimen.label, specimen.cell.id, nth, gap=_reason(error), seconds=seconds)
        earlier = self._kept(specimen, digest, nth)
        return self._read(specimen, nth, earlier or self._measure(specimen, lock, digest, nth), reused=bool(earlier))

    def lock_of(self, specimen: Specimen) -> Path:
        """The committed lock of a release as it is locked; else its own, resolved or mixed the first time."""
        if isinstance(specimen, Candidate) and specimen.locked:
            return specimen.cell.environment.lock
        path = self._home / "locks" / f"{_file_name(specimen)}.txt"
        if isinstance(specimen, Hybrid):
            specimen.write(path)
        elif not self._is_current(specimen, path):
            locking.resolve(request_for(specimen.cell.environment, self._releases), path, as_of=specimen.as_of)
        return path

    def _is_current(self, candidate: Candidate, path: Path) -> bool:
        """Whether its lock is there and still answers what the catalogue asks for."""
        try:
            return read_lock(path).answers(request_for(candidate.cell.environment, self._releases))
        except UnavailableError:  # there is none, or it is damaged
            return False

    def _measure(self, specimen: Specimen, lock: Path, digest: str, nth: int) -> Record:
        places = self._places_of(specimen, digest, nth)
        self.log.parent.mkdir(parents=True, exist_ok=True)
        with self.log.open("a", encoding="utf-8") as log, redirect_stdout(log), redirect_stderr(log):
            print(f"\n==== {specimen.label} ({nth})", flush=True)
            task = Task(specimen.cell, self._question.narrowing, lock)
            return measure_cell(task, places, self._question.catalogue, self._limits)

    def _kept(self, specimen: Specimen, digest: str, nth: int) -> Record | None:
        """The record of an earlier bisection, or an ordinary run's if that was of this very harness."""
        record = _read(self._places_of(specimen, digest, nth).record(specimen.cell.id))
        if record and record.header.lock == digest and self._is_lasting(record):
            return record
        if nth > 1:
            return None
        record = _read(self._places.record(specimen.cell.id))
        harness = harness_version(self._places.root)
        as_it_is = record and record.header.harness == harness and not harness.endswith(("-dirty", "unknown"))
        return record if record and as_it_is and record.header.lock == digest and self._is_lasting(record) else None

    def _is_lasting(self, record: Record) -> bool:
        if record.unavailable:
            return record.unavailable.stage in _LASTING_STAGES
        return record.complete

    def _places_of(self, specimen: Specimen, digest: str, nth: int) -> Places:
        cell = specimen.cell
        parts = (digest, cell.mode, cell.keras, self._question.digest, str(self._limits.examples))
        key = hashlib.sha256("\n".join(parts).encode()).hexdigest()[:32]
        return Places(self._places.root, self._home / "evidence" / key / str(nth), narrowed=True)

    def _read(self, specimen: Specimen, nth: int, record: Record, *, reused: bool) -> Trial:
        answer = self._question.answer(record)
        setting = record.setting
        return Trial(
            specimen=specimen.label,
            cell=specimen.cell.id,
            nth=nth,
            finding=answer if isinstance(answer, Finding) else None,
            gap="" if isinstance(answer, Finding) else answer,
            tf=setting.tf if setting else "",
            hub=setting.hub if setting else "",
            python=setting.python if setting else "",
            keras=setting.keras_version if setting else "",
            lock=record.header.lock,
            seconds=round(record.footer.seconds, 1) if record.footer else 0.0,
            reused=reused,
        )


def _read(path: Path) -> Record | None:
    """The record, if there is one that can be read: a damaged one is observed anew, and so replaced."""
    try:
        return read_record(path) if path.is_file() else None
    except EvidenceError as error:
        print(f"Observed again: {error}", file=sys.stderr)
        return None


def _file_name(specimen: Specimen) -> str:
    """Of its lock: what is in it, which for two candidates of one minor of tensorflow_hub is not told by its id."""
    if isinstance(specimen, Hybrid):
        return hashlib.sha256(specimen.label.encode()).hexdigest()[:32]
    environment = specimen.cell.environment
    return f"{environment.release.requirement.replace('==', '-')}-hub{environment.hub}"


def _reason(error: UnavailableError) -> str:
    lines = [line.strip() for line in error.unavailable.detail.splitlines() if line.strip()]
    return f"{error.unavailable.reason} {' '.join(lines)}"[:400].rstrip()
