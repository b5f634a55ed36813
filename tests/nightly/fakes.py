"""A driver in which a night takes no time, with outcomes and defects that tests ask for by name."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from enum import Enum
from pathlib import Path

import msgspec

from conformance.comparing.direction import SeenOutcome
from conformance.environments.catalogue import Cell, Environment, Pin, Releases
from conformance.environments.lock_file import LockRequest, compose
from conformance.environments.unavailable import UnavailableError
from conformance.environments.unpinned import UnpinnedInstall
from conformance.evidence import Record, Unavailable
from conformance.history.store import History
from conformance.judging.expectations import Expectation
from conformance.judging.judge import Rules
from conformance.night import Night, NightFinding
from conformance.nightly.confirming import Repeat
from conformance.nightly.driver import NightlyDriver
from conformance.nightly.run import NightlyRequest, NightlyRun, run_nightly
from conformance.running.matrix import Measured
from conformance.snapshot import snapshot_of
from conformance.words import Keras, Mode, Outcome
from tests.judging.cases import CLAIMS, expecting, record, release, seen

PROBES = ("one", "two")
BROKEN = UnpinnedInstall("3.13", {"setuptools": "82.0"}, error="ModuleNotFoundError: No module named 'pkg_resources'")
WORKING = UnpinnedInstall("3.13", {"setuptools": "80.0"}, versions={"tensorflow": "2.21.0"})

RELEASES = Releases(
    releases=(
        release("2.15", "tensorflow-cpu==2.15.1"),
        release("2.16", "tensorflow-cpu==2.16.2", Keras.KERAS3),
        release("rc", "tensorflow-cpu>=2.22.0rc0", Keras.KERAS3, floating=True),
        msgspec.structs.replace(
            release("nightly", "tf-nightly>=2.23.0.dev0", Keras.KERAS3, floating=True),
            hub_nightly="tf-hub-nightly>=0.17.0.dev0",
        ),
    ),
    pins={},
    overrides={},
    quick=(),
)
NIGHTLY, HUB_NIGHTLY = "tfnightly-hub0.16-tf2-keras3", "tfnightly-hubnightly-tf2-keras3"
CANDIDATE, REFERENCE = "tfrc-hub0.16-tf2-keras3", "tf2.16-hub0.16-tf2-keras3"
FIRST, SECOND, THIRD = "2026-10-18", "2026-10-19", "2026-10-20"
ONE = (NIGHTLY, "one")


class Defect(Enum):
    """What can go wrong in a night."""

    INDEX_UNREACHABLE = "the index cannot be reached"
    NO_SOLUTION = "the environments cannot be resolved"
    REPEAT_UNAVAILABLE = "the environment of a repeat cannot be built"
    INTERRUPTED_MEASURING = "Ctrl-C while cells are measured"
    INTERRUPTED_REPEATING = "Ctrl-C while probes are repeated"
    INTERRUPTED_INSTALLING = "Ctrl-C during the unpinned install"


class FakeDriver(NightlyDriver):
    """Replaces the real one; what is not said otherwise works."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.defects: set[Defect] = set()
        self.offers = {"rc": "2.22.0rc0", "nightly": "2.23.0.dev20261020"}  # by release; "" is nothing
        self.versions: dict[str, str] = {}  # what is locked
        self.outcomes: dict[tuple[str, str], Outcome] = {}
        self.repeats: dict[tuple[str, str], list[Outcome | None]] = {}  # what each repeat sees, in turn
        self.unavailable: dict[str, str] = {}  # cells
        self.unpinned_install = BROKEN
        self.repeated: list[tuple[str, tuple[str, ...], int]] = []

    def offered(self, environment: Environment) -> str:
        if Defect.INDEX_UNREACHABLE in self.defects:
            raise UnavailableError("lock", "the package index cannot be reached.", where="index", remedy="Wait.")
        return self.offers[environment.release.tf]

    def resolve(self, environment: Environment) -> Path:
        if Defect.NO_SOLUTION in self.defects:
            raise UnavailableError("lock", "no set of packages satisfies this.", where="index", remedy="Wait.")
        packages = {"tf-nightly": self.offers[environment.release.tf], "numpy": "2.0"} | self.versions
        body = "".join(f"{name}=={version} \\\n    --hash=sha256:{'0' * 64}\n" for name, version in packages.items())
        request = LockRequest(environment.id, "3.12", (Pin(environment.release.requirement, ""),), (), ())
        path = self.folder / f"{environment.id}.txt"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(compose(request, {}, body))
        return path

    def measure(self, cells: Sequence[Cell], locks: Mapping[str, Path], lost: Mapping[str, Unavailable]) -> Measured:
        interrupted = Defect.INTERRUPTED_MEASURING in self.defects
        measured = cells[:1] if interrupted else cells
        return Measured(tuple(self._record(cell, lost) for cell in measured), interrupted=interrupted)

    def repeat(self, cell: Cell, lock: Path, probes: tuple[str, ...], number: int) -> Repeat:
        self.repeated.append((cell.id, probes, number))
        if Defect.INTERRUPTED_REPEATING in self.defects:
            raise KeyboardInterrupt
        if Defect.REPEAT_UNAVAILABLE in self.defects:
            return Repeat(problem="the disk is full.")
        found: dict[str, SeenOutcome] = {}
        for probe in probes:
            turns = self.repeats.get((cell.id, probe), [])
            outcome = turns[number - 1] if turns else self.outcomes[cell.id, probe]
            if outcome:
                found[probe] = SeenOutcome(outcome)
        return Repeat(found)

    def unpinned(self) -> UnpinnedInstall:
        if Defect.INTERRUPTED_INSTALLING in self.defects:
            raise KeyboardInterrupt
        return self.unpinned_install

    def _record(self, cell: Cell, lost: Mapping[str, Unavailable]) -> Record:
        if cell.environment.id in lost:
            return record(cell, unavailable=lost[cell.environment.id])
        if cell.id in self.unavailable:
            return record(cell, unavailable=Unavailable("import", self.unavailable[cell.id]))
        seen_of = [seen(probe, self.outcomes.get((cell.id, probe), Outcome.WORKS)) for probe in PROBES]
        hub = cell.environment.hub
        made = record(
            cell, *(seen_of if cell.mode is Mode.TF2 else ()), tf=self.offers.get(cell.environment.release.tf)
        )
        assert made.setting is not None
        return msgspec.structs.replace(made, setting=msgspec.structs.replace(made.setting, hub=hub))


class Nights:
    """Holds one night after the other, each kept in an archive as the command keeps it."""

    def __init__(self, folder: Path) -> None:
        self.driver = FakeDriver(folder / "reports" / "locks")
        self.noted: list[str] = []
        self.said: list[str] = []
        self.expectations: list[Expectation] = []
        self.accepted: dict[tuple[str, str], Outcome] = {}
        self.reports = folder / "reports"
        self.history = History(self.reports / "history", self.noted.append)

    def run(self, date: str, *, replayed: bool = False, only: tuple[str, ...] = ("*",)) -> NightlyRun:
        request = NightlyRequest(date, replayed, 25, "1.0", self.reports.parent, self.reports, only)
        rules = Rules(CLAIMS, RELEASES, expecting(*self.expectations))
        done = run_nightly(request, rules, self.accepted, self.driver, self.history, self.said.append)
        self.history.append_night(done.night, snapshot_of(done.results))
        return done


def only_finding(night: Night) -> NightFinding:
    """The one regression that a night found."""
    (finding,) = night.findings
    return finding
