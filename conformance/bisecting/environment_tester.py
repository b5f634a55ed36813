"""Tries candidates and hybrids in virtualenvs, and keeps every record, so that nothing is observed twice."""

from __future__ import annotations

import hashlib
import shutil
import sys
import time
from collections.abc import Mapping
from contextlib import redirect_stderr, redirect_stdout
from functools import cached_property
from pathlib import Path
from typing import Protocol

import msgspec

from conformance import json_file
from conformance.bisecting.candidates import CandidateVersion, request_of
from conformance.bisecting.hybrids import Hybrid
from conformance.bisecting.question import Finding, Question, why_not
from conformance.claims.catalogue import Catalogue
from conformance.environments import locking
from conformance.environments.catalogue import Releases
from conformance.environments.lock_file import Lock, lock_at, read_lock
from conformance.environments.unavailable import UnavailableError
from conformance.errors import EvidenceError, UsageError
from conformance.evidence import Record, read_record
from conformance.fixtures import load_models
from conformance.judging.narrowing import Narrowing
from conformance.limits import Limits
from conformance.running.cell import Task, built_from, measure_cell
from conformance.running.exchange_keys import ExchangeKeys
from conformance.running.exchange_subject import TriedExchange
from conformance.running.keys import Built, KeyMaker, Keys
from conformance.running.places import Places

TriedEnvironment = CandidateVersion | Hybrid

# What a record of these stages says follows from the lock alone, and is the same tomorrow. Others (no network, a full
# disk, an interpreter that is not installed) may be repaired meanwhile, and are tried again.
_LASTING_STAGES = ("import", "collect")


class Attempt(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What came of trying one environment, once.

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

    tried: str
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


class EnvironmentTester(Protocol):
    """Where environments are tried: the seam that tests replace."""

    def try_out(self, tried: TriedEnvironment, nth: int) -> Attempt:
        """The `nth` observation of an environment, from 1 on, in its own processes, or an earlier run's."""
        ...

    def lock_of(self, tried: TriedEnvironment) -> Path:
        """The lock that it is built from.

        Raises:
            UnavailableError: nothing can be resolved.
        """
        ...


class VirtualenvTester:
    """Builds virtualenvs and runs the probes in them.

    What it keeps is under `.nox/bisections` (`.nox/bisect` is nox's own, the session's virtualenv): `locks/`, one per
    candidate, resolved once; `evidence/`, the records, in a folder per key of what they depend on; `log`, what the
    processes printed.
    """

    def __init__(
        self, question: Question, releases: Releases, claims: Catalogue, places: Places, limits: Limits
    ) -> None:
        self._question = question
        self._releases = releases
        self._claims = claims
        self._places = places
        self._limits = limits
        self._models = load_models(releases)
        self._now = self._key_maker()
        self._built: set[str] = set()  # virtualenvs that no other command uses
        self._home = places.work / "bisections"
        self.log = self._home / "log"

    def try_out(self, tried: TriedEnvironment, nth: int) -> Attempt:
        """The `nth` observation of an environment."""
        started = time.monotonic()
        try:
            lock = read_lock(self.lock_of(tried))
        except UnavailableError as error:
            seconds = round(time.monotonic() - started, 1)
            return Attempt(tried.label, tried.cell.id, nth, gap=why_not(error.unavailable), seconds=seconds)
        earlier = self._kept(tried, lock, nth)
        return self._read(tried, nth, earlier or self._measure(tried, lock, nth), reused=bool(earlier))

    def lock_of(self, tried: TriedEnvironment) -> Path:
        """The committed lock of a release as it is locked; else its own, resolved or mixed the first time."""
        if isinstance(tried, CandidateVersion) and tried.locked:
            return tried.cell.environment.lock
        path = self._home / "locks" / f"{_file_name(tried)}.txt"
        if isinstance(tried, Hybrid):
            tried.write(path)
        else:
            request, earlier = request_of(tried, self._releases), lock_at(path)
            if earlier is None or not earlier.answers(request):
                locking.resolve(request, path, as_of=tried.as_of)
        return path

    def tidy(self) -> None:
        """Removes the virtualenvs that were built for this bisection alone; the next one makes them anew in seconds."""
        for cell_id in self._built:
            shutil.rmtree(self._places.virtualenvs / cell_id, ignore_errors=True)
        self._built.clear()

    def _measure(self, tried: TriedEnvironment, lock: Lock, nth: int) -> Record:
        keys = self._keys(tried, lock, self._now, self._question.narrowing)
        places = self._places_of(keys, nth)
        self.log.parent.mkdir(parents=True, exist_ok=True)
        if isinstance(tried, Hybrid):
            self.tidy()  # what was searched is not needed any more, nor is the hybrid before
        if isinstance(tried, Hybrid) or not tried.locked:
            self._built.add(tried.cell.id)
        with self.log.open("a", encoding="utf-8") as log, redirect_stdout(log), redirect_stderr(log):
            print(f"\n==== {tried.label} ({nth})", flush=True)
            task = Task(
                tried.cell, self._question.narrowing, lock.path, keys=self._key_maker, subject=self._described_subject()
            )
            record = measure_cell(task, places, self._question.catalogue, self._limits)
        if not record.unavailable and not keys.items() <= record.header.keys.items():
            raise UsageError(
                "the probes, or what they depend on, were edited meanwhile: what came before was of other sources.",
                where=str(self._places.root / "conformance" / "inside"),
                remedy="Bisect again, and leave them alone; what did not depend on the edit is not observed again.",
            )
        return record

    def _kept(self, tried: TriedEnvironment, lock: Lock, nth: int) -> Record | None:
        """The record of an earlier bisection or, first, an ordinary run's; if nothing changed since."""
        keys = self._keys(tried, lock, self._now, self._question.narrowing)
        record = _read(self._places_of(keys, nth).record(tried.cell.id))
        if record and keys.items() <= record.header.keys.items() and _is_lasting(record):
            return record
        if nth > 1 or not (record := _read(self._places.record(tried.cell.id))):
            return None
        everything = self._keys(tried, lock, self._ordinary, Narrowing())
        wanted = {module: everything.get(module, "") for module in keys}
        return record if wanted.items() <= record.header.keys.items() and _is_lasting(record) else None

    def _described_subject(self) -> TriedExchange | None:
        """The model of the store that is used, where the question is about one."""
        if self._question.used is None:
            return None
        described = self._home / "used.json"
        json_file.replace({described: json_file.encode(self._question.used)})
        return TriedExchange(described)

    def _key_maker(self) -> KeyMaker:
        """The keys for everything as it is now."""
        used = self._question.used
        return (
            ExchangeKeys(self._places.root, used)
            if used
            else Keys(self._places.root, self._question.catalogue, self._models)
        )

    @cached_property
    def _ordinary(self) -> Keys:
        """The keys of ordinary runs, of whole cells."""
        return Keys(self._places.root, self._claims, self._models)

    def _keys(self, tried: TriedEnvironment, lock: Lock, keys: KeyMaker, narrowing: Narrowing) -> dict[str, str]:
        """What the answer depends on, by module of probes."""
        built = built_from(lock) or Built(lock.content, "")
        found = keys.of(tried.cell, built, narrowing, self._limits.examples)
        return {module: key for module, key in found.items() if self._question.may_be_answered_by(module)}

    def _places_of(self, keys: Mapping[str, str], nth: int) -> Places:
        key = hashlib.sha256(msgspec.json.encode(keys, order="deterministic")).hexdigest()[:32]
        return Places(self._places.root, self._home / "evidence" / key / str(nth), narrowed=True)

    def _read(self, tried: TriedEnvironment, nth: int, record: Record, *, reused: bool) -> Attempt:
        answer = self._question.answer(record)
        setting = record.setting
        return Attempt(
            tried=tried.label,
            cell=tried.cell.id,
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


def _is_lasting(record: Record) -> bool:
    if record.unavailable:
        return record.unavailable.stage in _LASTING_STAGES
    return record.complete


def _read(path: Path) -> Record | None:
    """The record, if there is one that can be read: a damaged one is observed anew, and so replaced."""
    try:
        return read_record(path) if path.is_file() else None
    except EvidenceError as error:
        print(f"Observed again: {error}", file=sys.stderr)
        return None


def _file_name(tried: TriedEnvironment) -> str:
    """The name of its lock: its packages, since two candidates with one minor of tensorflow_hub have the same id."""
    if isinstance(tried, Hybrid):
        return hashlib.sha256(tried.label.encode()).hexdigest()[:32]
    environment = tried.cell.environment
    return f"{environment.release.requirement.replace('==', '-')}-hub{environment.hub}"
