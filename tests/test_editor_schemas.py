"""The committed schemas of the data files: what the types give, named by the files, and strict."""

from __future__ import annotations

from pathlib import Path

import pytest
from check_jsonschema import main as check_jsonschema
from click.testing import CliRunner

from conformance import json_file
from conformance.editor_schemas import EDITOR_SCHEMAS, EditorSchema

every_schema = pytest.mark.parametrize("schema", EDITOR_SCHEMAS, ids=lambda schema: schema.path.name)


@every_schema
def test_the_committed_schema_is_what_the_types_give(schema: EditorSchema) -> None:
    assert schema.path.read_bytes() == json_file.encode(schema.content), "run `nox -s schemas` and commit"


@every_schema
def test_every_file_names_its_schema_in_the_first_line(schema: EditorSchema) -> None:
    paths = list(schema.data_files)

    assert paths
    for path in paths:
        directive, _, named = path.read_text(encoding="utf-8").partition("\n")[0].partition(" ")
        assert directive == "#:schema", path
        assert (path.parent / named).resolve() == schema.path, path


@every_schema
def test_a_key_that_the_loader_refuses_is_refused_by_the_schema(schema: EditorSchema, tmp_path: Path) -> None:
    first = next(schema.data_files)
    good, bad = tmp_path / "good.toml", tmp_path / "bad.toml"
    good.write_text(first.read_text(encoding="utf-8"), encoding="utf-8")
    bad.write_text(f"{first.read_text(encoding='utf-8')}\nrevue = 1\n", encoding="utf-8")

    assert checks(schema, good) == 0
    assert checks(schema, bad) == 1


def checks(schema: EditorSchema, path: Path) -> int:
    return CliRunner().invoke(check_jsonschema, ["--schemafile", str(schema.path), str(path)]).exit_code
