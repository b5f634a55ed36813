"""The format of a lock: a header of ours, uv's hashed requirements, and a checksum as the last line.

uv reads the header and the checksum as comments. The header says what was asked of the resolver and why, so that
a changed release shows as a lock that no longer fits; the checksum shows a lock that was cut short or edited, which
the hashes of the packages that are left in it would not.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from pathlib import Path

import msgspec

from conformance.environments.catalogue import Environment, Pin, Releases
from conformance.environments.unavailable import UnavailableError
from conformance.grouping import grouped

_HEADER_LINE = re.compile(r"# (?P<key>environment|python|require|override|from source|resolved): (?P<value>.+)")
_CHECKSUM_LINE = "# sha256 of the lines above: "
_PACKAGE = re.compile(r"^(?P<name>[A-Za-z0-9][\w.-]*)==(?P<version>[^\s;\\]+)", re.MULTILINE)
_HASH = re.compile(r"^\s+--hash=sha256:[0-9a-f]{64}\b")
_ENTRY = re.compile(rf"{_PACKAGE.pattern}.*\n(?: .*\n)*", re.MULTILINE)
_VIA = re.compile(r"^ +# (?:via +|via$|  )(?P<name>.*)$", re.MULTILINE)

# What the inside of every environment needs beside TensorFlow.
_TEST_TOOLS = ("pytest", "pytest-xdist", "hypothesis")
TEST_TOOL_MODULES = ("pytest", "xdist", "hypothesis")


class LockRequest(msgspec.Struct, frozen=True):
    """What is asked of the resolver for one environment.

    Attributes:
        from_source: packages that may be built, because no wheels of them exist; all others must come as wheels.
    """

    environment: str
    python: str
    requirements: tuple[Pin, ...]
    overrides: tuple[Pin, ...]
    from_source: tuple[str, ...]


class Lock(msgspec.Struct, frozen=True):
    """A lock read back and found whole."""

    path: Path
    environment: str
    python: str
    requirements: tuple[str, ...]
    overrides: tuple[str, ...]
    from_source: tuple[str, ...]
    packages: dict[str, str]  # the version of every package, by normalized name
    digest: str  # of the whole file, as "sha256:<hex>"
    content: str  # digest of the requirements alone: of what is installed, whenever and by whom it was resolved
    resolved: str  # the day (ISO 8601, UTC) on which a floating release was resolved; empty for a committed lock

    def answers(self, request: LockRequest) -> bool:
        """Whether it was made for just this request (whatever the reasons given)."""
        return (self.environment, self.python, self.requirements, self.overrides, self.from_source) == (
            request.environment,
            request.python,
            tuple(wanted.requirement for wanted in request.requirements),
            tuple(wanted.requirement for wanted in request.overrides),
            request.from_source,
        )


def request_for(environment: Environment, releases: Releases) -> LockRequest:
    """What the resolver is asked for, to get `environment`."""
    release = environment.release
    requirements = [Pin(release.requirement, ""), Pin(environment.hub_requirement, "")]
    if release.tf_keras:
        requirements.append(Pin(release.tf_keras, "Keras 2 of this TensorFlow, for legacy Keras."))
    requirements += [releases.pins[name] for name in release.pins]
    requirements += [Pin(tool, "Runs the probes.") for tool in _TEST_TOOLS]
    return LockRequest(
        environment=environment.id,
        python=release.python,
        requirements=tuple(requirements),
        overrides=tuple(releases.overrides[name] for name in release.overrides),
        from_source=release.from_source,
    )


def compose(request: LockRequest, facts: Mapping[str, str], body: str) -> str:
    """The text of a lock: `body` is uv's output, `facts` are what else the header says (never read back)."""
    lines = [
        f"# Lock of {request.environment}: every package of that environment, by version and hash.",
        "# Written by `nox -s lock`. Do not edit it: change releases.toml and lock again.",
        "#",
        f"# environment: {request.environment}",
        f"# python: {request.python}",
    ]
    for key, wanted in (("require", request.requirements), ("override", request.overrides)):
        for one in wanted:
            lines.append(f"# {key}: {one.requirement}")
            lines += [f"#     {one.why}"] if one.why else []
    lines += [f"# from source: {package}" for package in request.from_source]
    lines += [f"# {key}: {value}" for key, value in facts.items()]
    text = "\n".join([*lines, "", body.strip(), ""])
    return f"{text}{_CHECKSUM_LINE}{_sha256(text)}\n"


def read_lock(path: Path) -> Lock:
    """Reads a lock and checks that it is whole.

    Raises:
        UnavailableError: it is missing, cut short or edited, or has a requirement without a hash.
    """
    try:
        raw = path.read_bytes()
        text = raw.decode("utf-8").replace("\r\n", "\n")
    except (OSError, UnicodeDecodeError) as error:
        raise _unusable(path, f"the lock cannot be read ({error}).") from error
    above, mark, checksum = text.rpartition(_CHECKSUM_LINE)
    if not mark:
        raise _unusable(path, "the lock has been cut short: its last line, the checksum, is missing.")
    if checksum.strip() != _sha256(above):
        raise _unusable(path, "the lock has been edited or damaged: it does not match its checksum.")
    stated = filter(None, map(_HEADER_LINE.fullmatch, above.splitlines()))
    header = grouped((match["key"], match["value"]) for match in stated)
    if missing := {"environment", "python", "require"} - header.keys():
        raise _unusable(path, f"the header of the lock does not say: {', '.join(sorted(missing))}.")
    if unhashed := _without_hash(above):
        raise _unusable(path, f"the lock has no hash for {', '.join(unhashed)}.")
    return Lock(
        path=path,
        environment=header["environment"][0],
        python=header["python"][0],
        requirements=tuple(header["require"]),
        overrides=tuple(header.get("override", ())),
        from_source=tuple(header.get("from source", ())),
        packages=packages_of(above),
        digest=f"sha256:{hashlib.sha256(raw).hexdigest()}",
        content=_sha256("\n".join(_requirements(above))),
        resolved=header.get("resolved", [""])[0],
    )


def lock_at(path: Path) -> Lock | None:
    """The lock, if there is one that is whole."""
    try:
        return read_lock(path)
    except UnavailableError:
        return None


def packages_of(body: str) -> dict[str, str]:
    """The version of each package in uv's output, by normalized name."""
    return {_normalized(match["name"]): match["version"] for match in _PACKAGE.finditer(body)}


class LockedPackage(msgspec.Struct, frozen=True):
    """One package of uv's output."""

    name: str  # normalized
    version: str
    text: str  # its lines, hashes included
    needed_by: tuple[str, ...]  # the packages that require it, by normalized name


def entries_of(body: str) -> dict[str, LockedPackage]:
    """The packages in uv's output (or in a whole lock), by normalized name, in its order."""
    entries: dict[str, LockedPackage] = {}
    for match in _ENTRY.finditer(body):
        text = match[0].rstrip("\n")
        via = tuple(_normalized(found) for found in _VIA.findall(text) if found and not found.startswith("-r "))
        name = _normalized(match["name"])
        entries[name] = LockedPackage(name, match["version"], text, via)
    return entries


def tensorflows_of(packages: Mapping[str, str]) -> list[str]:
    """Which of the packages are a TensorFlow; two of them would overwrite each other's files."""
    builds = {"tensorflow", "tensorflow-cpu", "tensorflow-gpu", "tf-nightly", "tf-nightly-cpu", "intel-tensorflow"}
    return sorted(builds & packages.keys())


def _requirements(text: str) -> list[str]:
    """The lines that say what is installed, and not why (comments), nor where on this machine it is (--find-links)."""
    lines = (line for line in text.splitlines() if line.strip())
    return [line for line in lines if not line.lstrip().startswith(("#", "--find-links "))]


def _without_hash(text: str) -> list[str]:
    """The packages whose line is not followed by a hash."""
    lines = text.splitlines()
    return [
        match["name"]
        for line, following in zip(lines, [*lines[1:], ""], strict=True)
        if (match := _PACKAGE.match(line)) and not (line.endswith("\\") and _HASH.match(following))
    ]


def _normalized(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def _sha256(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8")).hexdigest()


def _unusable(path: Path, reason: str) -> UnavailableError:
    return UnavailableError(
        "lock",
        reason,
        where=str(path),
        remedy="Restore it from version control, or write it anew with `nox -s lock`.",
    )
