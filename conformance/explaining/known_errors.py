"""The committed index, made by the run that the baseline is of: a fresh clone explains errors with it."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import msgspec

from conformance import json_file
from conformance.explaining.index import Entry
from conformance.explaining.of_models import op_entries
from conformance.inspecting.op_packages import load_op_packages
from conformance.results import Results

SCHEMA = "known-errors/1"
EXCHANGE_ERRORS = Path(__file__).with_name("exchange_errors.json")  # of the last whole exchange


class KnownErrors(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The whole file.

    Attributes:
        finished: when the run ended, or of an exchange, began; ISO 8601, UTC.
        cells: how many cells it looked at: releases that are in none of them are not listed.
    """

    schema: str
    finished: str
    cells: int
    entries: tuple[Entry, ...]


def read_known_errors(path: Path) -> KnownErrors:
    """Reads the committed index.

    Raises:
        EvidenceError: it is missing or damaged.
    """
    return json_file.read(path, KnownErrors, SCHEMA, remedy="Restore it: `git checkout conformance/explaining`.")


def write_known_errors(entries: Sequence[Entry], run: Results, path: Path) -> bool:
    """Replaces the committed index where it has other entries; says whether it has."""
    return replace_known_errors(KnownErrors(SCHEMA, run.run.finished, len(run.environments), tuple(entries)), path)


def replace_known_errors(known: KnownErrors, path: Path) -> bool:
    """Replaces a committed index where it has other entries; says whether it has."""
    if path.exists() and read_known_errors(path).entries == known.entries:
        return False
    json_file.replace({path: json_file.encode(known)})
    return True


def entries_of_models(path: Path = EXCHANGE_ERRORS) -> tuple[Entry, ...]:
    """What is known of errors that are about a model and not about a call: of ops, and of what another release made.

    Raises:
        EvidenceError: the committed index of the exchange is missing or damaged.
    """
    return (*op_entries(load_op_packages()), *read_known_errors(path).entries)
