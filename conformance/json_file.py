"""The JSON files that the harness writes and reads back: one form, one check of the schema, one way to replace them."""

from __future__ import annotations

import os
from collections.abc import Mapping
from inspect import cleandoc
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import Any, TypeVar

import msgspec

from conformance.errors import EvidenceError, HarnessError, writing

Content = TypeVar("Content")

UNVERSIONED = ""  # the schema of files that state none, which only this checkout reads
_NOT_JSON = (msgspec.MsgspecError, UnicodeDecodeError)


def encode(data: object) -> bytes:
    """`data` as indented JSON that ends in a line break, so that version control shows what changed."""
    return msgspec.json.format(msgspec.json.encode(data), indent=1) + b"\n"


class _Stated(msgspec.Struct):
    schema: str = UNVERSIONED


def decode(
    raw: bytes,
    kind: type[Content],
    schema: str,
    *,
    where: str,
    remedy: str,
    refuse: type[HarnessError] = EvidenceError,
) -> Content:
    """Reads what `encode` wrote; refuses what is no JSON, states another schema, or does not follow the one it states.

    Args:
        schema: the only one that is read; an older or newer file may use the same keys for something else.
        where: the file that errors name.
        remedy: what the user can do about a file that cannot be used.
    """
    problem = "is damaged ({})."
    try:
        if (stated := schema_of(raw)) != schema:
            raise refuse(f'is of schema "{stated}", but this version reads "{schema}".', where=where, remedy=remedy)
        problem = "does not follow its schema: {}."
        return msgspec.json.decode(raw, type=kind)
    except _NOT_JSON as error:
        raise refuse(problem.format(error), where=where, remedy=remedy) from error


def schema_of(raw: bytes) -> str:
    """The schema that a file states; "" if it states none.

    Raises:
        msgspec.MsgspecError: it is no JSON object.
    """
    return msgspec.json.decode(raw, type=_Stated).schema


def read(
    path: Path, kind: type[Content], schema: str, *, remedy: str, refuse: type[HarnessError] = EvidenceError
) -> Content:
    """Reads a file; see `decode`."""
    try:
        raw = path.read_bytes()
    except OSError as error:
        raise refuse(f"cannot be read ({error.strerror or error}).", where=str(path), remedy=remedy) from error
    return decode(raw, kind, schema, where=str(path), remedy=remedy, refuse=refuse)


def json_schema(kind: type[msgspec.Struct], schema: str) -> dict[str, Any]:
    """The JSON Schema of a `kind` of file, generated from its type, to be published beside the files."""
    generated = msgspec.json.schema(kind)
    generated["$defs"][kind.__name__]["properties"]["schema"] = {"const": schema}
    for described in generated["$defs"].values():
        if "description" in described:  # docstrings, which Python 3.13 already stores without their indentation
            described["description"] = cleandoc(described["description"])
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", "title": schema, **generated}


def replace_files(folder: Path, files: Mapping[str, bytes], *, remedy: str, what: str = "the reports") -> None:
    """Writes files by their names below `folder`: all of them, or none."""
    with writing(folder, what=what, kept="what was there is untouched", remedy=remedy):
        replace({folder / name: content for name, content in files.items()})


def replace(files: Mapping[Path, bytes]) -> None:
    """Writes files in their order, each in one step; all are on the disk before the first is replaced.

    So a full disk is met while everything is as it was, and who is killed halfway leaves no torn file.

    Raises:
        OSError: one of them cannot be written.
    """
    drafts: list[tuple[Path, Path]] = []
    try:
        for path, content in files.items():
            path.parent.mkdir(parents=True, exist_ok=True)
            with NamedTemporaryFile(dir=path.parent, prefix=f".{path.name}.", delete=False) as draft:
                drafts.append((Path(draft.name), path))
                draft.write(content)
                draft.flush()
                os.fsync(draft.fileno())
                os.fchmod(draft.fileno(), 0o644)  # temporary files are private; these are not
        for draft_path, path in drafts:
            draft_path.replace(path)
    finally:
        for draft_path, _ in drafts:
            draft_path.unlink(missing_ok=True)
