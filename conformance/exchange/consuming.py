"""Lets cells use the models of the store, one of each class."""

from __future__ import annotations

from collections.abc import Sequence
from fnmatch import fnmatchcase

import msgspec
from rich.console import Console

from conformance.cells import release_order
from conformance.environments.catalogue import Cell, Releases
from conformance.errors import UsageError, matching
from conformance.exchange.measuring import run_cells
from conformance.exchange.producing import FOLDER
from conformance.exchange.store import ModelClass, Store
from conformance.inside.exchange.roles import ROLES
from conformance.running.exchange_subject import SCHEMA, ExchangedModel, ExchangeSubject
from conformance.running.matrix import Measured
from conformance.running.options import Options
from conformance.running.places import default_places
from conformance.words import Keras, Mode


def default_consumers(releases: Releases) -> tuple[Cell, ...]:
    """A cell of each release: of its newest tensorflow_hub, in its own mode, with the Keras that it installs.

    Of TensorFlow 1 it is the last tensorflow_hub that has hub.Module: nothing else loads a TF1 Hub module there whole.
    """
    chosen: dict[str, Cell] = {}
    for cell in releases.cells:
        release = cell.environment.release
        hub = release.hubs[0 if cell.mode is Mode.TF1 else -1]
        if cell.mode is not Mode.TF1_COMPAT and cell.keras is not Keras.LEGACY and cell.environment.hub == hub:
            chosen[release.tf] = cell
    return tuple(sorted(chosen.values(), key=lambda cell: release_order(cell.environment.release.tf)))


def chosen_models(
    classes: Sequence[ModelClass], producers: Sequence[str], roles: Sequence[str]
) -> tuple[ModelClass, ...]:
    """The classes of these roles that any of these producers made; all of them, where none are named.

    Raises:
        UsageError: a glob matches nothing, or nothing is left.
    """
    wanted = matching(roles, ROLES, what="role", where="--role") if roles else set(ROLES)
    cells = dict.fromkeys(name for one in classes for name in one.producers)
    names = {name: (name, name.split("-hub")[0], name.rsplit("-tf", 1)[0]) for name in cells}
    for glob in producers:
        if not any(fnmatchcase(one, glob) for of_cell in names.values() for one in of_cell):
            raise UsageError(
                f'nothing in the store was made by "{glob}".',
                where="--from",
                remedy=f"Let it make its models: `nox -s produce -- --only '{glob}'`.",
            )
    makers = {
        name
        for name, of_cell in names.items()
        if not producers or any(fnmatchcase(one, glob) for one in of_cell for glob in producers)
    }
    chosen = tuple(
        msgspec.structs.replace(one, producers=kept)
        for one in classes
        if one.role in wanted and (kept := tuple(name for name in one.producers if name in makers))
    )
    if not chosen:
        raise UsageError(
            "the store has no such model.", where="exchange", remedy="Make some: `nox -s produce`, or widen --role."
        )
    return chosen


def consume(
    cells: Sequence[Cell], models: Sequence[ModelClass], store: Store, options: Options, console: Console, part: str
) -> Measured:
    """Uses what no earlier run has used in these cells.

    Args:
        part: "" for all models of the store; another name keeps the records of a part apart.
    """
    folder = options.places.reports / FOLDER / (f"consume-{part}" if part else "consume")
    subject = subject_of(models, store)
    options = msgspec.structs.replace(options, places=default_places(folder))
    return run_cells(cells, subject, options, console, f"use {len(models)} models")


def subject_of(models: Sequence[ModelClass], store: Store) -> ExchangeSubject:
    """These models, to be used."""
    asked = tuple(ExchangedModel(one.id, one.role, str(store.path(one.hash)), one.form) for one in models)
    return ExchangeSubject(SCHEMA, made="", models=asked)
