"""The candidates: every version between two ends that the index offers, each as a cell that can be measured."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from datetime import date
from enum import Enum

import msgspec
from packaging.requirements import Requirement
from packaging.version import InvalidVersion, Version

from conformance.environments.catalogue import Cell, Environment, Release, Releases
from conformance.environments.lock_file import LockRequest, request_for
from conformance.errors import UsageError, near_miss

Offered = Callable[[str, str], Sequence[Version]]

HUB = "tensorflow_hub"
NIGHTLIES = ("tf-nightly-cpu", "tf-nightly")  # where both have a night, it is the later one that is taken
_NEVER = "sys_platform == 'never'"
_DAY = re.compile(r"(?P<year>\d{4})(?P<month>\d{2})(?P<day>\d{2})")


class Axis(Enum):
    """Which package's versions are searched, the other fixed."""

    TF = "tf"
    HUB = "hub"


class CandidateVersion(msgspec.Struct, frozen=True):
    """One version on the axis."""

    version: Version  # of the package that the axis is about
    cell: Cell  # the cell to measure
    as_of: str = ""  # the ISO date as of which the rest of a nightly's lock is resolved; empty where as of today
    locked: bool = False  # whether its environment is one of the catalogue's, with a committed lock

    @property
    def label(self) -> str:
        """Its name, different from all others: what is installed, e.g. "tensorflow-cpu 2.16.1, hub 0.16.1"."""
        return f"{self.cell.environment.release.requirement.replace('==', ' ')}, hub {self.cell.environment.hub}"


def request_of(candidate: CandidateVersion, releases: Releases) -> LockRequest:
    """What the resolver is asked for: as for its release, with nothing that would put another night in its place."""
    request = request_for(candidate.cell.environment, releases)
    package = Requirement(candidate.cell.environment.release.requirement)
    overrides = tuple(
        msgspec.structs.replace(one, requirement=str(package) if name == package.name else f"{name} ; {_NEVER}")
        if (name := Requirement(one.requirement).name) in NIGHTLIES
        else one
        for one in request.overrides
    )
    return msgspec.structs.replace(request, overrides=overrides)


class _End(msgspec.Struct, frozen=True):
    """An end, as typed: a version on the axis, and on the TF axis the tensorflow_hub that goes with it, if given."""

    version: Version
    hub: str = ""


class Lineup:
    """Finds the candidates between two ends, for a cell.

    Args:
        offered: which versions of a package there are for a Python.
        nightlies: whether the nightlies between are candidates even where no end is one.
    """

    def __init__(self, cell: Cell, releases: Releases, offered: Offered, *, nightlies: bool = False) -> None:
        self._cell = cell
        self._releases = releases
        self._offered = offered
        self._nightlies = nightlies

    def along(self, axis: Axis, older: str, newer: str) -> tuple[CandidateVersion, ...]:
        """The candidates from `older` to `newer` (as typed; "": the oldest the catalogue knows, and the cell)."""
        if self._cell.environment.hub_nightly:
            raise UsageError(
                f"{self._cell.id} has a nightly {HUB}, which is not one fixed version.",
                where="bisect, CELL",
                remedy="Name a cell with a release of it.",
            )
        row = self._along_tf if axis is Axis.TF else self._along_hub
        candidates = row(older, newer)
        if len(candidates) < 2:
            raise UsageError(
                f"there is nothing between {older or 'the oldest version'} and {newer or self._cell.id}.",
                where="bisect, --from and --to",
                remedy="Name an older and a newer version, in this order.",
            )
        return candidates

    # ---- TensorFlow ---------------------------------------------------------------------------------------------

    def _along_tf(self, older: str, newer: str) -> tuple[CandidateVersion, ...]:
        rows = [row for row in self._releases.releases if self._cell.mode in row.modes]
        last = self._tf_end(newer, "--to") if newer else self._of_environment(self._cell.environment)
        first = self._tf_end(older, "--from") if older else _End(Version(rows[0].presumed_tf))
        nightly = self._nightlies or first.version.is_devrelease or last.version.is_devrelease
        chosen: dict[Version, CandidateVersion] = {}
        for row in rows:
            if not self._reaches(row, first.version, last.version, nightly=nightly):
                continue
            packages = NIGHTLIES if row.tf == "nightly" else (Requirement(row.requirement).name,)
            if nightly and row.tf not in ("rc", "nightly"):
                packages = (*NIGHTLIES, *packages)
            for package in packages:
                for version in self._versions_of(row, package):
                    if first.version <= version <= last.version and (nightly or not version.is_devrelease):
                        chosen[version] = self._candidate(row, package, version, _hub(row, first, last))
        for end, option in ((first, "--from"), (last, "--to")):
            if end.version not in chosen:
                raise UsageError(
                    f"TensorFlow {end.version} is unavailable in the mode {self._cell.mode}.",
                    where=f"bisect, {option}",
                    remedy=near_miss(str(end.version), map(str, chosen)),
                )
        return tuple(chosen[version] for version in sorted(chosen))

    def _reaches(self, row: Release, first: Version, last: Version, *, nightly: bool) -> bool:
        """Whether versions between may belong to `row`: the index is not asked about all others."""
        if row.tf == "nightly":
            return nightly
        newest = max(Version(one.tf) for one in self._releases.releases if not one.floating)
        if row.tf == "rc":
            return last > newest
        return first.release[:2] <= Version(row.tf).release <= last.release[:2]

    def _versions_of(self, row: Release, package: str) -> list[Version]:
        """The versions of `package` that are made with the Python and the pins of `row`."""
        offered = self._offered(package, row.python)
        if not offered and package == Requirement(row.requirement).name:
            raise UsageError(
                f"the package index has no {package} for Python {row.python}.",
                where="bisect, package index",
                remedy="It is asked as pip is configured (`pip config list`); see whether uv's index is another.",
            )
        mine = {version for version in offered if self._row_of(version) is row}
        if not row.floating and package == Requirement(row.requirement).name:
            mine.add(Version(row.presumed_tf))  # what is locked can be installed, even where it is no longer listed
        return sorted(mine)

    def _row_of(self, version: Version) -> Release | None:
        """The release whose Python and pins `version` takes: its minor's, or else those of the rc or of the nightly."""
        by_name = {row.tf: row for row in self._releases.releases}
        minor = f"{version.major}.{version.minor}"
        newest = max(Version(name) for name, row in by_name.items() if not row.floating)
        if minor in by_name or version < newest:
            return by_name.get(minor)
        return by_name.get("nightly" if version.is_devrelease else "rc")

    def _tf_end(self, typed: str, option: str) -> _End:
        for environment in self._releases.environments:
            ids = [environment.id, *(cell.id for cell in self._releases.cells if cell.environment == environment)]
            if typed in ids:
                return self._of_environment(environment)
        for row in self._releases.releases:
            if typed == row.tf:
                return msgspec.structs.replace(self._of_environment(Environment(row, row.hubs[-1])), hub="")
        return _End(_version(typed, option))

    def _of_environment(self, environment: Environment) -> _End:
        row = environment.release
        if not row.floating:
            return _End(Version(row.presumed_tf), environment.hub)
        package = Requirement(row.requirement).name
        wanted = Requirement(row.requirement).specifier
        there = [version for version in self._versions_of(row, package) if wanted.contains(version, prereleases=True)]
        if not there:
            raise UsageError(
                f"the index has no {row.requirement} for Python {row.python}.",
                where=f"bisect, {environment.id}",
                remedy="Name another end.",
            )
        return _End(there[-1], environment.hub)

    def _candidate(self, row: Release, package: str, version: Version, hub: str) -> CandidateVersion:
        keras = self._cell.keras if self._cell.keras in row.keras else row.keras[0]
        locked = not row.floating and row.requirement == f"{package}=={version}" and hub in row.hubs
        release, night = row, _night(version)
        if not locked:
            release = msgspec.structs.replace(
                row,
                tf=str(version),
                requirement=f"{package}=={version}",
                floating=False,
                # A nightly takes the newest Keras 2 of its own day, which may be a minor or two behind.
                tf_keras=f"{Requirement(row.tf_keras).name}>=0.dev0" if night and row.tf_keras else row.tf_keras,
            )
        cell = Cell(Environment(release, hub), self._cell.mode, keras)
        return CandidateVersion(version, cell, as_of=night, locked=locked)

    # ---- tensorflow_hub -----------------------------------------------------------------------------------------

    def _along_hub(self, older: str, newer: str) -> tuple[CandidateVersion, ...]:
        row, fixed = self._cell.environment.release, self._of_environment(self._cell.environment).version
        package = Requirement(row.requirement).name
        known = sorted({*self._offered(HUB, row.python), *map(Version, row.hubs)})
        first = _hub_end(older, known, "--from") if older else Version(row.hubs[0])
        last = _hub_end(newer, known, "--to") if newer else Version(self._cell.environment.hub)
        return tuple(
            msgspec.structs.replace(self._candidate(row, package, fixed, str(version)), version=version)
            for version in known
            if first <= version <= last
        )


def _hub(row: Release, first: _End, last: _End) -> str:
    """The tensorflow_hub that goes with a candidate of `row`: as long as can be that of the older end."""
    for end in (first, last):
        for hub in row.hubs:
            if end.hub and Version(hub).release[:2] == Version(end.hub).release[:2]:
                return hub
    return row.hubs[-1]


def _hub_end(typed: str, known: Sequence[Version], option: str) -> Version:
    """The version of tensorflow_hub, of which the last number may have been left out."""
    asked = _version(typed, option)
    matching = [version for version in known if version == asked] or [
        version for version in known if version.release[:2] == asked.release and not version.is_prerelease
    ]
    if not matching:
        raise UsageError(
            f"the index has no {HUB} {typed}.", where=f"bisect, {option}", remedy=near_miss(typed, map(str, known))
        )
    return matching[-1]


def _version(typed: str, option: str) -> Version:
    try:
        return Version(typed)
    except InvalidVersion as error:
        raise UsageError(
            f'"{typed}" is neither a version nor an environment.',
            where=f"bisect, {option}",
            remedy='Write e.g. "2.15.1", "2.16.0rc0", "nightly" or "tf2.15-hub0.15".',
        ) from error


def _night(version: Version) -> str:
    """The date that a nightly's version ends with, in ISO; "" for all others."""
    match = _DAY.match(str(version.dev or ""))
    if not match:
        return ""
    return date(int(match["year"]), int(match["month"]), int(match["day"])).isoformat()
