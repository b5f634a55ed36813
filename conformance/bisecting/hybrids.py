"""Hybrids: the lock of one environment with one part of it taken from another's, so that the part can be blamed.

Nothing is resolved for a hybrid, and no requirement is looked at: it is the one lock's versions and hashes with a part
of the other's, installed as they stand. So it differs from its base in just that part, or it does not import.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from pathlib import Path

import msgspec

from conformance.environments.catalogue import Cell, Environment
from conformance.environments.lock_file import Entry, Lock, Request, Wanted, compose, entries_of, read_lock
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


class Part(Word):
    """What is swapped as one."""

    TENSORFLOW = "tensorflow"
    KERAS = "keras"  # keras and tf-keras, the Keras 2 beside it
    HUB = "tensorflow_hub"
    PYTHON = "python"
    REST = "rest"  # all other packages


_PARTS = {
    "tensorflow": Part.TENSORFLOW,
    "keras": Part.KERAS,
    "tf-keras": Part.KERAS,
    "tensorflow-hub": Part.HUB,
}


class Source(msgspec.Struct, frozen=True):
    """An environment that was observed: its cell and its lock."""

    label: str
    cell: Cell
    lock: Path


class Hybrid(msgspec.Struct, frozen=True):
    """`base`, with `part` taken from `other`."""

    base: Source
    other: Source
    part: Part

    @property
    def label(self) -> str:
        """How it is told apart from the others."""
        what = "the rest of the lock" if self.part is Part.REST else self.part
        return f"{self.base.label}, with {what} of {self.other.label}"

    @property
    def cell(self) -> Cell:
        """The cell to measure. Which Keras `tf.keras` is goes with the Keras packages."""
        cell, environment = self.base.cell, self.base.cell.environment
        other = self.other.cell.environment
        swapped = msgspec.structs.replace(
            environment.release,
            tf=f"{environment.release.tf}-{self.part}-of-{other.release.tf}",
            python=(other if self.part is Part.PYTHON else environment).release.python,
        )
        keras = (self.other if self.part is Part.KERAS else self.base).cell.keras
        return Cell(Environment(swapped, environment.hub), cell.mode, keras)

    def write(self, path: Path) -> None:
        """Writes its lock.

        Raises:
            UnavailableError: a lock it is made from cannot be read, or it cannot be written.
        """
        base, other = read_lock(self.base.lock), read_lock(self.other.lock)
        entries = mix(_entries(base), _entries(other), self.part)
        options = dict.fromkeys(
            option for lock in (base, other) for option in _BUILD_OPTION.findall(lock.path.read_text(encoding="utf-8"))
        )
        request = Request(
            environment=self.cell.environment.id,
            python=self.cell.environment.release.python,
            requirements=tuple(Wanted(f"{entry.name}=={entry.version}") for entry in entries.values()),
            overrides=(),
            from_source=tuple(dict.fromkeys((*base.from_source, *other.from_source))),
        )
        body = "\n".join([*options, "", *(entry.text for entry in entries.values())])
        replace(path, compose(request, {"hybrid": self.label}, body))


def differing_parts(one: Lock, other: Lock) -> tuple[Part, ...]:
    """The parts in which two locks differ."""
    versions = [{part: _versions(_entries(lock).values(), part) for part in Part} for lock in (one, other)]
    return tuple(
        part
        for part in Part
        if (one.python != other.python if part is Part.PYTHON else versions[0][part] != versions[1][part])
    )


def mix(base: Mapping[str, Entry], other: Mapping[str, Entry], part: Part) -> dict[str, Entry]:
    """The packages of `base`, those of `part` as in `other`; and what these or those need and the mixture lacks.

    What is lacking is something that one of the two brings and the other never had: the lock it comes from says
    which packages need it.
    """
    mixed = {
        entry.name: entry
        for source, chosen in ((base, False), (other, True))
        for entry in source.values()
        if (part_of(entry.name) is part) is chosen
    }
    origin = {name: other if part_of(name) is part else base for name in mixed}
    while lacking := _lacking(mixed, origin):
        mixed[lacking[0].name] = lacking[0]
        origin[lacking[0].name] = base if base.get(lacking[0].name) is lacking[0] else other
    return dict(sorted(mixed.items()))


def part_of(package: str) -> Part:
    """The part that a package belongs to."""
    return _PARTS.get(_FAMILIES.get(package, package), Part.REST)


def _lacking(mixed: Mapping[str, Entry], origin: Mapping[str, Mapping[str, Entry]]) -> list[Entry]:
    families = {_FAMILIES.get(name, name) for name in mixed}
    return [
        entry
        for lock in {id(lock): lock for lock in origin.values()}.values()
        for entry in lock.values()
        if _FAMILIES.get(entry.name, entry.name) not in families
        and any(origin.get(name) is lock for name in entry.needed_by)
    ]


def _entries(lock: Lock) -> dict[str, Entry]:
    return entries_of(lock.path.read_text(encoding="utf-8"))


def _versions(entries: Iterable[Entry], part: Part) -> dict[str, str]:
    return {entry.name: entry.version for entry in entries if part_of(entry.name) is part}
