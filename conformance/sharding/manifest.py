"""What a shard says of itself: which run it is a part of, which checkout measured it, and what it holds."""

from __future__ import annotations

import hashlib
from pathlib import Path

import msgspec

from conformance import json_file
from conformance.limits import Limits
from conformance.running.plan import RunPlan

SCHEMA = "shard/1"
MANIFEST = "manifest.json"


class Origin(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The checkout that measured."""

    harness: str  # its commit, ending in "-dirty" where files differ from it; "unknown" outside version control
    content: dict[str, str]  # of each part of it that outcomes depend on, the hash: "sha256:<hex>"


class Packed(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The record of a cell, and the log of what its processes printed. Their places follow from the cell's id."""

    partial: bool  # whether the record was cut short
    record: str
    log: str  # hash of the log; empty if there is none


class Manifest(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """All of it."""

    schema: str
    origin: Origin
    plan: RunPlan  # what the whole run sets out to do, of which this is a part
    limits: Limits  # how much a probe and a cell may take, and how much is tried
    cells: tuple[str, ...]  # those that this shard set out to measure; one that is not in `packed` left no record
    packed: dict[str, Packed]


def write_manifest(manifest: Manifest, folder: Path) -> Path:
    """Writes it in one step: a shard that has a manifest is whole."""
    path = folder / MANIFEST
    json_file.replace({path: json_file.encode(manifest)})
    return path


def read_manifest(folder: Path) -> Manifest:
    """Reads and validates the manifest of a shard."""
    return json_file.read(
        folder / MANIFEST,
        Manifest,
        SCHEMA,
        remedy="If it does not exist, the shard was not measured to its end, or was not copied whole. Copy the shard"
        " again, or measure it again, or merge without it: its cells are then shown as missing.",
    )


def digest(content: bytes) -> str:
    """The hash of a file's content, as manifests state it."""
    return f"sha256:{hashlib.sha256(content).hexdigest()}"
