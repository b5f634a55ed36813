"""The JSON Schemas by which editors complete and check the TOML data files, generated from the types of their rows.

A data file names its schema in its first line (`#:schema`), as Taplo and the editors that use it expect. What types
cannot say (a reference to a claim that does not exist, say) only the loaders check.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec

from conformance import corpus, json_file
from conformance.claims import catalogue as claims
from conformance.environments import catalogue as environments
from conformance.fixtures import FIXTURES, Model
from conformance.fixtures import SCHEMA as MODELS_SCHEMA
from conformance.judging import expectations


class _File(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A data file: the version of its format, and its tables."""

    schema: str


class ClaimsFile(_File, frozen=True, forbid_unknown_fields=True):
    """The claims of the page, or of a companion."""

    place: tuple[claims.Place, ...] = ()
    claim: tuple[claims.Claim, ...] = ()


class ReleasesFile(_File, frozen=True, forbid_unknown_fields=True):
    """The releases under test."""

    quick: tuple[str, ...]
    release: tuple[environments.Release, ...]
    pins: dict[str, environments.Pin] = {}
    overrides: dict[str, environments.Pin] = {}


class ExpectationsFile(_File, frozen=True, forbid_unknown_fields=True):
    """Reviewed forecasts of verdicts that differ from the page."""

    expectation: tuple[expectations.Expectation, ...]


class ModelsFile(_File, frozen=True, forbid_unknown_fields=True):
    """The golden fixture models."""

    model: tuple[Model, ...]


class CorpusFile(_File, frozen=True, forbid_unknown_fields=True):
    """The real models that packages ship."""

    model: tuple[corpus.CorpusModel, ...]


class EditorSchema(msgspec.Struct, frozen=True):
    """The schema of one kind of data file."""

    path: Path  # where it is committed, beside the files or in the folder above them
    kind: type[msgspec.Struct]  # the whole file
    version: str  # the only `schema` that the files may state
    files: str  # the files of this kind, as a pattern below the schema's folder

    @property
    def content(self) -> dict[str, Any]:
        """The JSON Schema."""
        return json_file.json_schema(self.kind, self.version)

    @property
    def data_files(self) -> Iterator[Path]:
        """The files that it is for."""
        yield from sorted(self.path.parent.glob(self.files))


EDITOR_SCHEMAS = (
    EditorSchema(claims.PAGE_FILE.with_name("claims.schema.json"), ClaimsFile, claims.SCHEMA, "**/*.toml"),
    EditorSchema(
        environments.RELEASES_FILE.with_name("releases.schema.json"), ReleasesFile, environments.SCHEMA, "*.toml"
    ),
    EditorSchema(
        expectations.EXPECTATIONS_FOLDER.with_name("expectations.schema.json"),
        ExpectationsFile,
        expectations.SCHEMA,
        "expectations/*.toml",
    ),
    EditorSchema(corpus.CORPUS_FILE.with_name("corpus.schema.json"), CorpusFile, corpus.SCHEMA, "corpus.toml"),
    EditorSchema(FIXTURES / "models.schema.json", ModelsFile, MODELS_SCHEMA, "models.toml"),
)


def write_schemas() -> tuple[Path, ...]:
    """Writes the schemas; returns where they are."""
    json_file.replace({schema.path: json_file.encode(schema.content) for schema in EDITOR_SCHEMAS})
    return tuple(schema.path for schema in EDITOR_SCHEMAS)
