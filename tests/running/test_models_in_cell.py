"""Users' own models in a cell: one build and one import for all, and a record for each. Nothing is built or run."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from conformance.claims.catalogue import load_claims
from conformance.environments import importing
from conformance.environments.catalogue import Cell
from conformance.environments.unavailable import UnavailableError
from conformance.evidence import Record, read_record
from conformance.limits import Limits
from conformance.running import models_in_cell
from conformance.running.cell import Task
from conformance.running.enclosure import EnclosureLimits
from conformance.running.models_in_cell import places_of, try_models
from conformance.running.places import Places
from conformance.running.subject import SCHEMA, ModelSubject, ModelSubjects
from conformance.words import Outcome
from tests.own_models.making import LAST, record

PYTHON = Path("/venv/python")
LOST = UnavailableError("install", "it is lost.", where="x", remedy="Find it.")


class FakeImporter:
    """Is asked for before each model; `fails` are the numbers of the times when it cannot be had."""

    fails: tuple[int, ...] = ()

    def __init__(self, python: Path, *_: object) -> None:
        assert python == PYTHON
        self._asked = 0

    def __enter__(self) -> FakeImporter:
        return self

    def __exit__(self, *_: object) -> None:
        pass

    def ensure(self) -> None:
        self._asked += 1
        if self._asked in self.fails:
            raise LOST


@pytest.fixture
def measured(monkeypatch: pytest.MonkeyPatch) -> list[tuple[Task, Places]]:
    """What was measured."""
    done: list[tuple[Task, Places]] = []

    def measure(task: Task, places: Places, *_: object) -> Record:
        done.append((task, places))
        return record(LAST, call=Outcome.WORKS)

    monkeypatch.setattr(models_in_cell, "measure_cell", measure)
    monkeypatch.setattr(models_in_cell, "build", lambda *_: PYTHON)
    monkeypatch.setattr(importing, "compile_ahead", lambda *_: None)
    monkeypatch.setattr(models_in_cell, "Importer", FakeImporter)
    monkeypatch.setattr(FakeImporter, "fails", ())
    return done


def model(name: str, reports: Path, *cells: str) -> ModelSubject:
    form = {"kind": "call", "id": "model", "modes": ["tf2"], "keras": ["bundled"]}
    elsewhere = {**form, "modes": ["tf1"]}
    limits = EnclosureLimits()
    return ModelSubject(name, "sha256:1", "/copy", str(reports / name), cells, "", "", (form, elsewhere), {}, limits)


def run(cell: Cell, places: Places, *models: ModelSubject) -> tuple[Record, ...]:
    places.prepare()
    return try_models(Task(cell, lock=Path("x.txt")), ModelSubjects(SCHEMA, models), places, load_claims(), Limits())


def test_each_that_is_left_is_measured_into_its_own_folder(
    measured: list[tuple[Task, Places]], cell: Cell, places: Places
) -> None:
    left = (cell.id,)
    models = [model("one", places.reports, *left), model("old", places.reports), model("two", places.reports, *left)]

    assert len(run(cell, places, *models)) == 2
    assert [(task.python, task.subject.model.name, at.reports.name) for task, at in measured] == [  # type: ignore[union-attr]
        (PYTHON, "one", "one"),
        (PYTHON, "two", "two"),
    ]
    followed = read_record(places.record(cell.id))
    assert followed.plan == ("one/own_model.call[model]", "two/own_model.call[model]")
    assert {one.probe for one in followed.observations} == set(followed.plan)


def test_where_nothing_can_be_built_every_model_says_so(
    monkeypatch: pytest.MonkeyPatch, measured: list[tuple[Task, Places]], cell: Cell, places: Places
) -> None:
    def lose(*_: Any) -> Path:
        raise LOST

    monkeypatch.setattr(models_in_cell, "build", lose)
    models = [model(name, places.reports, cell.id) for name in ("one", "two")]
    for each in models:
        places_of(each, places).prepare()

    found = run(cell, places, *models)
    assert [one.unavailable.reason for one in found if one.unavailable] == ["it is lost."] * 2
    assert read_record(places.record(cell.id)).unavailable
    assert measured == []


def test_an_import_that_is_lost_on_the_way_costs_one_model(
    monkeypatch: pytest.MonkeyPatch, measured: list[tuple[Task, Places]], cell: Cell, places: Places
) -> None:
    monkeypatch.setattr(FakeImporter, "fails", (1,))

    found = run(cell, places, *(model(name, places.reports, cell.id) for name in ("one", "two")))
    assert [bool(one.unavailable) for one in found] == [True, False]
    assert len(measured) == 1
