"""Whether what is installed is what the wheels have: uv checks a wheel when it downloads it, and then trusts its cache.

A cache that was damaged since (a bad disk, a copy cut short, somebody's edit) would be linked into every environment,
and what it breaks would be reported as a defect of TensorFlow.
"""

from __future__ import annotations

import base64
import csv
import hashlib
from collections.abc import Iterator
from pathlib import Path

import msgspec

from conformance.grouping import grouped

# Hashing all of an environment takes seconds, most of them for a few large libraries: of these the size has to do.
_HASHED_UP_TO = 1 << 20  # bytes


class Stated(msgspec.Struct, frozen=True):
    """What a wheel says of one of its files; hash and size are empty where it says nothing."""

    package: str
    hash: str  # as in the wheel's RECORD: "sha256=<urlsafe base64 without padding>"
    size: str


def damaged(site_packages: Path) -> dict[str, tuple[str, ...]]:
    """The files that differ from what their package's wheel states, by package; relative to `site_packages`.

    A file that several packages write is whole if it is what one of them states.
    """
    found = grouped(
        (stated[-1].package, name)
        for name, stated in _stated(site_packages).items()
        if not any(_is_so(site_packages / name, one) for one in stated)
    )
    return {package: tuple(names) for package, names in found.items()}


def _stated(site_packages: Path) -> dict[str, list[Stated]]:
    return grouped(
        (name, Stated(record.parent.name.partition("-")[0], digest, size))
        for record in sorted(site_packages.glob("*.dist-info/RECORD"))
        for name, digest, size in _rows(record)
    )


def _rows(record: Path) -> Iterator[list[str]]:
    with record.open(encoding="utf-8", errors="replace", newline="") as file:
        yield from (row for row in csv.reader(file) if len(row) == 3)


def _is_so(path: Path, stated: Stated) -> bool:
    if path.suffix == ".pyc":
        return True  # Python makes it anew
    try:
        size = path.stat().st_size
        if stated.size and int(stated.size) != size:
            return False
        if not stated.hash.startswith("sha256=") or size > _HASHED_UP_TO:
            return True
        digest = hashlib.sha256(path.read_bytes()).digest()
    except (OSError, ValueError):
        return False
    return base64.urlsafe_b64encode(digest).rstrip(b"=").decode() == stated.hash.removeprefix("sha256=")
