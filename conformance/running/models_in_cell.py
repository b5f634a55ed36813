"""Tries users' own models in a cell, one after the other, from one import of TensorFlow; each has its own record."""

from __future__ import annotations

from collections.abc import Iterable
from functools import partial
from pathlib import Path

import msgspec

from conformance.claims.catalogue import Catalogue
from conformance.environments import importing
from conformance.environments.catalogue import Cell
from conformance.environments.unavailable import UnavailableError
from conformance.evidence import Plan, Record
from conformance.limits import Limits
from conformance.running import probing
from conformance.running.cell import Task, build, header_of, lock_for, measure_cell, record_unavailable
from conformance.running.importer import Importer
from conformance.running.places import Places
from conformance.running.record_writer import RecordWriter
from conformance.running.subject import MODULE, ModelSubject, ModelSubjects, TriedModel
from conformance.running.subject_keys import SubjectKeys


def try_models(
    task: Task, subjects: ModelSubjects, places: Places, catalogue: Catalogue, limits: Limits
) -> tuple[Record, ...]:
    """Tries those models that are to be tried in the cell.

    Args:
        task: all that is the same for each of them.
        places: those of the run; its record of the cell serves whoever follows how far it is, and says no more.
    """
    cell = task.cell
    models = [model for model in subjects.models if cell.id in model.cells]
    progress = RecordWriter(places.partial(cell.id))
    progress.begin(header_of(cell, "", places), Plan(tuple(_planned(cell, models))))
    records = []
    try:
        lock = task.lock or lock_for(cell.environment, places.resolutions / cell.id)
        python = build(cell, lock, places)
        importing.compile_ahead(python, probing.inside(places.root) / "pytest.ini")
    except UnavailableError as error:
        records += [record_unavailable(cell, error.unavailable, places_of(model, places)) for model in models]
        progress.append(error.unavailable)
    else:
        with Importer(python, cell, places.root, [model.limits for model in models]) as importer:
            for model in models:
                own = msgspec.structs.replace(task, lock=lock, python=python, subject=TriedModel(model, importer))
                record = _try(own, model, importer, places_of(model, places), catalogue, limits)
                for one in record.observations:
                    progress.append(msgspec.structs.replace(one, probe=f"{model.name}/{one.probe}"))
                records.append(record)
    progress.publish(places.record(cell.id))
    return tuple(records)


def places_of(model: ModelSubject, places: Places) -> Places:
    """Where a model's own records are."""
    return msgspec.structs.replace(places, reports=Path(model.reports))


def _try(
    task: Task, model: ModelSubject, importer: Importer, places: Places, catalogue: Catalogue, limits: Limits
) -> Record:
    print(f"Model: {model.name}", flush=True)
    places.prepare()
    try:
        importer.ensure()
    except UnavailableError as error:
        return record_unavailable(task.cell, error.unavailable, places)
    keys = partial(SubjectKeys, places.root, model)
    return measure_cell(msgspec.structs.replace(task, keys=keys), places, catalogue, limits)


def _planned(cell: Cell, models: Iterable[ModelSubject]) -> Iterable[str]:
    for model in models:
        for form in model.forms:
            if cell.mode in form["modes"] and cell.keras in form["keras"]:
                yield f"{model.name}/{MODULE}.{form['kind']}[{form['id']}]"
