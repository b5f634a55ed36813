"""Reads the project's data files into frozen structs, with errors that name file, key and near miss."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Mapping
from enum import Enum
from pathlib import Path
from typing import Any, TypeVar

import msgspec
from packaging.specifiers import InvalidSpecifier, SpecifierSet

from conformance.errors import DataError, near_miss, refuse_unknown

Row = TypeVar("Row", bound=msgspec.Struct)

_UNKNOWN_FIELD = re.compile(r"unknown field `(?P<word>[^`]*)`")
_BAD_ENUM = re.compile(r"Invalid enum value '(?P<word>[^']*)' - at `(?:key` in `)?\$\.?(?P<field>\w*)")


def load_toml(path: Path, schema: str) -> dict[str, Any]:
    """Reads `path` and checks that it says it follows `schema`."""
    try:
        data = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        raise DataError(
            f"cannot be read ({error}).", where=str(path), remedy="Restore it from version control."
        ) from error
    except tomllib.TOMLDecodeError as error:
        raise DataError(
            f"is not valid TOML: {error}.", where=str(path), remedy="Fix the line it names; nothing was changed."
        ) from error
    if data.get("schema") != schema:
        raise DataError(
            f'follows schema "{data.get("schema")}", but this version reads "{schema}".',
            where=f"{path}, key `schema`",
            remedy="Use the harness version that wrote it, or bring the file up to date.",
        )
    return data


def data_files(folder: Path) -> tuple[Path, ...]:
    """The TOML files of a folder that are read together, in the order of their names."""
    paths = tuple(sorted(folder.glob("*.toml")))
    if not paths:
        raise DataError("holds no TOML file.", where=str(folder), remedy="Restore it from version control.")
    return paths


def check_keys(path: Path, data: dict[str, Any], known: set[str]) -> None:
    """Refuses a top-level key that nobody would read (a misspelt table would otherwise be ignored in silence)."""
    for key in data.keys() - known - {"schema"}:
        raise DataError(f"`{key}` is not a known table or key.", where=str(path), remedy=near_miss(key, known))


def read_row(path: Path, where: str, raw: object, row_type: type[Row]) -> Row:
    """Converts one raw table to `row_type`."""
    try:
        return msgspec.convert(raw, row_type)
    except msgspec.ValidationError as error:
        raise DataError(
            f"{error}.", where=f"{path}, {where}", remedy=_remedy(str(error), row_type) or "Fix that key."
        ) from error


def read_rows(path: Path, data: dict[str, Any], key: str, row_type: type[Row]) -> tuple[Row, ...]:
    """Converts the array of tables `key`; a row is named in errors by its number and its id, where it has one."""
    raw_rows = data.get(key, [])
    if not isinstance(raw_rows, list):
        raise DataError(f"`{key}` must be an array of tables.", where=str(path), remedy=f"Write [[{key}]].")
    return tuple(
        read_row(path, f"[[{key}]] number {number}{_name_of(raw)}", raw, row_type)
        for number, raw in enumerate(raw_rows, start=1)
    )


def require_unique(path: Path, key: str, ids: list[str]) -> None:
    """Refuses two rows of the same id."""
    require_unique_across(key, {path: ids})


def require_unique_across(key: str, ids: Mapping[Path, Iterable[str]]) -> None:
    """Refuses two rows of the same id in files that are read together, naming both files."""
    seen: dict[str, Path] = {}
    for path, of_file in ids.items():
        for row_id in of_file:
            if row_id in seen:
                raise DataError(
                    f'two [[{key}]] tables have the id "{row_id}".',
                    where=" and ".join(dict.fromkeys([str(seen[row_id]), str(path)])),
                    remedy="Ids are unique: rename one.",
                )
            seen[row_id] = path


def require_known(path: Path, where: str, word: str, known: set[str]) -> None:
    """Refuses a reference to something that does not exist."""
    refuse_unknown(word, known, where=f"{path}, {where}", error=DataError)


def require_specifiers(path: Path, where: str, text: str) -> None:
    """Refuses what is no version specifier."""
    try:
        SpecifierSet(text)
    except InvalidSpecifier as error:
        raise DataError(
            f'is "{text}", which is no version specifier.',
            where=f"{path}, {where}",
            remedy='Write it as in requirements, e.g. ">=1.15,<2.16".',
        ) from error


def _name_of(raw: object) -> str:
    if isinstance(raw, dict):
        name = raw.get("id") or raw.get("tf")
        return f' ("{name}")' if name else ""
    return ""


def _remedy(message: str, row_type: type[msgspec.Struct]) -> str:
    if found := _UNKNOWN_FIELD.search(message):
        return near_miss(found["word"], row_type.__struct_fields__)
    if found := _BAD_ENUM.search(message):
        return near_miss(found["word"], _enum_values(row_type, found["field"]))
    return ""


def _enum_values(row_type: type[msgspec.Struct], field: str) -> list[str]:
    """The words that `field` of `row_type` may hold, also where it is a list of them."""
    for info in msgspec.structs.fields(row_type):
        if info.encode_name == field:
            candidates = [info.type, *getattr(info.type, "__args__", ())]
            return [
                str(member.value)
                for candidate in candidates
                if isinstance(candidate, type) and issubclass(candidate, Enum)
                for member in candidate
            ]
    return []
