"""A tester, an index and a row of candidates that need no TensorFlow, with defects that tests ask for by name."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Mapping, Sequence
from enum import Enum
from pathlib import Path

from packaging.version import Version

from conformance.bisecting.bisection import bisect
from conformance.bisecting.candidates import CandidateVersion
from conformance.bisecting.environment_tester import Attempt, TriedEnvironment
from conformance.bisecting.hybrids import EnvironmentPart, Hybrid
from conformance.bisecting.question import Finding
from conformance.bisecting.result import Asked, Bisection
from conformance.environments.catalogue import Cell, Environment, Pin, Release
from conformance.environments.lock_file import LockRequest, compose
from conformance.words import Keras, Mode, Outcome

ASKED = Asked("a.claim", "tf2.9-hub0.16-tf2", "tf", "nox -s bisect -- ...", "abc", "2026-01-01T00:00:00+00:00")

GOOD = Finding(Outcome.WORKS, "", {"a.probe": Outcome.WORKS})
BAD = Finding(Outcome.API_MISSING, "MissingError: gone", {"a.probe": Outcome.API_MISSING})
ELSE = Finding(Outcome.FAILED, "ValueError: something else", {"a.probe": Outcome.FAILED})


class Defect(Enum):
    """What can be wrong with an environment."""

    GAP = "it cannot be installed or imported"
    FLAKY = "its second observation is another one"
    LOST = "its second observation cannot be made"
    INTERRUPTED = "somebody presses Ctrl-C"


class FakeTester:
    """What it observes follows from `history`, in which a candidate is a number; it keeps what it observed.

    Attributes:
        hybrids: what a hybrid shows, by its parts of the first bad; those not named cannot be imported.
        packages: what a candidate's lock has, as a function of its number would; by default TensorFlow alone differs.
    """

    def __init__(self, folder: Path, history: Sequence[Finding], defects: Mapping[int, Defect] | None = None) -> None:
        self.folder = folder
        self.history = history
        self.defects = dict(defects or {})
        self.hybrids: dict[frozenset[EnvironmentPart], Finding] = {}
        self.packages: dict[int, dict[str, str]] = {}
        self.observed: Counter[tuple[str, int]] = Counter()
        self.tried: list[str] = []
        self._kept: dict[tuple[str, int], Attempt] = {}

    def try_out(self, tried: TriedEnvironment, nth: int) -> Attempt:
        key = tried.label, nth
        self.tried.append(tried.label)
        if key not in self._kept:
            self._kept[key] = self._observe(tried, nth)
            self.observed[key] += 1
        return self._kept[key]

    def lock_of(self, tried: TriedEnvironment) -> Path:
        assert isinstance(tried, CandidateVersion)
        number = number_of(tried)
        packages = self.packages.get(number, {"tensorflow": f"2.{number}"})
        return write_lock(self.folder / f"{number}.txt", packages)

    @property
    def observations(self) -> int:
        """How many gave an answer."""
        return sum(attempt.finding is not None for attempt in self._kept.values())

    def _observe(self, tried: TriedEnvironment, nth: int) -> Attempt:
        if isinstance(tried, Hybrid):
            found = self.hybrids.get(frozenset(tried.parts))
            return Attempt(tried.label, "cell", nth, found, gap="" if found else "ImportError: it does not fit.")
        number = number_of(tried)
        defect = self.defects.get(number)
        if defect is Defect.INTERRUPTED:
            raise KeyboardInterrupt
        if defect is Defect.GAP or (defect is Defect.LOST and nth == 2):
            return Attempt(tried.label, "cell", nth, gap="No solution found.")
        found = self.history[number]
        if defect is Defect.FLAKY and nth == 2:
            found = ELSE
        return Attempt(tried.label, "cell", nth, found)


def row(count: int) -> tuple[CandidateVersion, ...]:
    """So many candidates: TensorFlow 2.0, 2.1, ..."""
    return tuple(candidate(number) for number in range(count))


def candidate(number: int) -> CandidateVersion:
    version = f"2.{number}"
    release = Release(version, "3.11", f"tensorflow=={version}", ("0.16.1",), (Mode.TF2,), (Keras.BUNDLED,), ())
    return CandidateVersion(Version(version), Cell(Environment(release, "0.16.1"), Mode.TF2, Keras.BUNDLED))


def number_of(tried: CandidateVersion) -> int:
    return tried.version.minor


def search(tester: FakeTester) -> Bisection:
    """Bisects all that the tester has a history of."""
    return bisect(row(len(tester.history)), tester, ASKED, lambda what, attempt: None)


def write_lock(
    path: Path, packages: Mapping[str, str], *, python: str = "3.11", needs: Mapping[str, Sequence[str]] | None = None
) -> Path:
    """A lock of those packages; `needs` says for some which packages need them."""
    entries = []
    for name, version in packages.items():
        digest = hashlib.sha256(f"{name}{version}".encode()).hexdigest()
        via = (needs or {}).get(name, ())
        lines = [f"    # via {via[0]}"] if len(via) == 1 else ["    # via", *(f"    #   {one}" for one in via)]
        entries.append("\n".join([f"{name}=={version} \\", f"    --hash=sha256:{digest}", *(lines if via else [])]))
    request = LockRequest("an-environment", python, (Pin("tensorflow", ""),), (), ())
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(compose(request, {}, "--only-binary :all:\n\n" + "\n".join(entries)))
    return path
