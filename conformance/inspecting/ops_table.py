"""The table of the ops that each release registers: `ops.json`, made by `nox -s ops` from the real environments.

An op's row says from which release on it is registered how: with which attributes, and whether a CPU can compute it. A
release that is not named there has it as the one before; null means that it has it no more.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from functools import cache, cached_property
from pathlib import Path

import msgspec

from conformance import json_file

OPS_FILE = Path(__file__).with_name("ops.json")
SCHEMA = "ops/1"

_ATTRIBUTE = re.compile(r"(?P<name>[^:\s]+):(?P<type>[^?\s]+)(?P<default>\??)(?: (?P<allowed>.+))?", re.DOTALL)


class RegisteredOp(msgspec.Struct, frozen=True, omit_defaults=True, forbid_unknown_fields=True):
    """An op as a release registers it.

    Attributes:
        attributes: each as "name:type", with "?" where it has a default, and behind that the values that it allows.
        deprecated_from: the GraphDef version from which on graphs may not use it; 0 where there is none.
        computes: whether there is a kernel that runs on a CPU.
    """

    attributes: tuple[str, ...] = ()
    deprecated_from: int = 0
    computes: bool = True


class RegisteringRelease(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What a release registers beside its ops.

    Attributes:
        release: as in releases.toml: "2.15".
        tensorflow: the version that was asked.
        producer: the GraphDef version that it writes, and the newest that it understands.
        min_consumer: the oldest GraphDef version that understands what it writes.
        min_producer: the oldest GraphDef version that it understands.
        ignores_unknown_attributes: whether a node may have attributes that its op has not.
    """

    release: str
    tensorflow: str
    producer: int
    min_consumer: int
    min_producer: int
    ignores_unknown_attributes: bool


class OpsTable(msgspec.Struct, frozen=True, forbid_unknown_fields=True, dict=True):
    """The whole table.

    Attributes:
        releases: oldest first.
        ops: by name, in alphabetical order: release -> how it is registered from there on.
    """

    schema: str
    releases: tuple[RegisteringRelease, ...]
    ops: dict[str, dict[str, RegisteredOp | None]]

    def op(self, name: str, release: str) -> RegisteredOp | None:
        """An op as a release registers it; None where it does not."""
        return self._by_release[release].get(name) if release in self._by_release else None

    @cached_property
    def _by_release(self) -> dict[str, dict[str, RegisteredOp | None]]:
        """What each release registers; an op that it has no more is None."""
        found: dict[str, dict[str, RegisteredOp | None]] = {}
        before: dict[str, RegisteredOp | None] = {}
        for each in self.releases:
            changes = {name: rows[each.release] for name, rows in self.ops.items() if each.release in rows}
            before = found[each.release] = {**before, **changes}
        return found


class Attribute(msgspec.Struct, frozen=True):
    """An attribute of a registered op; `allowed` is empty where any value is."""

    name: str
    type: str
    has_default: bool
    allowed: frozenset[str]


class Registrations(msgspec.Struct, frozen=True):
    """All that one release registers, as conformance/inside/registered_ops.py prints it."""

    tensorflow: str
    producer: int
    min_consumer: int
    min_producer: int
    ignores_unknown_attributes: bool
    ops: dict[str, RegisteredOp]
    with_kernel: frozenset[str]

    def op(self, name: str) -> RegisteredOp | None:
        """An op, complete; None where it is not registered."""
        found = self.ops.get(name)
        return found and msgspec.structs.replace(found, computes=name in self.with_kernel)


@cache
def attributes_of(op: RegisteredOp) -> dict[str, Attribute]:
    """An op's attributes by their names."""
    matches = [found for text in op.attributes if (found := _ATTRIBUTE.fullmatch(text))]
    return {
        found["name"]: Attribute(
            found["name"], found["type"], bool(found["default"]), frozenset((found["allowed"] or "").split())
        )
        for found in matches
    }


def table_of(registered: Sequence[tuple[str, Registrations]]) -> OpsTable:
    """The table of these releases, which are given oldest first."""
    names = sorted({name for _, one in registered for name in one.ops})
    return OpsTable(
        schema=SCHEMA,
        releases=tuple(
            RegisteringRelease(
                release,
                **{field: getattr(one, field) for field in RegisteringRelease.__struct_fields__ if field != "release"},
            )
            for release, one in registered
        ),
        ops={name: _changes((release, one.op(name)) for release, one in registered) for name in names},
    )


def read_ops_table(path: Path = OPS_FILE) -> OpsTable:
    """Reads the committed table."""
    return json_file.read(path, OpsTable, SCHEMA, remedy="Restore it from version control, or run `nox -s ops`.")


def encode_ops_table(table: OpsTable) -> bytes:
    """The bytes of the file: a line per release and per op, so that version control shows what changed."""
    head = ",\n".join(f"  {_line(each)}" for each in table.releases)
    rows = ",\n".join(f"  {_line(name)}: {_line(changes)}" for name, changes in table.ops.items())
    return f'{{\n "schema": "{table.schema}",\n "releases": [\n{head}\n ],\n "ops": {{\n{rows}\n }}\n}}\n'.encode()


def _changes(history: Iterable[tuple[str, RegisteredOp | None]]) -> dict[str, RegisteredOp | None]:
    changes: dict[str, RegisteredOp | None] = {}
    before: RegisteredOp | None = None
    for release, op in history:
        if op != before:
            changes[release] = before = op
    return changes


def _line(data: object) -> str:
    return msgspec.json.encode(data).decode()
