"""The releases under test, read from `releases.toml`, and the environments and cells that follow from them."""

from __future__ import annotations

from collections.abc import Iterable
from fnmatch import fnmatchcase
from functools import cached_property
from pathlib import Path

import msgspec
from packaging.requirements import InvalidRequirement, Requirement
from packaging.specifiers import Specifier

from conformance.data_file import check_keys, load_toml, read_row, read_rows, require_known, require_unique
from conformance.errors import DataError, UsageError, near_miss
from conformance.words import Keras, Mode, Package

RELEASES_FILE = Path(__file__).with_name("releases.toml")
LOCKS = Path(__file__).with_name("locks")
SCHEMA = "releases/1"


class Pin(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A requirement (or an override of one) that an environment needs to import, and why.

    Attributes:
        blame: whose doing it is that what comes without it does not work.
    """

    requirement: str
    why: str
    blame: Package = Package.ENVIRONMENT


class Release(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One TensorFlow minor with the Python it runs on.

    Attributes:
        tf: the minor ("2.15"), "rc" or "nightly".
        requirement: the package and version to install.
        hubs: exact tensorflow_hub versions, oldest first; each makes an environment.
        keras: the Keras flavours; more than one from TF 2.16 on, where each makes cells of its own.
        tf_keras: the requirement for Keras 2, where TensorFlow does not bring it along.
        hub_nightly: the requirement for the nightly build of tensorflow_hub, which makes an environment that only
            nights try (see `Releases.nightly_environments`).
        from_source: the packages it needs of which no wheels exist; only these may run a build when installed.
        floating: resolved at run time instead of locked.
    """

    tf: str
    python: str
    requirement: str
    hubs: tuple[str, ...]
    modes: tuple[Mode, ...]
    keras: tuple[Keras, ...]
    pins: tuple[str, ...]
    overrides: tuple[str, ...] = ()
    tf_keras: str = ""
    hub_nightly: str = ""
    from_source: tuple[str, ...] = ()
    floating: bool = False

    @property
    def presumed_tf(self) -> str:
        """The TensorFlow version asked for, to go by where none has been imported; of a floating release the lowest."""
        return _bound(self.requirement)


class Environment(msgspec.Struct, frozen=True, dict=True):
    """A release with one tensorflow_hub: one lock file.

    Attributes:
        hub: the exact version, or the lowest that its nightly build may have.
        hub_nightly: the requirement for that nightly build, in the place of tensorflow_hub.
    """

    release: Release
    hub: str
    hub_nightly: str = ""

    @cached_property
    def id(self) -> str:
        """Stable name, e.g. "tf2.15-hub0.16" or "tfnightly-hubnightly"."""
        return f"tf{self.release.tf}-hub{'nightly' if self.hub_nightly else self.hub_line}"

    @property
    def hub_line(self) -> str:
        """The minor of its tensorflow_hub, by which advice and the command line name it: "0.16"."""
        return ".".join(self.hub.split(".")[:2])

    @property
    def hub_requirement(self) -> str:
        """The requirement that brings its tensorflow_hub."""
        return self.hub_nightly or f"tensorflow_hub=={self.hub}"

    @property
    def lock(self) -> Path:
        """The committed lock; floating releases have none."""
        return LOCKS / f"{self.id}.txt"


class Cell(msgspec.Struct, frozen=True, dict=True):
    """An environment in one mode with one Keras: one nox session, one virtualenv, one record."""

    environment: Environment
    mode: Mode
    keras: Keras

    @cached_property
    def id(self) -> str:
        """Stable name, e.g. "tf2.15-hub0.16-tf2", or "tf2.16-hub0.16-tf2-keras3" where there are two Keras flavours."""
        flavour = "" if self.keras is Keras.BUNDLED else f"-{self.keras}"
        return f"{self.environment.id}-{self.mode}{flavour}"


class Releases(msgspec.Struct, frozen=True, dict=True):
    """All releases, oldest first, with the pins and overrides that they name."""

    releases: tuple[Release, ...]
    pins: dict[str, Pin]
    overrides: dict[str, Pin]
    quick: tuple[str, ...]

    @cached_property
    def environments(self) -> tuple[Environment, ...]:
        """Every release with each of its hubs."""
        return tuple(Environment(release, hub) for release in self.releases for hub in release.hubs)

    @cached_property
    def nightly_environments(self) -> tuple[Environment, ...]:
        """Every release with the nightly build of tensorflow_hub that it names: tried by nights, not by the matrix."""
        return tuple(
            Environment(release, _bound(release.hub_nightly), release.hub_nightly)
            for release in self.releases
            if release.hub_nightly
        )

    @cached_property
    def cells(self) -> tuple[Cell, ...]:
        """Every environment in each of its modes and Keras flavours: the whole matrix."""
        return tuple(cell for environment in self.environments for cell in cells_of(environment))

    @cached_property
    def every_cell(self) -> tuple[Cell, ...]:
        """The whole matrix, and what only nights try."""
        return (*self.cells, *(cell for environment in self.nightly_environments for cell in cells_of(environment)))

    def environment(self, environment_id: str) -> Environment:
        """The environment of that id."""
        known = {environment.id: environment for environment in (*self.environments, *self.nightly_environments)}
        if environment_id not in known:
            raise _unknown("environment", environment_id, known)
        return known[environment_id]

    def cell(self, cell_id: str) -> Cell:
        """The cell of that id."""
        known = {cell.id: cell for cell in self.every_cell}
        if cell_id not in known:
            raise _unknown("cell", cell_id, known)
        return known[cell_id]

    def cells_matching(self, patterns: Iterable[str]) -> tuple[Cell, ...]:
        """The cells whose id, environment id or release (as "tf2.15") matches any of the shell-style patterns."""
        chosen: set[str] = set()
        for pattern in patterns:
            matching = [cell for cell in self.cells if any(fnmatchcase(name, pattern) for name in _names(cell))]
            if not matching:
                raise _unknown(
                    "cell, environment or release", pattern, [n for cell in self.cells for n in _names(cell)]
                )
            chosen.update(cell.id for cell in matching)
        return tuple(cell for cell in self.cells if cell.id in chosen)


def cells_of(environment: Environment) -> tuple[Cell, ...]:
    """An environment in each of its modes and Keras flavours."""
    release = environment.release
    return tuple(Cell(environment, mode, keras) for mode in release.modes for keras in release.keras)


def load_releases(path: Path = RELEASES_FILE) -> Releases:
    """Reads and cross-checks the releases."""
    data = load_toml(path, SCHEMA)
    check_keys(path, data, {"release", "pins", "overrides", "quick"})
    releases = Releases(
        releases=read_rows(path, data, "release", Release),
        pins={name: read_row(path, f"[pins.{name}]", raw, Pin) for name, raw in data.get("pins", {}).items()},
        overrides={
            name: read_row(path, f"[overrides.{name}]", raw, Pin) for name, raw in data.get("overrides", {}).items()
        },
        quick=tuple(data.get("quick", ())),
    )
    require_unique(path, "release", [release.tf for release in releases.releases])
    for release in releases.releases:
        where = f'[[release]] "{release.tf}"'
        _check_requirement(path, f"{where}, key `requirement`", release.requirement, ">=" if release.floating else "==")
        if release.hub_nightly:
            _check_requirement(path, f"{where}, key `hub_nightly`", release.hub_nightly, ">=")
        if release.tf_keras and _specifiers(release.tf_keras) is None:
            raise DataError(
                f'is "{release.tf_keras}", which is no requirement.',
                where=f"{path}, {where}, key `tf_keras`",
                remedy='Write e.g. "tf_keras==2.16.*".',
            )
        for pin in release.pins:
            require_known(path, f"{where}, key `pins`", pin, set(releases.pins))
        for override in release.overrides:
            require_known(path, f"{where}, key `overrides`", override, set(releases.overrides))
    _refuse_unused(path, "pins", releases.pins, [pin for release in releases.releases for pin in release.pins])
    _refuse_unused(
        path, "overrides", releases.overrides, [name for release in releases.releases for name in release.overrides]
    )
    _check_quick(path, releases)
    return releases


def _check_quick(path: Path, releases: Releases) -> None:
    for pattern in releases.quick:
        try:
            releases.cells_matching([pattern])
        except UsageError as error:
            raise DataError(
                f'"{pattern}" matches no cell.', where=f"{path}, key `quick`", remedy=error.remedy
            ) from error


def _check_requirement(path: Path, where: str, requirement: str, operator: str) -> None:
    """Sees to it that a package and just one version are named, the one way in which `_bound` can read them."""
    specifiers = _specifiers(requirement) or []
    if [specifier.operator for specifier in specifiers] != [operator] or specifiers[0].version.endswith("*"):
        raise DataError(
            f'is "{requirement}", but must name a package and one version, with "{operator}".',
            where=f"{path}, {where}",
            remedy='Write e.g. "tensorflow-cpu==2.15.1", or "tf-nightly>=2.23.0.dev0" for a floating release.',
        )


def _specifiers(requirement: str) -> list[Specifier] | None:
    """What a requirement says of the version; None where it is no requirement."""
    try:
        return list(Requirement(requirement).specifier)
    except InvalidRequirement:
        return None


def _bound(requirement: str) -> str:
    """The one version that a requirement names."""
    return next(iter(Requirement(requirement).specifier)).version


def _names(cell: Cell) -> tuple[str, str, str]:
    return cell.id, cell.environment.id, f"tf{cell.environment.release.tf}"


def _unknown(kind: str, word: str, known: Iterable[str]) -> UsageError:
    return UsageError(
        f'there is no {kind} "{word}".',
        where="selection",
        remedy=f"{near_miss(word, known)} `nox -s list` shows all.",
    )


def _refuse_unused(path: Path, key: str, defined: Iterable[str], used: list[str]) -> None:
    for name in defined:
        if name not in used:
            raise DataError(
                f"[{key}.{name}] is used by no release.", where=str(path), remedy="Drop it: a pin outlives its reason."
            )
