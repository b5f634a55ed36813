"""Reads which candidates the command line names, and refuses what cannot be meant."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import msgspec
from packaging.requirements import InvalidRequirement, Requirement
from packaging.utils import canonicalize_name
from packaging.version import InvalidVersion, Version

from conformance.bisecting.hybrids import family_of
from conformance.errors import UsageError, near_miss
from conformance.words import Word


class Slot(Word):
    """The option by which a candidate is given: what it takes the place of."""

    HUB = "--hub"
    TF = "--tf"
    KERAS = "--keras"
    TF_KERAS = "--tf-keras"
    WITH = "--with"  # whatever its name says


# The name that stands for the packages of a slot (`family_of`).
FAMILIES = {
    Slot.HUB: "tensorflow-hub",
    Slot.TF: "tensorflow",
    Slot.KERAS: "keras",
    Slot.TF_KERAS: "tf-keras",
}


class Kind(Word):
    """What a candidate is given as."""

    TREE = "tree"
    WHEEL = "wheel"
    SDIST = "sdist"
    REQUIREMENT = "requirement"


class TypedCandidate(msgspec.Struct, frozen=True):
    """A candidate, as typed."""

    slot: Slot
    typed: str
    kind: Kind
    path: Path | None = None  # of a tree, a wheel or an sdist
    name: str = ""  # of a requirement, normalized; empty where only a version was typed

    @property
    def where(self) -> str:
        """What errors name."""
        return f"candidate, {self.slot} {self.typed}"


_ARCHIVES = (".tar.gz", ".tgz", ".zip", ".tar.bz2")


def read_asked(typed: Mapping[Slot, Sequence[str]]) -> tuple[TypedCandidate, ...]:
    """The candidates; refuses what is not there or cannot be installed, and two for one package."""
    found = tuple(_read(slot, word) for slot, words in typed.items() for word in words)
    if not found:
        raise UsageError(
            "there is no candidate.",
            where="candidate",
            remedy="Name one: --hub ../hub, --tf path/to/tensorflow.whl, --keras 3.12.0, or --with 'numpy==2.3.1'.",
        )
    refuse_rivals((one, family) for one in found if (family := FAMILIES.get(one.slot) or family_of(one.name)))
    return found


def refuse_rivals(families: Iterator[tuple[TypedCandidate, str]]) -> None:
    """Two candidates for one package cannot both be installed."""
    seen: dict[str, TypedCandidate] = {}
    for one, family in families:
        if other := seen.get(family):
            raise UsageError(
                f"is a second candidate for {family}, beside {other.slot} {other.typed}.",
                where=one.where,
                remedy="Give one of them, and run the command once for each.",
            )
        seen[family] = one


def _read(slot: Slot, typed: str) -> TypedCandidate:
    if not typed.strip():
        raise UsageError(
            "names nothing.", where=f"candidate, {slot}", remedy="Give a path, a version or a requirement."
        )
    if "://" in typed:
        raise UsageError(
            "names an address, whose content nobody can hold against a hash.",
            where=f"candidate, {slot} {typed}",
            remedy="Fetch it first (git clone, pip download --no-deps), and give the path.",
        )
    path = Path(typed).expanduser()
    if path.is_dir():
        return TypedCandidate(slot, typed, Kind.TREE, path.resolve())
    if path.is_file():
        if path.suffix == ".whl":
            return TypedCandidate(slot, typed, Kind.WHEEL, path.resolve())
        if path.name.endswith(_ARCHIVES):
            return TypedCandidate(slot, typed, Kind.SDIST, path.resolve())
        raise UsageError(
            "is neither a source tree nor a wheel nor an sdist.",
            where=f"candidate, {slot} {typed}",
            remedy="Give a folder with a pyproject.toml or setup.py, a .whl or a .tar.gz, or a requirement.",
        )
    if (re.search(r"^[.~]|[/\\]", typed) and "@" not in typed) or typed.endswith((".whl", *_ARCHIVES)):
        raise _not_there(slot, typed, path)
    return TypedCandidate(slot, typed, Kind.REQUIREMENT, name=_package(slot, typed))


def _not_there(slot: Slot, typed: str, path: Path) -> UsageError:
    whole = path.resolve()
    folder = next(above for above in whole.parents if above.is_dir())
    missing = whole.relative_to(folder).parts[0]
    there = [entry.name for entry in folder.iterdir() if not entry.name.startswith(".")][:200]
    hint = near_miss(missing, there)
    relative = "" if path.is_absolute() else "; it is relative to the harness's checkout"
    return UsageError(
        f"is not there: {folder} has no {missing}.",
        where=f"candidate, {slot} {typed}",
        remedy=hint if hint.startswith("Perhaps") else f"Correct the path{relative}.",
    )


def _package(slot: Slot, typed: str) -> str:
    """The package that a requirement names; empty where it is a version alone."""
    where = f"candidate, {slot} {typed}"
    if _is_version(typed):
        if slot is not Slot.WITH:
            return ""
        raise UsageError("does not say of which package.", where=where, remedy=f"Write 'PACKAGE=={typed}'.")
    try:
        wanted = Requirement(typed)
    except InvalidRequirement as error:
        raise UsageError(
            "is no path that exists, and no requirement.",
            where=where,
            remedy="Give a path, a version (0.17.0rc0), or a requirement ('tensorflow_hub>=0.17.0rc0').",
        ) from error
    name = canonicalize_name(wanted.name)
    refuse_other_package(slot, name, where)
    return name


def _is_version(typed: str) -> bool:
    try:
        Version(typed)
    except InvalidVersion:
        return False
    return True


def refuse_other_package(slot: Slot, name: str, where: str) -> None:
    """A candidate has to be of the package whose place it takes."""
    family = FAMILIES.get(slot)
    if family and family_of(name) != family:
        right = next((other for other, one in FAMILIES.items() if one == family_of(name)), Slot.WITH)
        raise UsageError(
            f"is {name}, which takes the place of no {family}.", where=where, remedy=f"Give it by {right}."
        )
