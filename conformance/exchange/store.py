"""The store of models that were made: each lies in a folder that is named after the hash of its files.

    store/<hash>/                     the model
    store/manifests/<cell>/<role>.json    who made it, how, and what it is

A model that two environments made alike, to the byte, lies there once, and has a manifest for each.
"""

from __future__ import annotations

import hashlib
import shutil
from collections.abc import Iterable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import msgspec
import numpy as np

from conformance import json_file
from conformance.environments.catalogue import Cell
from conformance.errors import EvidenceError
from conformance.evidence import Record
from conformance.exchange.canonical import canonical_hash
from conformance.fixtures import tree_hash
from conformance.inside.exchange.roles import calls
from conformance.inspecting.files import ModelFileError
from conformance.running.exchange_subject import MAKE
from conformance.words import Keras, Mode, Outcome

SCHEMA = "made-model/1"
RECIPE = "conformance/inside/exchange/making.py"
_MANIFESTS = "manifests"
_REMEDY = "Delete the store and make the models again: `nox -s produce`."


class ExpectedCall(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What a signature gives for these inputs, computed by NumPy; arrays by their names, as nested lists."""

    signature: str
    inputs: dict[str, Any]
    outputs: dict[str, Any]


class MadeModel(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The manifest of a model.

    Attributes:
        release: the TensorFlow release, as in releases.toml.
        packages: all that was installed, and "python".
        hash: of its files' names and contents; where it lies in the store.
        form: the hash of its canonical form: models of one form are the same producer's work.
        files: sha256 of each file.
        expected: what it computes.
    """

    schema: str
    role: str
    recipe: str
    cell: str
    release: str
    mode: Mode
    keras: Keras
    tensorflow: str
    packages: dict[str, str]
    made: str
    hash: str
    form: str
    files: dict[str, str]
    bytes: int
    expected: tuple[ExpectedCall, ...]


class ModelClass(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Models of one role and one canonical form, of which one stands for all.

    Attributes:
        hash: where the one that is used lies in the store.
        producers: the cells that made one, oldest release first.
    """

    id: str
    role: str
    form: str
    hash: str
    bytes: int
    producers: tuple[str, ...]


class Store(msgspec.Struct, frozen=True):
    """The store in a folder."""

    folder: Path

    def path(self, digest: str) -> Path:
        """Where the model with that hash lies."""
        return self.folder / digest.removeprefix("sha256:")

    def has(self, cell: str, role: str) -> bool:
        """Whether what the cell made of the role is there."""
        path = self._manifest(cell, role)
        try:
            return self.path(_read(path).hash).is_dir()
        except EvidenceError:
            return False

    def take_in(self, cell: Cell, record: Record, made: Path) -> list[MadeModel]:
        """Moves what a cell has just made into the store, with a manifest of each.

        Raises:
            ModelFileError: a model that was made cannot be read.
        """
        taken = []
        for observed in record.observations:
            role = role_of(observed.probe)
            fresh = made / cell.id / role
            if observed.outcome is Outcome.WORKS and fresh.is_dir():
                taken.append(self._take_in(cell, role, record, fresh))
            elif observed.outcome is not Outcome.WORKS:
                self._manifest(cell.id, role).unlink(missing_ok=True)  # of sources that made it once
        return taken

    def take_in_what_was_left(self, cell: Cell, record: Record, made: Path) -> None:
        """Moves what a run made that was killed before it could take it in; what the store has already stays as it is.

        A model that cannot be read is left out: it is not in the store then, and is made again.
        """
        for observed in record.observations:
            role = role_of(observed.probe)
            fresh = made / cell.id / role
            if observed.outcome is Outcome.WORKS and fresh.is_dir() and not self.has(cell.id, role):
                with suppress(ModelFileError):
                    self._take_in(cell, role, record, fresh)

    def _take_in(self, cell: Cell, role: str, record: Record, fresh: Path) -> MadeModel:
        manifest = _manifest(cell, role, record, fresh)
        self.add(fresh, manifest.hash)
        json_file.replace({self._manifest(cell.id, role): json_file.encode(manifest)})
        shutil.rmtree(fresh, ignore_errors=True)
        return manifest

    def add(self, model: Path, digest: str) -> None:
        """Moves a model to where its hash says, if there is none."""
        target = self.path(digest)
        if not target.is_dir():
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.move(model, target)

    def manifests(self) -> Iterator[MadeModel]:
        """All of them.

        Raises:
            EvidenceError: one is damaged, or its model is gone.
        """
        for path in sorted((self.folder / _MANIFESTS).glob("*/*.json")):
            manifest = _read(path)
            if not self.path(manifest.hash).is_dir():
                raise EvidenceError("speaks of a model that is not in the store.", where=str(path), remedy=_REMEDY)
            yield manifest

    def _manifest(self, cell: str, role: str) -> Path:
        return self.folder / _MANIFESTS / cell / f"{role}.json"


def classes_of(manifests: Iterable[MadeModel], order: Iterable[str]) -> tuple[ModelClass, ...]:
    """The classes, by role and then by their oldest producers.

    Args:
        order: the ids of all cells, oldest release first.
    """
    rank = {name: place for place, name in enumerate(order)}
    found: dict[tuple[str, str], list[MadeModel]] = {}
    for one in sorted(manifests, key=lambda one: rank.get(one.cell, len(rank))):
        found.setdefault((one.role, one.form), []).append(one)
    classes = [
        ModelClass(
            id=f"{role}-{form.removeprefix('form:')[:8]}",
            role=role,
            form=form,
            hash=members[0].hash,
            bytes=members[0].bytes,
            producers=tuple(one.cell for one in members),
        )
        for (role, form), members in found.items()
    ]
    return tuple(sorted(classes, key=lambda one: (one.role, rank.get(one.producers[0], len(rank)))))


def role_of(probe: str) -> str:
    """The role that an observation of making speaks of: "produce.make[tf2-dense]"."""
    return probe.removeprefix(f"{MAKE}.make[").removesuffix("]")


def _read(path: Path) -> MadeModel:
    return json_file.read(path, MadeModel, SCHEMA, remedy=_REMEDY)


def _manifest(cell: Cell, role: str, record: Record, folder: Path) -> MadeModel:
    setting = record.setting
    files = {path.relative_to(folder).as_posix(): path for path in sorted(folder.rglob("*")) if path.is_file()}
    return MadeModel(
        schema=SCHEMA,
        role=role,
        recipe=RECIPE,
        cell=cell.id,
        release=cell.environment.release.tf,
        mode=cell.mode,
        keras=cell.keras,
        tensorflow=setting.tf if setting else "",
        packages={**setting.packages, "python": setting.python} if setting else {},
        made=record.header.started,
        hash=tree_hash(folder),
        form=canonical_hash(folder),
        files={name: hashlib.sha256(path.read_bytes()).hexdigest() for name, path in files.items()},
        bytes=sum(path.stat().st_size for path in files.values()),
        expected=tuple(
            ExpectedCall(call.signature, _listed(call.inputs), _listed(call.outputs))
            for call in calls(role)  # type: ignore[no-untyped-call]
        ),
    )


def _listed(arrays: dict[str, Any]) -> dict[str, Any]:
    return {name: _texts(np.asarray(array).tolist()) for name, array in arrays.items()}


def _texts(value: Any) -> Any:
    if isinstance(value, list):
        return [_texts(one) for one in value]
    return value.decode() if isinstance(value, bytes) else value
