"""A user's own model as the subject of a cell: the file that describes it to the inside, and how it is shut in."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import msgspec

from conformance import json_file
from conformance.running.enclosure import EnclosureLimits, enclosed

SCHEMA = "own-model/1"
MODULE = "own_model"  # of probes: what the ids of the observations begin with
CLAIMS = ("own-model.load", "own-model.fine-tune", "own-model.save")  # in no catalogue: nobody promised anything


class ModelSubject(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The whole file.

    Attributes:
        hash: of the names and contents of the model's files.
        path: of a copy of it, within the folder that this file is in.
        values: the folder into which each cell writes what the model computed.
        inputs: the file of the user's own inputs; "" where there is none. `inputs_hash` is that of its content.
        forms: the call forms, as own_models/forms.py makes them.
        limits: how much the processes that run the model may take.
    """

    schema: str
    name: str
    hash: str
    path: str
    values: str
    inputs: str
    inputs_hash: str
    forms: tuple[dict[str, Any], ...]
    limits: EnclosureLimits


def read_subject(path: Path) -> ModelSubject:
    """Reads the file.

    Raises:
        EvidenceError: it is missing or damaged.
    """
    return json_file.read(path, ModelSubject, SCHEMA, remedy="`nox -s model -- PATH` writes it; run that again.")


def for_model(command: Sequence[str], subject: ModelSubject, writable: Sequence[Path]) -> list[str]:
    """The command line that runs the probes of a model, shut in."""
    return enclosed(command, (*writable, Path(subject.values)), subject.limits)
