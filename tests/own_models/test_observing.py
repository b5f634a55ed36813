"""The flow, with nothing built and nothing run: what the cells are given, and what is made of their records."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import pytest
from rich.console import Console

from conformance.environments.catalogue import Releases
from conformance.inspecting.locating import FoundModel
from conformance.own_models import observing
from conformance.own_models.observing import Observed, copies
from conformance.own_models.results import tried
from conformance.running.enclosure import available
from conformance.running.options import Options
from conformance.running.places import Places
from conformance.running.selection import Selection
from conformance.running.subject import read_subjects
from conformance.words import Outcome
from tests.inspecting.making import DENSE
from tests.own_models.making import LAST, OLD, described, forms, record


class Run(msgspec.Struct):
    """What the cells were given, and what was printed."""

    places: Places
    releases: Releases
    given: list[Any]
    printed: io.StringIO

    def __call__(self, *names: str, **inputs: Any) -> tuple[Observed, ...]:
        options = Options(Selection(only=(OLD, LAST)), self.places, 1)
        with copies(self.places) as copied:
            for name in names or ("mine",):
                reports = self.places.reports / name
                copied.add(FoundModel(name, DENSE), described("tf2-dense"), inputs, reports)
            return observing.observe(copied, options, self.releases, Console(file=self.printed, width=200))


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, releases: Releases) -> Run:
    run = Run(Places(tmp_path, tmp_path / "reports"), releases, [], io.StringIO())

    def measure(schedule: Any, options: Options, resolved: Any, console: Any, *, total: int) -> bool:
        assert options.models
        subjects = read_subjects(options.models)
        assert options.count == len(subjects.models)
        for subject in subjects.models:
            given = np.load(subject.inputs)["inputs"].tolist() if subject.inputs else None
            run.given.append((subject, sorted(path.name for path in Path(subject.path).iterdir()), given))
            whole = record(LAST, call=Outcome.WORKS)
            lines = (whole.header, msgspec.structs.replace(whole.setting), *whole.observations, whole.footer)  # type: ignore[type-var]
            places = Places(run.places.root, Path(subject.reports))
            places.record(LAST).write_bytes(b"".join(msgspec.json.encode(line) + b"\n" for line in lines))
            line = {"probe": forms()["call"].probe, "outputs": {}}
            (subject.values / f"{LAST}.jsonl").write_bytes(msgspec.json.encode(line))
        return True  # interrupted, so that the other cell has no record

    monkeypatch.setattr(observing, "measure", measure)
    return run


def test_a_copy_is_tried_and_what_is_left_is_named(run: Run) -> None:
    [seen] = run()

    [(subject, files, inputs)] = run.given
    assert files == sorted(path.name for path in DENSE.iterdir())
    assert not Path(subject.path).exists()
    assert inputs is None
    assert subject.cells == (OLD, LAST)
    assert {one["kind"] for one in subject.forms} == {form.kind for form in seen.forms}
    assert list(seen.computed[LAST]) == [forms()["call"].probe]
    assert seen.interrupted
    assert "Interrupted." in run.printed.getvalue()
    assert "A SavedModel is a program" in run.printed.getvalue()
    trial = tried(seen, "1.15.5", {}, "", available())
    assert trial.missing == (f"{OLD}: no record",)


def test_several_models_share_each_cell_and_have_records_of_their_own(run: Run) -> None:
    seen = run("one", "two")

    assert [(subject.name, subject.cells) for subject, _, _ in run.given] == [
        ("one", (OLD, LAST)),
        ("two", (OLD, LAST)),
    ]
    assert len({subject.path for subject, _, _ in run.given}) == 2
    assert [[one.path.parent.parent.name for one in each.records] for each in seen] == [["one"], ["two"]]
    assert "Trying 2 models in 2 cells" in run.printed.getvalue()


def test_the_users_inputs_reach_the_cells(run: Run) -> None:
    assert run(inputs=np.array([[1.0, 2.0, 3.0]]))[0].given

    assert run.given[0][2] == [[1.0, 2.0, 3.0]]


def test_values_of_another_model_are_forgotten(run: Run) -> None:
    values = run.places.reports / "mine" / "values"
    values.mkdir(parents=True)
    (values / f"{OLD}.jsonl").write_text('{"probe": "old", "outputs": {}}')

    assert run()[0].computed[OLD] == {}
