from __future__ import annotations

import io
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import msgspec
import pytest
from rich.console import Console

from conformance.candidate import driver as module
from conformance.candidate import impact, reach
from conformance.candidate.asked import Slot, read_asked
from conformance.candidate.driver import VIRTUALENVS, RealCandidateDriver
from conformance.candidate.impact import Impact, impact_of, make_maps, maps_of
from conformance.candidate.reach import NoMapError, ReachMap, file_of
from conformance.candidate.replacing import Replaced
from conformance.claims.catalogue import load_claims
from conformance.environments.catalogue import Cell, load_releases
from conformance.errors import EvidenceError, ExitCode
from conformance.judging.narrowing import Narrowing
from conformance.limits import Limits
from conformance.running.keys import Keys
from conformance.running.matrix import Measured
from conformance.running.options import Options
from conformance.running.places import Places
from conformance.running.records import EarlierRecords
from conformance.running.resolving import Resolved
from conformance.running.reuse import Reused
from conformance.running.reuse_plan import ReusePlan
from conformance.running.selection import Selection
from conformance.trial.planted import Trace
from conformance.trial.runs import EndedRun, RunSettings, TrialRun
from tests.candidate.fakes import write_wheel
from tests.candidate.maps import wheel_with, write_map
from tests.judging.cases import record, seen

CELL = load_releases().cell("tf2.15-hub0.16-tf2")
KEYS: Any = None  # what the fakes below take the place of needs them, and nothing else does


@pytest.fixture
def places(tmp_path: Path) -> Places:
    return Places(tmp_path, tmp_path / "reports")


class Measuring:
    """Replaces `measure_cells`, and keeps what it was given."""

    def __init__(self) -> None:
        self.options: Options | None = None
        self.every: list[Options] = []
        self.resolved = Resolved()

    def __call__(self, cells: Sequence[Cell], options: Options, resolved: Resolved, *_: object) -> Measured:
        self.options, self.resolved = options, resolved
        self.every.append(options)
        return Measured(tuple(record(cell) for cell in cells))


@pytest.fixture
def measuring(monkeypatch: pytest.MonkeyPatch) -> Measuring:
    fake = Measuring()
    monkeypatch.setattr(module, "measure_cells", fake)
    return fake


def make(places: Places, *probes: str, console: Console | None = None) -> RealCandidateDriver:
    options = Options(
        Selection(narrowing=Narrowing(probes=probes)), msgspec.structs.replace(places, narrowed=bool(probes)), 2
    )
    home = Places(places.root, places.reports / "candidate" / "x", bool(probes), VIRTUALENVS)
    return RealCandidateDriver(options, home, load_claims(), (), Resolved(), console or Console(file=io.StringIO()))


def test_both_sides_are_measured_alike_and_kept_apart(places: Places, measuring: Measuring) -> None:
    driver = make(places)
    driver.without([CELL])
    assert measuring.options
    assert measuring.options.places.virtualenvs == places.work / "cells"
    assert measuring.options.places.records == places.reports / "records"

    driver.with_them([CELL], {CELL.environment.id: Path("lock")}, [])

    assert measuring.options.places.virtualenvs == places.work / "candidate-cells"
    assert measuring.options.places.records == places.reports / "candidate" / "x" / "records"
    assert measuring.resolved.locks == {CELL.environment.id: Path("lock")}


@pytest.mark.parametrize("whole", [True, False])
def test_some_probes_are_taken_from_a_whole_cells_record_that_holds(
    places: Places, measuring: Measuring, monkeypatch: pytest.MonkeyPatch, whole: bool
) -> None:
    known = record(CELL, seen("a.one"), seen("b.two"))
    kept = Reused(observations=known.observations, whole=known if whole else None)
    asked: list[Options] = []

    def plan_reuse(cells: object, options: Options, *_: object) -> ReusePlan:
        asked.append(options)
        return ReusePlan({CELL.id: EarlierRecords()}, {CELL.id: kept})

    monkeypatch.setattr(module, "plan_reuse", plan_reuse)

    console = Console(file=io.StringIO(), width=200)
    measured = make(places, "a.*", console=console).without([CELL])

    assert (asked[0].selection.narrowing, asked[0].places.narrowed) == (Narrowing(), False)
    if whole:
        (found,) = measured.records
        assert ([one.probe for one in found.observations], found.plan) == (["a.one"], ("a.one",))
        assert measured.reused == (CELL.id,)
        assert measuring.options is None
        assert isinstance(console.file, io.StringIO)
        assert "Reused: 2 observations" in console.file.getvalue()
    else:
        assert measuring.options is not None


def test_wheels_and_locks_have_their_places(places: Places, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (asked,) = read_asked({Slot.HUB: [str(write_wheel(tmp_path))]})
    assert make(places).build(asked).path.is_relative_to(places.work / "candidates")

    monkeypatch.setattr(
        module, "replace_in", lambda lock, environment, candidates, path: Replaced(path, (lock.digest,))
    )
    replaced = make(places).replace(CELL.environment, [])

    assert replaced.path == places.reports / "candidate" / "x" / "locks" / f"{CELL.environment.id}.txt"
    assert replaced.changes[0].startswith("sha256:")


@pytest.fixture
def mapped(places: Places, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> ReachMap:
    """The little map, as every cell's."""
    made = write_map(tmp_path)
    monkeypatch.setattr(impact, "keys_of", lambda *_: {})
    monkeypatch.setattr(reach, "load", lambda *_: made)
    return made


def impact_in(places: Places, wheel: Path) -> Impact:
    maps = maps_of([CELL], KEYS, places, Limits(), all_of_them=True)
    return impact_of(read_asked({Slot.HUB: [str(wheel)]}), maps, places)


def test_which_probes_a_candidate_can_concern(mapped: ReachMap, places: Places, tmp_path: Path) -> None:
    found = impact_in(places, wheel_with(tmp_path, "handle is None", "handle == None"))
    assert (found.chosen, found.order, found.notes) == (("a.one", "a.two"), ("a.one", "a.two", "a.three"), ())


def test_a_change_that_no_probe_reaches_is_noted(mapped: ReachMap, places: Places, tmp_path: Path) -> None:
    found = impact_in(places, wheel_with(tmp_path, "LIMIT}", "0}"))
    assert (found.chosen, found.order) == (
        ("a.one",),
        (),
    )  # that it can be installed and imported is tried all the same
    assert found.notes == (
        "No probe reaches what is changed in tensorflow_hub/module_v2.py: Layer.config: what it does goes unnoticed.",
    )


def test_that_nothing_is_changed_is_noted(mapped: ReachMap, places: Places, tmp_path: Path) -> None:
    found = impact_in(places, wheel_with(tmp_path, '"""A module."""', '"""Another docstring."""'))
    assert found.notes == ("No statement differs from what is installed without the candidate.",)
    assert found.chosen == ("a.one",)


def test_cells_without_a_map_are_left_to_the_others(places: Places, tmp_path: Path) -> None:
    assert maps_of([CELL], KEYS, places, Limits(), all_of_them=False) == {}
    with pytest.raises(NoMapError, match=f"no map of {CELL.id}"):
        maps_of([CELL], KEYS, places, Limits(), all_of_them=True)
    assert "which --map makes" in impact_of(read_asked({Slot.HUB: ["0.17.0"]}), {}, places).unknown


def test_where_nobody_can_say_what_is_reached_it_says_why(mapped: ReachMap, places: Places, tmp_path: Path) -> None:
    found = impact_in(places, wheel_with(tmp_path, files={"data.bin": "x"}))
    assert found == Impact(unknown="the map of tf2.15-hub0.16-tf2 does not cover all that tensorflow-hub changes")
    asked = read_asked({Slot.HUB: ["0.17.0"]})
    assert "not known before it is installed" in impact_of(asked, {CELL.id: mapped}, places).unknown


def test_what_differs_is_measured_again_apart_from_the_rest(places: Places, measuring: Measuring) -> None:
    driver = make(places)
    driver.again([CELL], {CELL.environment.id: Path("lock")}, ["a.one"])

    without, with_them = measuring.every
    for options, name in ((without, "without"), (with_them, "with")):
        assert options.selection.narrowing.probes == ("a.one",)
        assert options.fresh
        assert options.places.records == places.reports / "candidate" / "x" / "again" / name / "narrowed"
    assert without.places.virtualenvs == places.work / "cells"
    assert with_them.places.virtualenvs == places.work / "candidate-cells"
    assert measuring.resolved.locks == {CELL.environment.id: Path("lock")}


@pytest.mark.parametrize("traced", [True, False])
def test_the_maps_of_cells_are_made_by_traced_runs(
    places: Places, mapped: ReachMap, monkeypatch: pytest.MonkeyPatch, traced: bool
) -> None:
    runs: list[TrialRun] = []
    said: list[str] = []

    def run_all(wanted: Sequence[TrialRun], settings: RunSettings) -> None:
        runs.extend(wanted)
        settings.report(EndedRun(runs[0], 0, 61.0), 0)

    def reach_of(cell: str, keys: object, trace: Trace, record: object, virtualenv: Path) -> ReachMap:
        assert virtualenv == places.virtualenvs / CELL.id
        if not traced:
            raise EvidenceError("nothing was traced.", where=cell, remedy="Look.")
        return mapped

    monkeypatch.setattr(impact, "run_all", run_all)
    monkeypatch.setattr(reach, "reach_of", reach_of)

    code = make_maps([CELL], KEYS, places, Limits(), jobs=1, say=said.append)

    assert runs[0].cell_seconds == 900
    assert runs[0].defect == "reach:tensorflow_hub.*,tensorflow.python.saved_model.*,keras,tf_keras"
    assert said[0] == f"{CELL.id}: traced in 61 s, 0 to go"
    assert (code is ExitCode.AS_EXPECTED) is file_of(mapped.cell, places).is_file() is traced


def test_a_map_depends_on_what_a_cells_evidence_depends_on(places: Places, monkeypatch: pytest.MonkeyPatch) -> None:
    class FakeKeys:
        def of(self, cell: Cell, built: object, narrowing: Narrowing, examples: int) -> dict[str, str]:
            return {"module": f"{built} {narrowing.probes} {examples}"}

    keys: Any = FakeKeys()
    for built, expected in (("built", {"module": "built () 4"}), (None, {})):
        monkeypatch.setattr(impact, "built_from", lambda lock, built=built: built)
        assert impact.keys_of(CELL, keys, places, Limits()) == expected


def test_the_keys_are_those_of_the_matrix(places: Places) -> None:
    assert make(places)._keys.func is Keys
