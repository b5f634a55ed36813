"""A driver that builds and measures nothing, with outcomes and defects that tests ask for by name."""

from __future__ import annotations

import hashlib
import zipfile
from collections.abc import Mapping, Sequence
from enum import Enum
from pathlib import Path

import msgspec

from conformance.candidate.asked import Slot, TypedCandidate, read_asked
from conformance.candidate.building import BuiltWheel
from conformance.candidate.replacing import CannotReplaceError, PreparedCandidate, Replaced
from conformance.candidate.run import CandidateRequest, CandidateRun, run_candidate
from conformance.environments.catalogue import Cell, Environment
from conformance.environments.unavailable import UnavailableError
from conformance.evidence import Error, Observation, Record, Unavailable
from conformance.judging.expectations import Expectation
from conformance.judging.judge import Rules
from conformance.judging.narrowing import Narrowing
from conformance.running.matrix import Measured
from conformance.words import Outcome
from tests.judging.cases import CLAIMS, COMPAT, RELEASES, TF2, expecting, record, seen

PROBES = ("one", "two", "three", "four", "five")


class Defect(Enum):
    """What can go wrong with a candidate."""

    INSTALLS_NOWHERE = "it can be installed nowhere"
    INDEX_UNREACHABLE = "the index cannot be reached"
    FAILS_TO_IMPORT = "it does not import"
    HANGS_ON_IMPORT = "its import takes too long"
    NOT_BUILT = "its environment cannot be built"
    LEAVES_NO_RECORD = "its cell leaves no record"
    INTERRUPTED = "Ctrl-C"
    INTERRUPTED_BEFORE = "Ctrl-C while the cells without it are measured"
    CUT_SHORT = "its cell is ended early"
    NOT_AGAIN = "what is to be measured again is not"
    IMPORTS_AT_LAST = "it does not import at first, and does when it is measured again"


class FakeDriver:
    """Replaces `RealCandidateDriver`; what is not said otherwise works, with and without the candidate."""

    def __init__(self) -> None:
        self.defects: set[Defect] = set()
        self.before: dict[str, Outcome] = {}
        self.after: dict[str, Outcome] = {}
        self.afterwards: list[dict[str, Outcome]] = []  # what is seen when it is measured again, time by time
        self.asked_again: list[Sequence[str]] = []
        self.base_fails_to_import = False
        self.locks: Mapping[str, Path] = {}

    def build(self, asked: TypedCandidate) -> BuiltWheel:
        return BuiltWheel(Path("kept/tensorflow_hub-0.17.0-py3-none-any.whl"), "tensorflow-hub", "0.17.0", "ab" * 32)

    def replace(self, environment: Environment, candidates: Sequence[PreparedCandidate]) -> Replaced:
        if Defect.INSTALLS_NOWHERE in self.defects:
            raise CannotReplaceError("it requires Python >=3.99.", environment, "Wait.")
        if Defect.INDEX_UNREACHABLE in self.defects:
            raise UnavailableError("lock", "the index cannot be reached.", where=environment.id, remedy="Wait.")
        if environment.release.floating:
            raise CannotReplaceError("it is a wheel for CPython 2.7.", environment, "Build it.")
        return Replaced(Path(f"{environment.id}.txt"), ("tensorflow-hub 0.16.1 -> 0.17.0",), ("a note",))

    def without(self, cells: Sequence[Cell]) -> Measured:
        failed = Unavailable("import", "cannot be imported", error=Error("ImportError", "gone", "tensorflow"))
        if Defect.INTERRUPTED_BEFORE in self.defects:
            return Measured((), interrupted=True)
        if self.base_fails_to_import:
            return Measured(tuple(record(cell, unavailable=failed) for cell in cells))
        return Measured(tuple(record(cell, *_seen(self.before)) for cell in cells), reused=tuple(c.id for c in cells))

    def with_them(self, cells: Sequence[Cell], locks: Mapping[str, Path], without: Sequence[Record]) -> Measured:
        self.locks = locks
        if Defect.INTERRUPTED in self.defects:
            return Measured((), interrupted=True)
        if Defect.LEAVES_NO_RECORD in self.defects:
            return Measured(())
        return Measured(tuple(self._record(cell) for cell in cells))

    def again(
        self, cells: Sequence[Cell], locks: Mapping[str, Path], probes: Sequence[str]
    ) -> tuple[Measured, Measured]:
        self.asked_again.append(probes)
        if self.afterwards:
            self.after = self.afterwards.pop(0)
        self.defects.discard(Defect.IMPORTS_AT_LAST)
        if Defect.NOT_AGAIN in self.defects:
            return Measured(()), Measured(())
        sides = self.without(cells), self.with_them(cells, locks, ())
        return tuple(Measured(tuple(_only(record, probes) for record in side.records)) for side in sides)  # type: ignore[return-value]

    def _record(self, cell: Cell) -> Record:
        for defect, unavailable in (
            (
                Defect.FAILS_TO_IMPORT,
                Unavailable(
                    "import", "cannot be imported", error=Error("ImportError", "no estimator", "hub", "frames")
                ),
            ),
            (Defect.IMPORTS_AT_LAST, Unavailable("import", "died of SIGKILL (import)")),
            (Defect.HANGS_ON_IMPORT, Unavailable("import", "was still running after 121 s (import)")),
            (Defect.NOT_BUILT, Unavailable("install", "the disk is full.")),
        ):
            if defect in self.defects:
                return record(cell, unavailable=unavailable)
        if Defect.CUT_SHORT in self.defects:
            return record(cell, *_seen(self.after)[:1], plan=PROBES, cut_short=True)
        return record(cell, *_seen(self.after))


def _only(of: Record, probes: Sequence[str]) -> Record:
    return msgspec.structs.replace(of, observations=tuple(one for one in of.observations if one.probe in probes))


def _seen(outcomes: Mapping[str, Outcome]) -> list[Observation]:
    return [seen(probe, outcomes.get(probe, Outcome.WORKS)) for probe in PROBES]


class Trials:
    """Runs candidates with a fake driver."""

    def __init__(self) -> None:
        self.driver = FakeDriver()
        self.said: list[str] = []
        self.expectations: list[Expectation] = []
        self.cells: tuple[Cell, ...] = (TF2,)

    def run(self, *typed: str) -> CandidateRun:
        request = CandidateRequest(
            asked=read_asked({Slot.HUB: typed or ("0.17.0",)}),
            cells=self.cells,
            selection="everything",
            narrowing=Narrowing(),
            command="nox -s candidate -- --hub 0.17.0",
            reproduce=lambda cell: f"nox -s candidate -- --hub 0.17.0 --only {cell}",
            harness="1.0",
            started="2026-11-22T10:00:00+00:00",
        )
        rules = Rules(CLAIMS, RELEASES, expecting(*self.expectations))
        return run_candidate(request, rules, self.driver, self.said.append)


BOTH = (TF2, COMPAT)


def write_wheel(
    folder: Path, name: str = "tensorflow_hub", version: str = "0.17.0", tag: str = "py3-none-any", pythons: str = ""
) -> Path:
    """A wheel of nothing but its metadata."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{name}-{version}-{tag}.whl"
    requires = f"Requires-Python: {pythons}\n" if pythons else ""
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr(f"{name}-{version}.dist-info/METADATA", f"Name: {name}\nVersion: {version}\n{requires}\n")
    return path


def digest_of(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def prepared(path: Path, slot: Slot = Slot.HUB) -> PreparedCandidate:
    """A candidate of a wheel."""
    (asked,) = read_asked({slot: [str(path)]})
    name, version = path.name.split("-")[:2]
    return PreparedCandidate(asked, BuiltWheel(path, name.replace("_", "-"), version, digest_of(path)))


def requirement(typed: str, slot: Slot = Slot.HUB) -> PreparedCandidate:
    """A candidate of the package index."""
    (asked,) = read_asked({slot: [typed]})
    return PreparedCandidate(asked)
