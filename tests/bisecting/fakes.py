"""A laboratory, an index and a row of candidates that need no TensorFlow, with defects that tests ask for by name."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Mapping, Sequence
from enum import Enum
from pathlib import Path

from packaging.version import Version

from conformance.bisecting.bisection import bisect
from conformance.bisecting.candidates import CandidateVersion
from conformance.bisecting.hybrids import EnvironmentPart, Hybrid
from conformance.bisecting.laboratory import Specimen, Trial
from conformance.bisecting.question import Finding
from conformance.bisecting.result import Asked, Bisection
from conformance.environments.catalogue import Cell, Environment, Release
from conformance.environments.lock_file import LockRequest, ReasonedRequirement, compose
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


class FakeLaboratory:
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
        self._kept: dict[tuple[str, int], Trial] = {}

    def try_out(self, specimen: Specimen, nth: int) -> Trial:
        key = specimen.label, nth
        self.tried.append(specimen.label)
        if key not in self._kept:
            self._kept[key] = self._observe(specimen, nth)
            self.observed[key] += 1
        return self._kept[key]

    def lock_of(self, specimen: Specimen) -> Path:
        assert isinstance(specimen, CandidateVersion)
        number = number_of(specimen)
        packages = self.packages.get(number, {"tensorflow": f"2.{number}"})
        return write_lock(self.folder / f"{number}.txt", packages)

    @property
    def observations(self) -> int:
        """How many gave an answer."""
        return sum(trial.finding is not None for trial in self._kept.values())

    def _observe(self, specimen: Specimen, nth: int) -> Trial:
        if isinstance(specimen, Hybrid):
            found = self.hybrids.get(frozenset(specimen.parts))
            return Trial(specimen.label, "cell", nth, found, gap="" if found else "ImportError: it does not fit.")
        number = number_of(specimen)
        defect = self.defects.get(number)
        if defect is Defect.INTERRUPTED:
            raise KeyboardInterrupt
        if defect is Defect.GAP or (defect is Defect.LOST and nth == 2):
            return Trial(specimen.label, "cell", nth, gap="No solution found.")
        found = self.history[number]
        if defect is Defect.FLAKY and nth == 2:
            found = ELSE
        return Trial(specimen.label, "cell", nth, found)


def row(count: int) -> tuple[CandidateVersion, ...]:
    """So many candidates: TensorFlow 2.0, 2.1, ..."""
    return tuple(candidate(number) for number in range(count))


def candidate(number: int) -> CandidateVersion:
    version = f"2.{number}"
    release = Release(version, "3.11", f"tensorflow=={version}", ("0.16.1",), (Mode.TF2,), (Keras.BUNDLED,), ())
    return CandidateVersion(Version(version), Cell(Environment(release, "0.16.1"), Mode.TF2, Keras.BUNDLED))


def number_of(specimen: CandidateVersion) -> int:
    return specimen.version.minor


def search(laboratory: FakeLaboratory) -> Bisection:
    """Bisects all that the laboratory has a history of."""
    return bisect(row(len(laboratory.history)), laboratory, ASKED, lambda what, trial: None)


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
    request = LockRequest("an-environment", python, (ReasonedRequirement("tensorflow"),), (), ())
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(compose(request, {}, "--only-binary :all:\n\n" + "\n".join(entries)))
    return path
