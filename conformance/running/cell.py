"""Measures one cell: header, virtualenv, probes, footer. It is measured too where it turns out to be unavailable."""

from __future__ import annotations

import resource
import time
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path

import msgspec

from conformance.claims.catalogue import Catalogue
from conformance.environments import command, importing, interpreters, locking, virtualenv
from conformance.environments.catalogue import Cell, Environment
from conformance.environments.lock_file import Lock, read_lock
from conformance.environments.unavailable import UnavailableError
from conformance.evidence import SCHEMA, Footer, Header, Record, Unavailable, read_record
from conformance.fixtures import FIXTURES
from conformance.judging.narrowing import Narrowing
from conformance.limits import Limits
from conformance.running import probing
from conformance.running.exclusive import only_one
from conformance.running.keys import Built, KeyMaker
from conformance.running.places import CELLS, Places
from conformance.running.probing import CellSubject, ProbeRequest, PytestEnd
from conformance.running.record_writer import RecordWriter
from conformance.running.records import earlier_records
from conformance.running.reuse import NOTHING, keep
from conformance.words import Outcome

_NO_KEYS: Mapping[str, str] = {}
_DETAIL_LIMIT = 4000  # characters; the cause stands at the end of what a program prints


class Task(msgspec.Struct, frozen=True):
    """What is to be measured: a cell, and what to try in it; lock and models where not the committed ones.

    Attributes:
        overlay: variables that the probes' process gets beside its own; only a trial of the harness has any.
        keys: makes the keys by which a later run may take the observations over; None where none ever may.
        python: that of the cell's virtualenv, where it has been built already.
        subject: what is tried in place of the claims: a user's own model, or models that change hands.
        first: the probes that run before all others, in this order.
        reuse: whether to take over what the cell's earlier records hold under the same keys.
    """

    cell: Cell
    narrowing: Narrowing = Narrowing()
    lock: Path | None = None
    models: Path = FIXTURES
    overlay: dict[str, str] = {}
    keys: Callable[[], KeyMaker] | None = None
    python: Path | None = None
    subject: CellSubject | None = None
    first: tuple[str, ...] = ()
    reuse: bool = False


def measure_cell(task: Task, places: Places, catalogue: Catalogue, limits: Limits) -> Record:
    """Measures a cell into its record, which it returns.

    When interrupted, it leaves what was observed so far as the partial record.
    """
    cell = task.cell
    with only_one(places.virtualenvs / f"{cell.id}.running", f"the cell {cell.id}"):
        stopwatch = _Stopwatch()
        writer = RecordWriter(places.partial(cell.id))
        try:
            path = task.lock or lock_for(cell.environment, places.resolutions / cell.id)
            lock = read_lock(path)
        except UnavailableError as error:
            writer.begin(header_of(cell, "", places))
            writer.append(error.unavailable)
        else:
            task = msgspec.structs.replace(task, lock=path)
            built = built_from(lock) if task.keys else None
            keys = _keys(task, built, limits)
            kept = keep(earlier_records(cell.id, places), keys, probe_limit=limits.probe) if task.reuse else NOTHING
            header = header_of(cell, lock.digest, places, keys)
            writer.begin(header, *kept.lines)
            if built:
                virtualenv.forget_other_python(places.virtualenvs / cell.id, built.python)
            _build_and_observe(task, kept.probes, writer, places, catalogue, limits)
            if (unchanged := _keys(task, built, limits, of=keys)) != keys:  # what changed meanwhile was not observed
                writer.restate(msgspec.structs.replace(header, keys=unchanged))
        return _finish(cell, writer, places, stopwatch)


def built_from(lock: Lock) -> Built | None:
    """What a virtualenv of `lock` is built from; None where no interpreter for it is installed."""
    try:
        return Built(lock.content, interpreters.exact_version(lock.python))
    except UnavailableError:  # which the build will say
        return None


def _keys(task: Task, built: Built | None, limits: Limits, of: Mapping[str, str] | None = None) -> dict[str, str]:
    """The keys of the cell as everything is now; only those that are as they were in `of`, where that is given."""
    if task.keys is None or built is None:
        return {}
    keys = task.keys().of(task.cell, built, task.narrowing, limits.examples)
    return keys if of is None else {name: key for name, key in keys.items() if of.get(name) == key}


def record_unavailable(cell: Cell, unavailable: Unavailable, places: Places) -> Record:
    """Writes the record of a cell that was found to be unavailable before its turn came."""
    stopwatch = _Stopwatch()
    writer = RecordWriter(places.partial(cell.id))
    writer.begin(header_of(cell, "", places))
    writer.append(unavailable)
    return _finish(cell, writer, places, stopwatch)


def lock_for(environment: Environment, directory: Path) -> Path:
    """The lock of `environment`: the committed one, or of a floating release one that is resolved into `directory`.

    Raises:
        UnavailableError: nothing can be resolved.
    """
    return locking.resolve_floating(environment, directory) if environment.release.floating else environment.lock


def harness_version(root: Path) -> str:
    """The commit of the checkout, marked where files differ from it; "unknown" outside version control."""
    try:
        # No tag is ever matched: the commit alone is what can be looked up.
        done = command.run(
            ("git", "-C", str(root), "describe", "--always", "--dirty", "--abbrev=12", "--exclude=*"),
            environment={"PATH": "/usr/local/bin:/usr/bin:/bin"},
        )
    except FileNotFoundError:
        return "unknown"
    return done.out.strip() if done.code == 0 else "unknown"


def _compiled_before(cell: Cell, places: Places) -> Path | None:
    """The virtualenv whose compiled files the cell's can use: its ordinary one, or for that one of the same release.

    To compile TensorFlow costs a cell three to five CPU seconds, and most releases are in four cells.
    """
    own, usual = places.virtualenvs / cell.id, places.work / CELLS / cell.id
    if own != usual:
        return usual
    release, _, _ = cell.environment.id.partition("-hub")
    others = (other for other in sorted(places.virtualenvs.glob(f"{release}-hub*")) if other.is_dir() and other != own)
    return next((other for other in others if importing.is_compiled(other / "bin" / "python")), None)


def build(cell: Cell, lock: Path | None, places: Places) -> Path:
    """Makes the cell's virtualenv be what the lock says; returns the path of its Python.

    Raises:
        UnavailableError: it cannot be built here.
    """
    return virtualenv.build(cell, root=places.virtualenvs, lock=lock, bytecode_of=_compiled_before(cell, places))


def _build_and_observe(
    task: Task, observed: Sequence[str], writer: RecordWriter, places: Places, catalogue: Catalogue, limits: Limits
) -> None:
    try:
        python = task.python or build(task.cell, task.lock, places)
    except UnavailableError as error:
        writer.append(error.unavailable)
        return
    deadline = time.monotonic() + limits.cell

    def run(attempt: int, probes: tuple[str, ...]) -> PytestEnd:
        cell, narrowing = task.cell, msgspec.structs.replace(task.narrowing, probes=probes)
        wanted = ProbeRequest(
            record=str(writer.path),
            cell=cell.id,
            mode=cell.mode,
            keras=cell.keras,
            claims=_claims(task.subject, narrowing, cell, catalogue),
            probes=probes or None,
            observed=tuple(observed),
            models=str(task.models),
            timeout=limits.probe,
            examples=limits.examples,
            attempt=attempt,
            first=task.first,
        )
        return probing.run_probes(
            python, wanted, places=places, deadline=deadline, overlay=task.overlay, subject=task.subject
        )

    ended = run(1, task.narrowing.probes)
    observations = read_record(writer.path).observations
    timed_out = tuple(one.probe for one in observations if one.outcome is Outcome.TIMED_OUT)
    if timed_out and not ended.over_time:  # a hang that does not repeat was the machine's
        print(f"Trying again what timed out: {', '.join(timed_out)}", flush=True)
        ended = run(2, timed_out)
    if ended.over_time:
        print(f"The cell took longer than {limits.cell:.0f} s and was ended.", flush=True)
    if unavailable := _explain_silence(read_record(writer.path), ended, limits):
        writer.append(unavailable)


def _claims(subject: CellSubject | None, narrowing: Narrowing, cell: Cell, catalogue: Catalogue) -> tuple[str, ...]:
    if subject:
        return subject.claims
    return tuple(one.id for one in narrowing.claims_to_try(cell, catalogue))


def _explain_silence(record: Record, ended: PytestEnd, limits: Limits) -> Unavailable | None:
    """Why not a single observation was made, where the inside did not say so itself.

    Where there are some, nothing is added: the probes that are missing show as missing.
    """
    made = any(not one.observed for one in record.observations)
    if record.unavailable or made or ended.code == probing.NO_PROBE_SELECTED:
        return None
    if ended.over_time:
        reason = f"no probe ended within the {limits.cell:.0f} s that the cell may take."
    else:
        reason = f"pytest ended with exit code {ended.code} and left no observation."
    return Unavailable(
        stage="run" if record.missing else "collect",
        reason=reason,
        detail=ended.tail.strip()[-_DETAIL_LIMIT:],
        remedy="Read the detail; what it names is broken in the environment or in the harness, not in the page.",
    )


def header_of(cell: Cell, lock_digest: str, places: Places, keys: Mapping[str, str] = _NO_KEYS) -> Header:
    """The first line of a record that begins now."""
    return Header(
        schema=SCHEMA,
        cell=cell.id,
        environment=cell.environment.id,
        mode=cell.mode,
        keras=cell.keras,
        lock=lock_digest,
        started=_now(),
        harness=harness_version(places.root),
        keys=dict(keys),
    )


def _finish(cell: Cell, writer: RecordWriter, places: Places, stopwatch: _Stopwatch) -> Record:
    seconds, cpu_seconds = stopwatch.read()
    writer.append(
        Footer(
            observations=len(read_record(writer.path).observations),
            seconds=seconds,
            cpu_seconds=cpu_seconds,
            finished=_now(),
        )
    )
    writer.publish(places.record(cell.id))
    return read_record(places.record(cell.id))


class _Stopwatch:
    """Measures wall time, and the CPU time of the processes that we started and that have ended."""

    def __init__(self) -> None:
        self._wall, self._cpu = time.monotonic(), self._children()

    def read(self) -> tuple[float, float]:
        return round(time.monotonic() - self._wall, 3), round(self._children() - self._cpu, 3)

    @staticmethod
    def _children() -> float:
        usage = resource.getrusage(resource.RUSAGE_CHILDREN)
        return usage.ru_utime + usage.ru_stime


def _now() -> str:
    """The seam for the date."""
    return datetime.now(UTC).isoformat(timespec="seconds")
