"""Asks the package index which versions of a package there are, by pip and through the user's own configuration."""

from __future__ import annotations

import os
import re
import sys
from functools import cache

import msgspec
from packaging.version import Version

from conformance.environments import command
from conformance.errors import EvidenceError

# pip ends with the same words where the index has no such package and where it could not be reached at all.
_NOTHING_THERE = "No matching distribution found"
_UNREACHABLE = re.compile(r"retrying|connection|timed out|could not fetch|ssl", re.IGNORECASE)


class _Listed(msgspec.Struct):
    versions: tuple[str, ...]


@cache
def offered(package: str, python: str) -> tuple[Version, ...]:
    """Every version of `package` that has a wheel for CPython `python` ("3.11") here, pre-releases included; sorted.

    Raises:
        EvidenceError: the index cannot be reached, or pip is missing or too old.
    """
    done = command.run(
        (
            *(sys.executable, "-m", "pip", "--disable-pip-version-check", "--no-input", "index", "versions"),
            *("--pre", "--json", "--python-version", python, "--only-binary", ":all:", package),
        ),
        environment={name: value for name, value in os.environ.items() if name != "PYTHONPATH"},
    )
    if done.code != 0 and _NOTHING_THERE in done.err and not _UNREACHABLE.search(done.err):
        return ()
    try:
        listed = msgspec.json.decode(done.out, type=_Listed)
    except msgspec.MsgspecError as error:
        raise EvidenceError(
            f"the versions of {package} cannot be listed: {_last_line(done.err) or f'pip ended with {done.code}'}.",
            where="package index",
            remedy="Check the network and pip's index settings (`pip config list`), and run it through nox, whose pip"
            " knows `index versions --json`.",
        ) from error
    return tuple(sorted(Version(version) for version in listed.versions))


def _last_line(text: str) -> str:
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    return lines[-1].rstrip(".") if lines else ""
