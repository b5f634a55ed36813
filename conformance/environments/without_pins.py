"""What an installation without one of its pins ends with: the errors of people who install without a lock.

`nox -s lock -- --without-pins` tries it, in virtualenvs of its own, and keeps what Python printed: `without_pins.json`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from pathlib import Path

import msgspec

from conformance import json_file
from conformance.environments.catalogue import Environment, Releases
from conformance.environments.importing import H5_CHECK, try_import
from conformance.environments.lock_file import read_lock, request_for
from conformance.environments.locking import resolve
from conformance.environments.virtualenv import install
from conformance.evidence import Error

FILE = Path(__file__).with_name("without_pins.json")
SCHEMA = "without-pins/1"

# The text of an error, or the notice that NumPy 2 prints before those it leads to, up to what follows it.
_PRINTED = re.compile(
    r"^(?:(?P<type>[A-Za-z_][\w.]*(?:Error|Exception)): |(?=A module that was compiled using NumPy))"
    r"(?P<message>[\s\S]*?)"
    r"(?=\s*\Z|\n\s*(?:Traceback \(most recent|During handling of|The above exception|A module that was compiled using"
    r"|[A-Za-z_][\w.]*(?:Error|Exception): ))",
    re.MULTILINE,
)
_PACKAGE = re.compile(r'File "[^"\n]*/site-packages/(\w+)[/.]')


class Try(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One installation without a pin.

    Attributes:
        pin: its name in releases.toml.
        brought: the package that came instead, with its version: "numpy 2.2.6".
        resolved: the day on which it was resolved.
        errors: what Python printed when it imported, or loaded an .h5 file, in that order; none if that went well.
    """

    environment: str
    pin: str
    brought: str
    resolved: str
    errors: tuple[Error, ...]


class Tries(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The whole file."""

    schema: str
    tries: tuple[Try, ...]


def try_without(pin: str, environment: Environment, releases: Releases, folder: Path) -> Try:
    """Installs an environment without one of its pins, below `folder`, and uses it a little.

    Raises:
        UnavailableError: it cannot be resolved or installed.
    """
    requirement = releases.pins[pin].requirement
    whole = request_for(environment, releases)
    rest = tuple(one for one in whole.requirements if one.requirement != requirement)
    path = folder / "without.txt"
    resolve(msgspec.structs.replace(whole, requirements=rest), path)
    lock = read_lock(path)
    python = install(lock, folder / "without")
    done = try_import(python)
    if not done.error:
        done = try_import(python, script=H5_CHECK)
    package = re.split(r"[<>=!~]", requirement)[0]
    brought = f"{package} {lock.packages.get(package, '(none)')}"
    return Try(environment.id, pin, brought, lock.resolved, tuple(errors_in(done.detail)) if done.error else ())


def errors_in(printed: str) -> Iterator[Error]:
    """Each error that Python printed, once, with the package that raised it."""
    seen = set()
    for found in _PRINTED.finditer(printed):
        packages = _PACKAGE.findall(printed, 0, found.start())
        error = Error(found["type"] or "", found["message"].strip(), packages[-1] if packages else "numpy")
        if (error.type, error.message) not in seen:
            seen.add((error.type, error.message))
            yield error


def read_tries(path: Path = FILE) -> tuple[Try, ...]:
    """What was tried.

    Raises:
        EvidenceError: the file is missing or damaged.
    """
    return json_file.read(path, Tries, SCHEMA, remedy="Restore it: `git checkout conformance/environments`.").tries


def add_tries(tries: Iterable[Try], path: Path = FILE) -> None:
    """Adds tries to the file, each in the place of an earlier one of the same environment and pin."""
    kept = {(one.environment, one.pin): one for one in (*read_tries(path), *tries)}
    json_file.replace({path: json_file.encode(Tries(SCHEMA, tuple(kept[key] for key in sorted(kept))))})
