"""Tries a user's own model in the selected cells: the flow of the matrix, with other probes."""

from __future__ import annotations

import tempfile
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
from conformance.own_models.copying import copy_model
from conformance.own_models.forms import Form, forms_of
from conformance.own_models.given import Arrays, write_arrays
from conformance.own_models.values import Computed, computed_in
from conformance.running.enclosure import EnclosureLimits, available
from conformance.running.exclusive import only_one
from conformance.running.matrix import measure
from conformance.running.options import Options
from conformance.running.progress import Progress, duration
from conformance.running.resolving import resolve
from conformance.running.reuse_plan import describe, plan_reuse
from conformance.running.schedule import Schedule
from conformance.running.selection import select
from conformance.running.subject import SCHEMA, ModelSubject
from conformance.running.subject_keys import SubjectKeys

_MEMORY_PER_BYTE = 8  # of variables: training holds them several times
_VALUES = "values"


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


def observe(
    found: FoundModel, description: Description, inputs: Arrays, options: Options, releases: Releases, console: Console
) -> Observed:
    """Runs the model in each selected cell for which no earlier record holds."""
    cells = select(options.selection, releases, load_claims())
    places = options.places
    places.prepare()
    values = places.reports / _VALUES
    values.mkdir(exist_ok=True)
    with (
        only_one(places.work / "matrix.lock", "a matrix of this checkout"),
        tempfile.TemporaryDirectory(prefix="model-", dir=places.work) as scratch,
    ):
        subject = _subject(found, description, inputs, values, Path(scratch))
        path = Path(scratch, "subject.json")
        json_file.replace({path: json_file.encode(subject)})
        records, interrupted = _measure(cells, subject, msgspec.structs.replace(options, subject=path), console)
    return Observed(
        hash=subject.hash,
        cells=cells,
        forms=forms_of(description),
        records=records,
        computed={cell.id: computed_in(values, cell.id) for cell in cells},
        given=bool(inputs),
        interrupted=interrupted,
        known_releases=tuple(release.tf for release in releases.releases),
    )


def _measure(
    cells: tuple[Cell, ...], subject: ModelSubject, options: Options, console: Console
) -> tuple[tuple[Record, ...], bool]:
    def say(text: str) -> None:
        console.print(text, markup=False, highlight=False, soft_wrap=True)

    places = options.places
    resolved = resolve(cells, places, fresh=options.fresh, say=say)
    reuse = plan_reuse(cells, options, resolved.locks, lambda: SubjectKeys(places.root, subject))
    for cell in cells:
        if not reuse.kept[cell.id].observations:
            Path(subject.values, f"{cell.id}.jsonl").unlink(missing_ok=True)  # of another model, or of older sources
    schedule = Schedule([cell for cell in cells if cell.id not in reuse.untouched], reuse.seconds())
    say(f"Trying it in {len(cells)} cells ({options.selection}), {options.jobs} side by side.")
    for line in describe(reuse, cells):
        say(line)
    if schedule.waiting:
        say(
            "A SavedModel is a program, and is run as one now. Its processes are shut in: " + available().sentence + "."
        )
        left = duration(schedule.seconds_left({}, options.jobs))
        say(f"About {left}, and what downloading takes. Logs: {places.logs}")
    progress = Progress(console, total=len(cells), seconds_left=schedule.seconds_left({}, options.jobs))
    progress.state.done = len(reuse.untouched)
    if interrupted := measure(schedule, options, resolved, progress):
        say("Interrupted. What was observed is reported, and the rest as missing.")
    return tuple(reuse.evidence(places)), interrupted


def _subject(found: FoundModel, description: Description, inputs: Arrays, values: Path, scratch: Path) -> ModelSubject:
    """Copies the model and the inputs, and describes them."""
    copy, given = scratch / "model", scratch / "inputs.npz"
    copy_model(found.folder, copy)
    limits = EnclosureLimits()
    memory = limits.memory + _MEMORY_PER_BYTE * description.variables.bytes
    return ModelSubject(
        schema=SCHEMA,
        name=found.name,
        hash=tree_hash(copy),
        path=str(copy),
        values=str(values),
        inputs=str(given) if inputs else "",
        inputs_hash=write_arrays(inputs, given) if inputs else "",
        forms=tuple(msgspec.to_builtins(form) for form in forms_of(description)),
        limits=msgspec.structs.replace(limits, memory=memory),
    )
