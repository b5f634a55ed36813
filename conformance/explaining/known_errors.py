"""The committed index, made by the run that the baseline is of: a fresh clone explains errors with it."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import msgspec

from conformance import json_file
from conformance.explaining.index import Entry

SCHEMA = "known-errors/1"


class KnownErrors(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The whole file.

    Attributes:
        finished: when the run ended; ISO 8601, UTC.
    """

    schema: str
    finished: str
    entries: tuple[Entry, ...]


def read_known_errors(path: Path) -> KnownErrors:
    """Reads the committed index.

    Raises:
        EvidenceError: it is missing or damaged.
    """
    return json_file.read(path, KnownErrors, SCHEMA, remedy="Restore it: `git checkout conformance/explaining`.")


def write_known_errors(entries: Sequence[Entry], finished: str, path: Path) -> None:
    """Replaces the committed index."""
    json_file.replace({path: json_file.encode(KnownErrors(SCHEMA, finished, tuple(entries)))})
