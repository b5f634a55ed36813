"""Tries the equivalence itself: models that another of their class stands for are used outright, and must do the same.

Which pairs is drawn at random, the same ones for the same seed and store.
"""

from __future__ import annotations

import random
from collections.abc import Sequence

import msgspec

from conformance.environments.catalogue import Cell
from conformance.evidence import Record
from conformance.exchange.store import MadeModel, ModelClass
from conformance.running.exchange_subject import USE
from conformance.running.matrix import Measured

SEED = 1
_PER_CELL = 25  # pairs: an import of TensorFlow costs as much as some of them


class Drawn(msgspec.Struct, frozen=True):
    """What is used outright: models by the class that they belong to, in these cells."""

    models: tuple[ModelClass, ...]
    cells: tuple[Cell, ...]


class EquivalenceCheck(msgspec.Struct, frozen=True):
    """What came of it: how many pairs were compared, and where the two differ, a sentence each."""

    pairs: int
    differing: tuple[str, ...]


def draw(
    count: int, classes: Sequence[ModelClass], manifests: Sequence[MadeModel], cells: Sequence[Cell], seed: int = SEED
) -> Drawn:
    """Draws so many pairs, or all there are; only models that another one of other bytes stands for."""
    of_form = {(one.role, one.form): one for one in classes}
    others = {
        one.hash: one for one in manifests if (stands := of_form.get((one.role, one.form))) and stands.hash != one.hash
    }
    source = random.Random(seed)  # noqa: S311 - no secret
    models = source.sample(sorted(others.values(), key=lambda one: one.hash), min(_PER_CELL, len(others)))
    wanted = -(-count // len(models)) if models else 0
    chosen = source.sample(list(cells), min(wanted, len(cells)))
    drawn = [
        ModelClass(
            f"{of_form[one.role, one.form].id}.{one.hash[7:15]}", one.role, one.form, one.hash, one.bytes, (one.cell,)
        )
        for one in models
    ]
    return Drawn(tuple(drawn), tuple(chosen))


def compare(outright: Measured, known: Sequence[Record]) -> EquivalenceCheck:
    """Holds what the drawn models did against what those did that stand for them, in the same cells."""
    before = {record.header.cell: {one.probe: one for one in record.observations} for record in known}
    pairs: set[tuple[str, str]] = set()
    differing = []
    for record in outright.records:
        cell = record.header.cell
        for one in record.observations:
            use, _, rest = one.probe.removeprefix(f"{USE}.").partition("[")
            model, _, own = rest.removesuffix("]").rpartition(".")
            stands = before.get(cell, {}).get(f"{USE}.{use}[{model}]")
            if stands is None:
                continue
            pairs.add((cell, f"{model}.{own}"))
            if stands.outcome is not one.outcome:
                differing.append(f"{cell}, {use} of {model}: {stands.outcome}, and {one.outcome} of {own}")
    return EquivalenceCheck(len(pairs), tuple(differing))
