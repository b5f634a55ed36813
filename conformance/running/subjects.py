"""The subjects that a cell can have in place of the page's claims, each described by a file."""

from __future__ import annotations

from pathlib import Path

import msgspec

from conformance import json_file
from conformance.running import exchange_subject, subject
from conformance.running.exchange_subject import ExchangeSubject, read_exchange_subject
from conformance.running.subject import ModelSubject, read_subject


def read_described(path: Path) -> ModelSubject | ExchangeSubject:
    """Reads the file: a user's own model, or models that change hands.

    Raises:
        EvidenceError: it is missing or damaged, or describes neither.
    """
    return read_exchange_subject(path) if _is_exchange(path) else read_subject(path)


def claims_of(path: Path) -> tuple[str, ...]:
    """What the probes of that subject speak to."""
    return exchange_subject.CLAIMS if _is_exchange(path) else subject.CLAIMS


def is_foreign(path: Path) -> bool:
    """Whether what is run is of nobody that we know, and has to be shut in."""
    return not _is_exchange(path)


def _is_exchange(path: Path) -> bool:
    try:
        return json_file.schema_of(path.read_bytes()) == exchange_subject.SCHEMA
    except (OSError, msgspec.MsgspecError):
        return False  # whoever reads it says what is wrong with it
