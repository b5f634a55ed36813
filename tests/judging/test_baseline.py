"""A run is compared with the reviewed baseline, judged again as the run was."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest

from conformance.environments.catalogue import Releases
from conformance.errors import DataError
from conformance.evidence import Error
from conformance.evidence import Tested as Mark
from conformance.judging.accepting import write_baseline
from conformance.judging.baseline import Baseline, judged_like, load_baseline
from conformance.judging.narrowing import Narrowing
from conformance.results import ObservationRow, Results
from conformance.words import Change, Level, Mode, Outcome, Standing
from tests.judging.conftest import World

CELL = "tf2.15-hub0.16-tf2"
ENVIRONMENT = "tf2.15-hub0.16"
POSITIVE = "tf2-savedmodel.load.tf2.hub-load"
NEGATIVE = "tf1-hub.fine-tune.tf2"


def probe_of(results: Results, claim: str, cell: str = CELL, outcome: Outcome | None = None) -> str:
    """A probe that speaks literally to a claim, and to no claim that promises something else."""
    return next(
        row.probe
        for row in results.observations
        if row.cell == cell
        and (claim, Standing.LITERAL) in [(each.id, each.standing) for each in row.claims]
        and (claim == POSITIVE or {each.id for each in row.claims} == {claim})
        and outcome in (None, row.outcome)
    )


def altered(results: Results, world: World, probe: str, cells: tuple[str, ...] = (CELL,), **changes: object) -> Results:
    """The run with one probe's observation changed in some cells (or left out), judged again."""

    def alter(row: ObservationRow) -> ObservationRow | None:
        if row.probe != probe or row.cell not in cells:
            return row
        return msgspec.structs.replace(row, **changes) if changes else None

    observations = tuple(new for row in results.observations if (new := alter(row)))
    return world.judged(msgspec.structs.replace(results, observations=observations))


def of_cells(results: Results, *cells: str) -> Results:
    """The run as if only these cells had been planned."""
    run = msgspec.structs.replace(results.run, cells_planned=cells, cells_missing={})
    return msgspec.structs.replace(
        results,
        run=run,
        environments=tuple(row for row in results.environments if row.cell in cells),
        observations=tuple(row for row in results.observations if row.cell in cells),
        verdicts=tuple(row for row in results.verdicts if row.cell in cells),
    )


def changes(
    results: Results, baseline: Baseline, world: World, *, some_probes_only: bool = False
) -> list[tuple[Change, str]]:
    compared = world.compared(results, baseline, some_probes_only=some_probes_only).changes
    assert compared is not None
    return [(row.change, row.probe) for row in compared.outcomes]


@pytest.fixture(scope="module")
def part(real_run: Results) -> Results:
    """The cells of one environment."""
    return of_cells(real_run, CELL, f"{ENVIRONMENT}-tf1-compat")


def test_a_run_that_shows_the_same_has_no_change(real_run: Results, reviewed: Baseline, world: World) -> None:
    compared = world.compared(real_run, reviewed).changes
    assert compared is not None
    assert len(real_run.observations) > 3000
    assert (compared.differs, compared.environments) == (False, ())


def test_what_need_not_be_judged_again_would_be_judged_alike(part: Results, reviewed: Baseline, world: World) -> None:
    run = altered(part, world, probe_of(part, POSITIVE), outcome=Outcome.FAILED)
    shortened = judged_like(run, reviewed, Narrowing(), world)

    def without_advice(results: Results) -> set[str]:
        return {repr(msgspec.structs.replace(row, instead=())) for row in results.verdicts}

    assert without_advice(shortened) == without_advice(part)  # but for advice, which the baseline does not give
    assert {row.cell for row in shortened.observations} == {row.cell for row in part.observations}


@pytest.mark.parametrize(
    ("claim", "before", "after", "change"),
    [
        (POSITIVE, Outcome.WORKS, Outcome.FAILED, Change.REGRESSION),
        (POSITIVE, Outcome.WORKS, Outcome.WRONG_VALUES, Change.REGRESSION),
        (POSITIVE, Outcome.WORKS, Outcome.BLOCKED, Change.MISSING),
        (NEGATIVE, Outcome.REJECTED, Outcome.WORKS, Change.CHANGED),
        (NEGATIVE, Outcome.REJECTED, Outcome.FAILED, Change.CHANGED),
    ],
)
def test_a_single_difference_is_found_and_nothing_else(
    part: Results,
    reviewed: Baseline,
    world: World,
    claim: str,
    before: Outcome,
    after: Outcome,
    change: Change,
) -> None:
    probe = probe_of(part, claim, outcome=before)
    run = altered(part, world, probe, outcome=after)
    assert changes(run, reviewed, world) == [(change, probe)]
    accepted = Baseline(reviewed.folder, world.accepted(run, Baseline(Path("none"), {})).snapshots)
    back = {Change.REGRESSION: Change.FIXED, Change.MISSING: Change.NEW}.get(change, change)
    assert changes(part, accepted, world) == [(back, probe)]


def test_another_class_of_error_is_a_change(part: Results, reviewed: Baseline, world: World) -> None:
    probe = probe_of(part, NEGATIVE, outcome=Outcome.REJECTED)
    run = altered(part, world, probe, error=Error("SurprisingError", "no", "tensorflow"))
    assert changes(run, reviewed, world) == [(Change.CHANGED, probe)]


def test_a_probe_that_is_gone_is_missing_and_a_new_one_new(part: Results, reviewed: Baseline, world: World) -> None:
    probe = probe_of(part, POSITIVE)
    without = altered(part, world, probe)
    assert changes(without, reviewed, world) == [(Change.MISSING, probe)]
    before = Baseline(reviewed.folder, world.accepted(without, Baseline(Path("none"), {})).snapshots)
    assert changes(part, before, world) == [(Change.NEW, probe)]


def test_a_part_of_the_cells_is_compared_with_their_part_of_the_baseline(
    real_run: Results, reviewed: Baseline, world: World
) -> None:
    compared = world.compared(of_cells(real_run, CELL), reviewed).changes
    assert compared is not None
    assert (compared.differs, compared.old.cells, compared.new.cells) == (False, 1, 1)


def test_a_narrowed_run_is_compared_in_what_it_tried(part: Results, reviewed: Baseline, world: World) -> None:
    probe = probe_of(part, NEGATIVE, outcome=Outcome.REJECTED)
    only = msgspec.structs.replace(
        part, observations=tuple(row for row in part.observations if row.probe == probe), verdicts=()
    )
    run = world.judged(only, some_probes_only=True)
    assert run.verdicts
    assert not world.compared(run, reviewed, some_probes_only=True).changes.differs  # type: ignore[union-attr]
    worse = world.judged(altered(only, world, probe, outcome=Outcome.WORKS), some_probes_only=True)
    assert changes(worse, reviewed, world, some_probes_only=True) == [(Change.CHANGED, probe)]


def test_a_cell_that_has_no_baseline_is_new(real_run: Results, reviewed: Baseline, world: World) -> None:
    without = {name: snapshot for name, snapshot in reviewed.snapshots.items() if name != ENVIRONMENT}
    compared = world.compared(real_run, Baseline(reviewed.folder, without)).changes
    assert compared is not None
    assert CELL in compared.cells_new
    assert (compared.outcomes, compared.verdicts, compared.cells_missing) == ((), (), ())


def test_a_planned_cell_without_observations_is_missing(real_run: Results, reviewed: Baseline, world: World) -> None:
    cells = tuple(cell for cell in real_run.run.cells_planned if cell != CELL)
    lost = of_cells(real_run, *cells)
    run = msgspec.structs.replace(lost, run=msgspec.structs.replace(lost.run, cells_planned=(*cells, CELL)))
    compared = world.compared(run, reviewed).changes
    assert compared is not None
    assert (compared.cells_missing, compared.outcomes) == ((CELL,), ())


def test_claims_that_changed_since_invent_no_change(real_run: Results, reviewed: Baseline, world: World) -> None:
    def stricter(world: World) -> World:
        claims = tuple(
            msgspec.structs.replace(claim, level=Level.SUPPORTED) if claim.level is Level.NOT_SUPPORTED else claim
            for claim in world.claims.claims
        )
        return msgspec.structs.replace(world, claims=msgspec.structs.replace(world.claims, claims=claims))

    other = stricter(world)
    run = other.judged(of_cells(real_run, CELL))
    assert [row.verdict for row in run.verdicts] != [row.verdict for row in real_run.verdicts if row.cell == CELL]
    assert not other.compared(run, reviewed).changes.differs  # type: ignore[union-attr]


def test_a_probe_that_speaks_to_another_claim_than_before_invents_no_change(
    part: Results, reviewed: Baseline, world: World
) -> None:
    probe = probe_of(part, POSITIVE, outcome=Outcome.WORKS)
    marks = (Mark("tf2-savedmodel.load.tf2.keras-layer", Standing.IMPLIED),)
    run = altered(part, world, probe, claims=marks)
    assert not world.compared(run, reviewed).changes.differs  # type: ignore[union-attr]


# ---- Its files -------------------------------------------------------------------------------------------------------


@pytest.fixture
def folder(part: Results, world: World, tmp_path: Path) -> Path:
    write_baseline(world.accepted(part, Baseline(tmp_path, {})), tmp_path / "baseline")
    return tmp_path / "baseline"


def test_it_is_read_as_it_was_written(folder: Path, reviewed: Baseline, releases: Releases) -> None:
    read = load_baseline(folder, releases)
    assert list(read.snapshots) == [ENVIRONMENT]
    assert read.snapshots[ENVIRONMENT].cells == reviewed.snapshots[ENVIRONMENT].cells
    assert list(read.notes(releases)) == []


def test_where_nothing_was_accepted_it_is_empty(tmp_path: Path, releases: Releases) -> None:
    assert not load_baseline(tmp_path / "none", releases)


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ('"snapshot/1"', '"snapshot/9"', 'is of schema "snapshot/9", but this version reads'),
        ('{\n "schema"', '[\n "schema"', "is damaged"),
        ('"cells": [', '"cells": 3, "more": [', "Expected `array`, got `int`"),
        ('"works": [', '"work": [', "Invalid enum value 'work' - at `key` in `$.cells[0].outcomes`"),
        ('"python":', '"pyton":', "unknown field `pyton`"),
        (f'"cell": "{CELL}"', '"cell": 5', "Expected `str`, got `int`"),
        (f'"environment": "{ENVIRONMENT}"', '"environment": "tf2.15"', 'is of the environment "tf2.15", and its file'),
        ('"mode": "tf2"', '"mode": "tf1"', f'cell "{CELL}": states "tf1", but its cell has "tf2"'),
        ('"tf": "2.15.1"', '"tf": "two"', 'states the tensorflow version "two", which is none'),
        ('"started": "', '"started": "on ', "which is not ISO 8601"),
        (f'"cell": "{CELL}"', '"cell": "tf2.15-hub0.16-tf1-compat"', 'states "tf2", but its cell has "tf1-compat"'),
    ],
)
def test_a_damaged_file_is_refused_by_name(folder: Path, releases: Releases, old: str, new: str, message: str) -> None:
    path = folder / f"{ENVIRONMENT}.json"
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new))
    with pytest.raises(DataError) as refused:
        load_baseline(folder, releases)
    assert str(refused.value).startswith(str(path))
    assert message in str(refused.value)


def test_a_probe_with_two_outcomes_or_none_is_refused(folder: Path, releases: Releases) -> None:
    path = folder / f"{ENVIRONMENT}.json"
    data = msgspec.json.decode(path.read_bytes(), type=dict[str, object])
    cell = data["cells"][0]  # type: ignore[index]
    probe = cell["outcomes"]["works"][0]
    cell["outcomes"].setdefault("crashed", []).append(probe)
    path.write_bytes(msgspec.json.encode(data))
    with pytest.raises(DataError, match="has two outcomes of"):
        load_baseline(folder, releases)
    cell["outcomes"]["crashed"].remove(probe)
    cell["repeated"] = [f"{probe}x"]
    path.write_bytes(msgspec.json.encode(data))
    with pytest.raises(DataError, match=r"which has no outcome\. Perhaps you meant"):
        load_baseline(folder, releases)
    del cell["repeated"]
    data["cells"] = [cell, cell]
    path.write_bytes(msgspec.json.encode(data))
    with pytest.raises(DataError, match="has two cells of one id"):
        load_baseline(folder, releases)


def test_a_file_under_another_name_is_refused(folder: Path, releases: Releases) -> None:
    (folder / f"{ENVIRONMENT}.json").rename(folder / "tf2.14-hub0.16.json")
    with pytest.raises(DataError, match="its file is named after another"):
        load_baseline(folder, releases)


def test_what_exists_no_more_is_reported_and_compared_with_nothing(
    real_run: Results, reviewed: Baseline, world: World
) -> None:
    fewer = tuple(one for one in world.releases.releases if one.tf != "2.15")
    less = msgspec.structs.replace(world, releases=msgspec.structs.replace(world.releases, releases=fewer))
    notes = list(reviewed.notes(less.releases))
    assert [note.split('"')[1] for note in notes] == ["tf2.15-hub0.15", "tf2.15-hub0.16"]
    assert all("Perhaps you meant" in note and "`nox -s accept` removes it" in note for note in notes)
    tf2_only = msgspec.structs.replace(
        world.releases.releases[0], tf="2.15", hubs=("0.15.0", "0.16.1"), modes=(Mode.TF2,)
    )
    notes = list(reviewed.notes(msgspec.structs.replace(less.releases, releases=(*fewer, tf2_only))))
    assert [note.split('"')[1] for note in notes] == ["tf2.15-hub0.15-tf1-compat", "tf2.15-hub0.16-tf1-compat"]
    left = tuple(cell for cell in real_run.run.cells_planned if not cell.startswith("tf2.15"))
    assert not less.compared(of_cells(real_run, *left), reviewed).changes.differs  # type: ignore[union-attr]
