"""Puts candidates into a lock: exactly their packages are replaced, and what they need and the lock lacks is added."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

import msgspec
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from conformance.bisecting.hybrids import family_of, mix, write_mixed
from conformance.candidate.asked import FAMILIES, Slot, TypedCandidate
from conformance.candidate.building import BuiltWheel
from conformance.environments import interpreters
from conformance.environments.catalogue import Environment
from conformance.environments.command import Finished
from conformance.environments.lock_file import Lock, LockedPackage, entries_of, tensorflows_of
from conformance.environments.unavailable import UnavailableError
from conformance.environments.uv import explain, uv
from conformance.plain_text import some

_EXPLANATION = 400  # characters
_OTHERS = 8  # packages that would have to change as well
_HASH = re.compile(r"--hash=(sha256:[0-9a-f]{64})")


class PreparedCandidate(msgspec.Struct, frozen=True):
    """A candidate that is ready to be put into locks; `wheel` is None where the package index has it."""

    asked: TypedCandidate
    wheel: BuiltWheel | None = None

    @property
    def family(self) -> str:
        """What it takes the place of."""
        return family_of(self.wheel.name) if self.wheel else FAMILIES.get(self.asked.slot) or family_of(self.asked.name)


class Replaced(msgspec.Struct, frozen=True):
    """A lock with candidates in it."""

    path: Path
    changes: tuple[str, ...]  # what differs from the lock that it was made of, as "tensorflow-hub 0.16.1 -> 0.17.0"
    notes: tuple[str, ...] = ()  # what a reader should know of it


class CannotReplaceError(UnavailableError):
    """A candidate that cannot be put into an environment."""

    def __init__(self, reason: str, environment: Environment, remedy: str, detail: str = "") -> None:
        super().__init__("lock", reason, where=environment.id, remedy=remedy, detail=detail)


def replace_in(lock: Lock, environment: Environment, candidates: Sequence[PreparedCandidate], path: Path) -> Replaced:
    """Writes the lock of `environment` with the candidates in it to `path`.

    Raises:
        CannotReplaceError: one of them cannot be installed there, or is what is installed there already.
        UnavailableError: the package index cannot be reached, or the lock cannot be written.
    """
    base = entries_of(lock.path.read_text(encoding="utf-8"))
    families = {candidate.family for candidate in candidates}
    for candidate in candidates:
        if candidate.wheel and (why := candidate.wheel.misfit(lock.python)):
            raise CannotReplaceError(f"{why}.", environment, "Build it for that Python and platform.")
        if candidate.asked.slot is not Slot.WITH and not any(family_of(name) == candidate.family for name in base):
            raise CannotReplaceError(
                f"it has no {candidate.family} that could be replaced.", environment, "Select other environments."
            )
    if "tensorflow" not in families:
        _refuse_needed_tensorflow(lock, base, candidates, environment)
    kept = {name: entry for name, entry in base.items() if family_of(name) not in families}
    resolved = _resolve(lock, environment, candidates, base, kept)
    entries = mix(base, {**kept, **resolved}, lambda name: family_of(name) in families)
    _refuse_second_tensorflow(entries, resolved, environment)
    notes = tuple(_compared(candidates, base, entries, environment))
    folders = [f"--find-links {candidate.wheel.path.parent}" for candidate in candidates if candidate.wheel]
    label = ", ".join(f"{candidate.asked.slot} {candidate.asked.typed}" for candidate in candidates)
    write_mixed(path, entries, environment, (lock,), label=label, options=folders)
    return Replaced(path, tuple(_changes(base, entries)), notes)


def _resolve(
    lock: Lock,
    environment: Environment,
    candidates: Sequence[PreparedCandidate],
    base: Mapping[str, LockedPackage],
    kept: Mapping[str, LockedPackage],
) -> dict[str, LockedPackage]:
    """The candidates and what they need and the lock lacks, by uv; every other package of the lock stays as it is."""
    wanted = [_requirement(candidate, base) for candidate in candidates]
    names = {canonicalize_name(Requirement(requirement).name) for requirement in wanted}
    pinned = [f"{entry.name}=={entry.version}" for entry in kept.values()]
    done = _compile(lock, names, wanted, pinned)
    if done.code != 0:
        error = explain("lock", done, where=environment.id, otherwise="uv could not put it into the lock.")
        if "no set of packages" not in error.what:
            raise error
        told = _in_one_line(done.err)
        if _is_not_offered(told, names - {candidate.wheel.name for candidate in candidates if candidate.wheel}):
            raise CannotReplaceError(
                f"the package index has no such version: {told}", environment, "Give one that it has, or a path."
            )
        # The same, where everything may change that has to: what uv finds in its output file, it keeps if it can.
        changed = entries_of(_compile(lock, names, wanted, list(kept), preferred=pinned).out)
        others = [
            f"{name} {entry.version} -> {changed[name].version}"
            for name, entry in kept.items()
            if name in changed and changed[name].version != entry.version
        ]
        raise CannotReplaceError(
            f"it does not go with the other packages of the lock: {told}"
            f"{f' With it, these would have to change as well: {some(others, _OTHERS)}.' if others else ''}",
            environment,
            "Give what it needs as well, by --with 'PACKAGE==VERSION', --keras or --tf-keras.",
            done.err,
        )
    found = {name: entry for name, entry in entries_of(done.out).items() if name not in kept}
    for candidate in candidates:
        if wheel := candidate.wheel:
            text = f"{wheel.name}=={wheel.version} \\\n    --hash=sha256:{wheel.digest}"
            found[wheel.name] = LockedPackage(wheel.name, wheel.version, text, ())
    return found


def _compile(
    lock: Lock, candidates: Collection[str], wanted: Sequence[str], others: Sequence[str], preferred: Sequence[str] = ()
) -> Finished:
    """Has uv resolve requirements for the Python of a lock, as the lock was resolved."""
    overrides = [one for one in lock.overrides if canonicalize_name(Requirement(one).name) not in candidates]
    with TemporaryDirectory(prefix="conformance-") as scratch:
        folder = Path(scratch)
        for name, lines in (
            ("candidates.in", wanted),
            ("others.in", others),
            ("overrides.txt", overrides),
            ("preferred.txt", preferred),
        ):
            (folder / name).write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
        return uv(
            *("pip", "compile", "--generate-hashes", "--no-header", "--only-binary", ":all:"),
            *(argument for package in lock.from_source for argument in ("--no-binary", package)),
            *("--python-version", lock.python, "--python", interpreters.find(lock.python)),
            *(("--output-file", "preferred.txt") if preferred else ("--quiet",)),
            *("--override", "overrides.txt", "candidates.in", "others.in"),
            folder=folder,
        )


def _is_not_offered(told: str, names: Collection[str]) -> bool:
    """Whether uv begins with what the package index has of one of these packages."""
    named = "|".join(map(re.escape, names))
    pattern = rf"Because ((there (is|are) no versions? of|only) ({named})\b|({named}) was not found)"
    return bool(names) and re.match(pattern, told) is not None


def _requirement(candidate: PreparedCandidate, base: Mapping[str, LockedPackage]) -> str:
    if candidate.wheel:
        return f"{candidate.wheel.name} @ {candidate.wheel.path.as_uri()}"
    asked = candidate.asked
    if asked.name:
        return asked.typed
    there = next((name for name in base if family_of(name) == candidate.family), candidate.family)
    return f"{there}=={asked.typed}"


def _refuse_needed_tensorflow(
    lock: Lock, base: Mapping[str, LockedPackage], candidates: Sequence[PreparedCandidate], environment: Environment
) -> None:
    """Before anything is resolved, since uv may then say only that the two contradict each other somewhere."""
    there = {*base, *(canonicalize_name(Requirement(one).name) for one in lock.overrides)}
    for candidate in candidates:
        needs = map(Requirement, candidate.wheel.needs if candidate.wheel else ())
        for need in needs:
            name = canonicalize_name(need.name)
            applies = need.marker is None or need.marker.evaluate({"extra": "", "python_version": lock.python})
            if applies and name not in there and tensorflows_of({name: ""}):
                raise _brings_second(
                    f"it needs {need}, beside {', '.join(tensorflows_of(dict.fromkeys(base, '')))}", environment
                )


def _brings_second(what: str, environment: Environment) -> CannotReplaceError:
    return CannotReplaceError(
        f"it brings a second TensorFlow: {what}; each would overwrite the other's files.",
        environment,
        "Give a build that does not depend on it, or that TensorFlow by --tf.",
    )


def _refuse_second_tensorflow(
    entries: Mapping[str, LockedPackage], resolved: Mapping[str, LockedPackage], environment: Environment
) -> None:
    there = {name: entry.version for name, entry in {**resolved, **entries}.items()}
    if len(found := tensorflows_of(there)) > 1:
        brought = [name for name in found if name in resolved]
        needing = ", ".join(resolved[brought[0]].needed_by) if brought else ""
        both = " and ".join(f"{name} {there[name]}" for name in found)
        raise _brings_second(f"{both}{f' (needed by {needing})' if needing else ''}", environment)


def _compared(
    candidates: Sequence[PreparedCandidate],
    base: Mapping[str, LockedPackage],
    entries: Mapping[str, LockedPackage],
    environment: Environment,
) -> Iterator[str]:
    """Refuses what is there already, file by file; says where only the version is the same."""
    same = 0
    for candidate in candidates:
        now = next(entry for name, entry in entries.items() if family_of(name) == candidate.family)
        was = base.get(now.name)
        if was is None or was.version != now.version:
            continue
        if set(_HASH.findall(was.text)) & set(_HASH.findall(now.text)):
            same += 1
        else:
            yield (
                f"The candidate calls itself {now.name} {now.version}, as the released package does whose place it"
                " takes. Their contents differ, and what is measured is the candidate."
            )
    if same == len(candidates):
        raise CannotReplaceError(
            "it is the very package that is installed there, byte by byte, so that there is nothing to compare.",
            environment,
            "Give another version or build, or select other environments with --only.",
        )


def _changes(before: Mapping[str, LockedPackage], after: Mapping[str, LockedPackage]) -> Iterator[str]:
    for name in sorted(before.keys() | after.keys()):
        was, now = before.get(name), after.get(name)
        if (was.text if was else "") != (now.text if now else ""):
            yield f"{name} {was.version if was else '(new)'} -> {now.version if now else '(gone)'}"


def _in_one_line(text: str) -> str:
    """The beginning of uv's explanation, without its drawing."""
    plain = " ".join(re.sub(r"[^\x20-\x7e]", " ", text).split()).partition(" hint: ")[0]
    told = re.sub(r"^(error: )?No solution found when resolving dependencies:? *(cause: )?", "", plain)
    return told if len(told) <= _EXPLANATION else f"{told[:_EXPLANATION].rpartition(' ')[0]} ..."
