"""Users' own models as the subjects of a cell: the file that describes them, and how the probes of one are run."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import msgspec

from conformance import json_file
from conformance.inside.own_model.subject import MODEL_VARIABLE
from conformance.running import probing
from conformance.running.enclosure import EnclosureLimits, enclosed, few_variables
from conformance.running.importer import Importer

SCHEMA = "own-models/1"
MODULE = "own_model"  # of probes: what the ids of the observations begin with
CLAIMS = ("own-model.load", "own-model.fine-tune", "own-model.save")  # in no catalogue: nobody promised anything
VALUES = "values"
_MOST_VALUES = 256 * 1024**2  # bytes of what a model computed in a cell


class ModelSubject(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A model.

    Attributes:
        hash: of the names and contents of the model's files.
        path: of a copy of it.
        reports: the folder of its records, and of what it computed in each cell.
        cells: in which it is to be tried.
        inputs: the file of the user's own inputs; "" where there is none. `inputs_hash` is that of its content.
        forms: the call forms, as own_models/forms.py makes them.
        texts: what those are that it takes, as inspecting/strings.py finds.
        limits: how much the processes that run the model may take.
    """

    name: str
    hash: str
    path: str
    reports: str
    cells: tuple[str, ...]
    inputs: str
    inputs_hash: str
    forms: tuple[dict[str, Any], ...]
    texts: dict[str, Any]
    limits: EnclosureLimits

    @property
    def values(self) -> Path:
        """The folder of what it computed: a file per cell."""
        return Path(self.reports, VALUES)


class ModelSubjects(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The whole file."""

    schema: str
    models: tuple[ModelSubject, ...]


class TriedModel(msgspec.Struct, frozen=True):
    """A model that is tried in a cell. It runs in forks of the importer, and writes to nothing but its home."""

    model: ModelSubject
    importer: Importer

    @property
    def claims(self) -> tuple[str, ...]:
        """What its probes speak to."""
        return CLAIMS

    @property
    def scratch(self) -> Path:
        """Where its home is."""
        return self.importer.folder

    def command(self, python: Path, root: Path, home: Path, record: Path) -> list[str]:
        """pytest, shut in: it writes the record, into which no model can write."""
        line = probing.command(python, root, probing.OWN_MODEL, self.importer.workers)
        return enclosed(line, (home, record.parent), self.model.limits)

    def variables(self, home: Path) -> dict[str, str]:
        """Few, and the one that names what the inside is told, which is written here."""
        described, values = home / "model.json", home / VALUES
        values.mkdir()
        model = self.model
        told = {"path": model.path, "inputs": model.inputs, "forms": model.forms, "texts": model.texts}
        told["values"] = str(values)
        json_file.replace({described: json_file.encode(told)})
        return few_variables(os.environ, home) | {MODEL_VARIABLE: str(described)}

    def keep(self, home: Path, cell: str) -> None:
        """Adds what the model computed to what it computed before."""
        written = home / VALUES / f"{cell}.jsonl"
        if written.is_file() and not written.is_symlink() and written.stat().st_size <= _MOST_VALUES:
            with (self.model.values / written.name).open("ab") as file:
                file.write(written.read_bytes())


def read_subjects(path: Path) -> ModelSubjects:
    """Reads the file.

    Raises:
        EvidenceError: it is missing or damaged.
    """
    return json_file.read(path, ModelSubjects, SCHEMA, remedy="`nox -s model -- PATH` writes it; run that again.")
