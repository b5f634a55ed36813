"""Tries users' own models in the selected cells: the flow of the matrix, with other probes and several subjects."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from pathlib import Path

import msgspec
from rich.console import Console

from conformance import json_file
from conformance.claims.catalogue import load_claims
from conformance.environments.catalogue import Cell, Releases
from conformance.evidence import Record
from conformance.fixtures import tree_hash
from conformance.inspecting.description import Description
from conformance.inspecting.locating import FoundModel
from conformance.inspecting.text import count_of
from conformance.own_models.copying import copy_model
from conformance.own_models.forms import Form, forms_of
from conformance.own_models.given import Arrays, write_arrays
from conformance.own_models.values import Computed, computed_in
from conformance.running.cell import record_unavailable
from conformance.running.enclosure import EnclosureLimits, available
from conformance.running.exclusive import only_one
from conformance.running.matrix import measure
from conformance.running.models_in_cell import places_of
from conformance.running.options import Options
from conformance.running.places import Places
from conformance.running.progress import duration
from conformance.running.progress import say as say_on
from conformance.running.resolving import Resolved, resolve
from conformance.running.reuse_plan import ReusePlan, plan_reuse
from conformance.running.schedule import UNKNOWN_SECONDS, Schedule
from conformance.running.selection import select
from conformance.running.subject import SCHEMA, ModelSubject, ModelSubjects
from conformance.running.subject_keys import SubjectKeys

_MEMORY_PER_BYTE = 8  # of variables: training holds them several times


class Observed(msgspec.Struct, frozen=True):
    """What was observed of a model.

    Attributes:
        records: of the cells that were reached.
        computed: what each probe computed, by cell id.
        given: whether the inputs are the user's own.
        known_releases: all that there are, oldest first.
    """

    hash: str
    cells: tuple[Cell, ...]
    forms: tuple[Form, ...]
    records: tuple[Record, ...]
    computed: dict[str, dict[str, Computed]]
    known_releases: tuple[str, ...]
    given: bool
    interrupted: bool


class Copies:
    """The copies of models that are to be tried."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.models: list[ModelSubject] = []

    def add(self, found: FoundModel, description: Description, inputs: Arrays, reports: Path) -> None:
        """Copies a model and its inputs, and describes them.

        Raises:
            ModelFileError: it cannot be copied.
        """
        home = self.folder / str(len(self.models))
        copy, given = home / "model", home / "inputs.npz"
        copy_model(found.folder, copy)
        limits = EnclosureLimits()
        memory = limits.memory + _MEMORY_PER_BYTE * description.variables.bytes
        self.models.append(
            ModelSubject(
                name=found.name,
                hash=tree_hash(copy),
                path=str(copy),
                reports=str(reports),
                cells=(),
                inputs=str(given) if inputs else "",
                inputs_hash=write_arrays(inputs, given) if inputs else "",
                forms=tuple(msgspec.to_builtins(form) for form in forms_of(description)),
                texts=msgspec.to_builtins(description.texts),
                limits=msgspec.structs.replace(limits, memory=memory),
            )
        )


@contextmanager
def copies(places: Places) -> Iterator[Copies]:
    """A folder for them, as long as the context lasts."""
    places.work.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="models-", dir=places.work) as scratch:
        yield Copies(Path(scratch))


def observe(copied: Copies, options: Options, releases: Releases, console: Console) -> tuple[Observed, ...]:
    """Runs each model in each selected cell for which no earlier record of it holds.

    `options` are those of the run: its places hold what is not of one model.
    """
    cells = select(options.selection, releases, load_claims())
    places = options.places
    for one in (places, *(places_of(model, places) for model in copied.models)):
        one.prepare()
    for model in copied.models:
        model.values.mkdir(exist_ok=True)
    with only_one(places.work / "matrix.lock", "a matrix of this checkout"):
        resolved = resolve(cells, places, fresh=options.fresh, say=partial(say_on, console))
        plans = [_plan(model, cells, options, resolved) for model in copied.models]
        interrupted = _measure(cells, copied, plans, options, resolved, console)
    return tuple(
        Observed(
            hash=model.hash,
            cells=cells,
            forms=msgspec.convert(model.forms, tuple[Form, ...]),
            records=tuple(plan.evidence(places_of(model, places))),
            computed={cell.id: computed_in(model.values, cell.id) for cell in cells},
            given=bool(model.inputs),
            interrupted=interrupted,
            known_releases=tuple(release.tf for release in releases.releases),
        )
        for model, plan in zip(copied.models, plans, strict=True)
    )


def _plan(model: ModelSubject, cells: Sequence[Cell], options: Options, resolved: Resolved) -> ReusePlan:
    places = options.places
    own = msgspec.structs.replace(options, places=places_of(model, places))
    plan = plan_reuse(cells, own, resolved.locks, lambda: SubjectKeys(places.root, model))
    for cell in cells:
        if not plan.kept[cell.id].observations:
            (model.values / f"{cell.id}.jsonl").unlink(missing_ok=True)  # of another model, or of older sources
    return plan


def _measure(
    cells: Sequence[Cell],
    copied: Copies,
    plans: Sequence[ReusePlan],
    options: Options,
    resolved: Resolved,
    console: Console,
) -> bool:
    """Runs what is left; says whether it was interrupted."""
    say = partial(say_on, console)
    models = [
        msgspec.structs.replace(model, cells=tuple(cell.id for cell in cells if cell.id not in plan.untouched))
        for model, plan in zip(copied.models, plans, strict=True)
    ]
    left = {cell.id for cell in cells for model in models if cell.id in model.cells}
    schedule = Schedule([cell for cell in cells if cell.id in left], _seconds(left, models, plans))
    what = f"{len(models)} models" if len(models) > 1 else "it"
    say(f"Trying {what} in {count_of(cells, 'cell')} ({options.selection}), {options.jobs} side by side.")
    if reused := sum(plan.observations for plan in plans):
        say(
            f"Reused: {reused} observations, the oldest of {min(plan.oldest for plan in plans if plan.oldest)}, since"
            f" nothing that they depend on has changed (--fresh observes them again). Left: {count_of(left, 'cell')}."
        )
    for what in (what for plan in plans for what in plan.damaged):
        say(f"Damaged, so observed again: {what}")
    if left:
        say(f"A SavedModel is a program, and is run as one now. It is shut in: {available().sentence}.")
        say(f"About {duration(schedule.seconds_left({}, options.jobs))}, and what downloading takes.")
        say(f"Logs: {options.places.logs}")
    for cell in schedule.waiting:
        if unavailable := resolved.lost.get(cell.environment.id):
            for model in models:
                record_unavailable(cell, unavailable, places_of(model, options.places))
    described = copied.folder / "models.json"
    json_file.replace({described: json_file.encode(ModelSubjects(SCHEMA, tuple(models)))})
    options = msgspec.structs.replace(options, models=described, count=len(models))
    if interrupted := measure(schedule, options, resolved, console, total=len(cells)):
        say("Interrupted. What was observed is reported, and the rest as missing.")
    return interrupted


def _seconds(left: set[str], models: Sequence[ModelSubject], plans: Sequence[ReusePlan]) -> dict[str, float]:
    """How long each cell may take: for its first import, and for each model."""
    known = [plan.seconds() for plan in plans]
    return {
        cell: UNKNOWN_SECONDS / 2
        + sum(
            seconds.get(cell, UNKNOWN_SECONDS / 4)
            for model, seconds in zip(models, known, strict=True)
            if cell in model.cells
        )
        for cell in left
    }
