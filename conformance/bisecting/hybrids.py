"""Hybrids: the lock of one environment with some parts of it taken from another's, so that a part can be blamed.

Nothing is resolved for a hybrid, and no requirement is looked at: it is the one lock's versions and hashes with some
of the other's, installed as they stand. So it differs from its base in just those parts, or it does not import.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path

import msgspec

from conformance.environments.catalogue import Cell, Environment, Pin
from conformance.environments.lock_file import (
    Lock,
    LockedPackage,
    LockRequest,
    compose,
    entries_of,
    read_lock,
)
from conformance.environments.locking import replace
from conformance.words import Word

# Packages of other names that take each other's place.
_FAMILIES = {
    **dict.fromkeys(("tensorflow", "tensorflow-cpu", "tensorflow-gpu", "tf-nightly", "tf-nightly-cpu"), "tensorflow"),
    **dict.fromkeys(("keras", "keras-nightly"), "keras"),
    **dict.fromkeys(("tf-keras", "tf-keras-nightly"), "tf-keras"),
    **dict.fromkeys(("tensorflow-hub", "tf-hub-nightly"), "tensorflow-hub"),
}
_BUILD_OPTION = re.compile(r"^--(?:only|no)-binary .*$", re.MULTILINE)


class EnvironmentPart(Word):
    """What is swapped as one."""

    TENSORFLOW = "tensorflow"
    KERAS = "keras"  # keras and tf-keras, the Keras 2 beside it
    HUB = "tensorflow_hub"
    PYTHON = "python"
    REST = "rest"  # all other packages


_PARTS = {
    "tensorflow": EnvironmentPart.TENSORFLOW,
    "keras": EnvironmentPart.KERAS,
    "tf-keras": EnvironmentPart.KERAS,
    "tensorflow-hub": EnvironmentPart.HUB,
}


class ObservedEnvironment(msgspec.Struct, frozen=True):
    """An environment that was observed: its cell and its lock."""

    label: str
    cell: Cell
    lock: Path


class Hybrid(msgspec.Struct, frozen=True):
    """`base`, with `parts` taken from `other`."""

    base: ObservedEnvironment
    other: ObservedEnvironment
    parts: tuple[EnvironmentPart, ...]

    @property
    def label(self) -> str:
        """Its name, different from all others."""
        return f"{self.base.label}, with {named(self.parts)} of {self.other.label}"

    @property
    def cell(self) -> Cell:
        """The cell to measure. Which Keras `tf.keras` is goes with the Keras packages."""
        cell, environment = self.base.cell, self.base.cell.environment
        other = self.other.cell.environment
        swapped = msgspec.structs.replace(
            environment.release,
            tf=f"{environment.release.tf}-{'-'.join(self.parts)}-of-{other.release.tf}",
            python=(other if EnvironmentPart.PYTHON in self.parts else environment).release.python,
        )
        keras = (self.other if EnvironmentPart.KERAS in self.parts else self.base).cell.keras
        return Cell(Environment(swapped, environment.hub), cell.mode, keras)

    def write(self, path: Path) -> None:
        """Writes its lock.

        Raises:
            UnavailableError: a lock it is made from cannot be read, or it cannot be written.
        """
        base, other = read_lock(self.base.lock), read_lock(self.other.lock)
        entries = mix(_entries(base), _entries(other), lambda package: part_of(package) in self.parts)
        write_mixed(path, entries, self.cell.environment, (base, other), label=self.label)


def write_mixed(
    path: Path,
    entries: Mapping[str, LockedPackage],
    environment: Environment,
    sources: Sequence[Lock],
    *,
    label: str,
    options: Sequence[str] = (),
) -> None:
    """Writes a lock of packages that come from several places.

    Args:
        sources: the locks whose build options hold for it.
        options: others that uv reads from it.

    Raises:
        UnavailableError: it cannot be written.
    """
    found = [option for lock in sources for option in _BUILD_OPTION.findall(lock.path.read_text(encoding="utf-8"))]
    request = LockRequest(
        environment=environment.id,
        python=environment.release.python,
        requirements=tuple(Pin(f"{entry.name}=={entry.version}", "") for entry in entries.values()),
        overrides=(),
        from_source=tuple(dict.fromkeys(package for lock in sources for package in lock.from_source)),
    )
    body = "\n".join([*dict.fromkeys((*options, *found)), "", *(entry.text for entry in entries.values())])
    replace(path, compose(request, {"hybrid": label}, body))


def named(parts: Sequence[EnvironmentPart], joint: str = " and ") -> str:
    """The parts in a sentence."""
    return joint.join("the rest of the lock" if part is EnvironmentPart.REST else str(part) for part in parts)


def differing_parts(one: Lock, other: Lock) -> tuple[EnvironmentPart, ...]:
    """The parts in which two locks differ."""
    versions = [{part: _versions(_entries(lock).values(), part) for part in EnvironmentPart} for lock in (one, other)]
    return tuple(
        part
        for part in EnvironmentPart
        if (one.python != other.python if part is EnvironmentPart.PYTHON else versions[0][part] != versions[1][part])
    )


def mix(
    base: Mapping[str, LockedPackage], other: Mapping[str, LockedPackage], swapped: Callable[[str], bool]
) -> dict[str, LockedPackage]:
    """The packages of `base`, those `swapped` as in `other`; and what these or those need and the mixture lacks.

    What is lacking is something that one of the two brings and the other never had: the lock it comes from says
    which packages need it.
    """
    origin = {name: lock for lock, chosen in ((base, False), (other, True)) for name in lock if swapped(name) is chosen}
    while lacking := _lacking(origin, (base, other)):
        origin.update(lacking)
    return {name: origin[name][name] for name in sorted(origin)}


def part_of(package: str) -> EnvironmentPart:
    """The part that a package belongs to."""
    return _PARTS.get(family_of(package), EnvironmentPart.REST)


def family_of(package: str) -> str:
    """The name that stands for all packages which take each other's place."""
    return _FAMILIES.get(package, package)


def _lacking(
    origin: Mapping[str, Mapping[str, LockedPackage]], locks: Iterable[Mapping[str, LockedPackage]]
) -> dict[str, Mapping[str, LockedPackage]]:
    families = {family_of(name) for name in origin}
    return {
        entry.name: lock
        for lock in locks
        for entry in lock.values()
        if family_of(entry.name) not in families and any(origin.get(name) is lock for name in entry.needed_by)
    }


def _entries(lock: Lock) -> dict[str, LockedPackage]:
    return entries_of(lock.path.read_text(encoding="utf-8"))


def _versions(entries: Iterable[LockedPackage], part: EnvironmentPart) -> dict[str, str]:
    return {entry.name: entry.version for entry in entries if part_of(entry.name) is part}
