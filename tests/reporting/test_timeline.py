from __future__ import annotations

from collections.abc import Sequence

import pytest

from conformance.cells import CellStatus, ReleaseAxis, axis_of, cells_of, minor_of, release_order
from conformance.claims.catalogue import Catalogue
from conformance.environments.catalogue import Releases
from conformance.reporting.timeline import Mark, MarkState, Timeline, runs_of, timeline
from conformance.results import Results, VerdictRow
from conformance.words import Keras, Standing, Verdict
from tests.reporting import sample

LOAD = "tf2-savedmodel.load.tf2.hub-load"
MODULE = "tf1-hub.load.tf1.module"
EVERY = ("1.13", "1.14", "1.15", "2.0", "2.1", "2.2", "2.15", "2.16", "rc", "nightly")
RESOLVED = {"rc": (2, 22), "nightly": (2, 23)}
AXIS = ReleaseAxis(EVERY, {name: RESOLVED.get(name) or tuple(map(int, name.split("."))) for name in EVERY})


def line_of(
    run: Results, claims: Catalogue, claim: str, rows: Sequence[VerdictRow], standing: Standing = Standing.LITERAL
) -> Timeline:
    cells = cells_of(run)
    return timeline(claims.claim_by_id[claim], "", standing, rows, cells, axis_of(cells))


def run_over(releases: Releases, claims: Catalogue, names: Sequence[str], claim: str, **odd: Verdict) -> Timeline:
    """The timeline of a run over the named cells, which all agree but for `odd` (cell id with _ for - and .)."""
    cells = [releases.cell(name) for name in names]
    rows = [
        sample.verdict(
            cell,
            claims.claim_by_id[claim],
            verdict=odd.get(cell.id.replace("-", "_").replace(".", "_"), Verdict.AGREES),
        )
        for cell in cells
    ]
    run = sample.results(cells, [sample.setting(cell) for cell in cells], verdicts=rows)
    return line_of(run, claims, claim, rows)


def spoken(line: Timeline) -> list[tuple[str, list[str]]]:
    return [(lane.label, [f"{run.first.state} {run.when}" for run in lane.runs]) for lane in line.lanes]


def test_releases_are_in_the_order_of_their_numbers_with_the_floating_ones_behind() -> None:
    assert sorted(["nightly", "2.10", "rc", "1.15", "2.9"], key=release_order) == [
        "1.15",
        "2.9",
        "2.10",
        "rc",
        "nightly",
    ]


@pytest.mark.parametrize(
    ("states", "expected"),
    [
        ("aaaaaaaaaa", ["agrees 1.13 to 2.2", "agrees 2.15 to 2.16", "agrees since rc"]),
        ("...aaaxx..", ["agrees 2.0 to 2.2", "contradicts 2.15 to 2.16"]),
        (".......xxx", ["contradicts 2.16", "contradicts since rc"]),
        ("a.........", ["agrees 1.13"]),
        ("..........", []),
    ],
)
def test_intervals_join_neighbours_and_never_span_a_release_that_was_not_tried(
    states: str, expected: list[str]
) -> None:
    kinds = {"a": MarkState.AGREES, "x": MarkState.CONTRADICTS, ".": MarkState.NONE}
    marks = [Mark(release=release, state=kinds[letter]) for release, letter in zip(EVERY, states, strict=True)]
    found = [f"{run.first.state} {run.when}" for run in runs_of(marks, AXIS)]
    assert found == expected


@pytest.mark.parametrize(
    ("earlier", "later", "neighbours"),
    [
        ("1.15.5", "2.0.4", True),
        ("2.21.0", "2.22.0rc0", True),
        ("2.21.0", "2.23.0-dev20260104", False),
        ("2.22.0", "2.22.1rc0", True),
        ("2.21.0", "", True),
        ("1.14.0", "2.0.4", False),
    ],
)
def test_a_floating_release_follows_what_it_resolved_to(earlier: str, later: str, neighbours: bool) -> None:
    axis = ReleaseAxis(("old", "rc"), {name: minor_of(tf) for name, tf in (("old", earlier), ("rc", later)) if tf})
    assert axis.adjacent("old", "rc") is neighbours


def test_lanes_that_say_the_same_become_one_without_a_label(releases: Releases, claims: Catalogue) -> None:
    names = ["tf2.15-hub0.15-tf2", "tf2.15-hub0.16-tf2", "tf2.16-hub0.16-tf2-keras3", "tf2.16-hub0.16-tf2-legacy"]
    line = run_over(releases, claims, names, LOAD)
    assert spoken(line) == [("", ["agrees since 2.15"])]
    assert line.lanes[0].marks[0].cells == ("tf2.15-hub0.15-tf2", "tf2.15-hub0.16-tf2")


def test_hub_lines_that_differ_stay_apart(releases: Releases, claims: Catalogue) -> None:
    names = ["tf1.15-hub0.15-tf1", "tf1.15-hub0.16-tf1", "tf2.0-hub0.15-tf1-compat", "tf2.0-hub0.16-tf1-compat"]
    line = run_over(releases, claims, names, MODULE, tf1_15_hub0_16_tf1=Verdict.CONTRADICTS)
    assert spoken(line) == [
        ("hub before 0.16", ["agrees since 1.15"]),
        ("hub 0.16", ["contradicts 1.15", "agrees 2.0"]),
    ]


def test_keras_flavours_that_differ_stay_apart(releases: Releases, claims: Catalogue) -> None:
    names = ["tf2.15-hub0.15-tf2", "tf2.15-hub0.16-tf2", "tf2.16-hub0.16-tf2-keras3", "tf2.16-hub0.16-tf2-legacy"]
    line = run_over(releases, claims, names, LOAD, tf2_16_hub0_16_tf2_keras3=Verdict.CONTRADICTS)
    assert spoken(line) == [
        ("default Keras", ["agrees 2.15", "contradicts 2.16"]),
        ("TF_USE_LEGACY_KERAS=1", ["agrees 2.16"]),
    ]


def test_a_planned_cell_without_a_record_is_missing_not_absent(releases: Releases, claims: Catalogue) -> None:
    seen, lost = releases.cell("tf2.15-hub0.16-tf2"), releases.cell("tf2.16-hub0.16-tf2-legacy")
    rows = [sample.verdict(seen, claims.claim_by_id[LOAD])]
    run = sample.results([seen, lost], [sample.setting(seen)], verdicts=rows, missing={lost.id: "no record"})
    cell = cells_of(run)[-1]
    assert (cell.id, cell.release, cell.keras, cell.status) == (lost.id, "2.16", Keras.LEGACY, CellStatus.MISSING)
    marks = [mark for lane in line_of(run, claims, LOAD, rows).lanes for mark in lane.marks if mark.release == "2.16"]
    assert MarkState.MISSING in [mark.state for mark in marks]


def test_a_missing_cell_of_a_claim_that_nothing_else_speaks_of_is_missing_too(
    releases: Releases, claims: Catalogue
) -> None:
    seen, lost = releases.cell("tf2.15-hub0.16-tf2"), releases.cell("tf1.13-hub0.7-tf1")
    run = sample.results([seen, lost], [sample.setting(seen)], missing={lost.id: "no record"})
    line = line_of(run, claims, MODULE, [])
    assert line.lanes[0].marks[0].state is MarkState.MISSING


def test_a_claim_outside_the_selection_is_not_run_even_where_a_cell_is_missing(
    releases: Releases, claims: Catalogue
) -> None:
    seen, lost = releases.cell("tf2.15-hub0.16-tf2"), releases.cell("tf2.14-hub0.16-tf2")
    run = sample.results([seen, lost], [sample.setting(seen)], missing={lost.id: "no record"})
    line = line_of(run, claims, LOAD, [])
    assert {mark.state for mark in line.lanes[0].marks} == {MarkState.NOT_RUN}
    assert not line.observed


def test_an_unavailable_cell_without_a_verdict_is_inconclusive_with_its_reason(
    releases: Releases, claims: Catalogue
) -> None:
    cell = releases.cell("tf2.15-hub0.16-tf2")
    run = sample.results([cell], [sample.setting(cell, unavailable="no interpreter")])
    mark = line_of(run, claims, LOAD, []).lanes[0].marks[0]
    assert (mark.state, mark.why) == (MarkState.INCONCLUSIVE, "no interpreter")


def test_implied_probes_owe_no_verdict(releases: Releases, claims: Catalogue) -> None:
    cell = releases.cell("tf2.15-hub0.16-tf2")
    run = sample.results([cell], [sample.setting(cell)])
    assert line_of(run, claims, LOAD, [], Standing.IMPLIED).lanes == ()


def test_a_foreign_cell_id_breaks_nothing(claims: Catalogue) -> None:
    run = sample.results([], missing={"who knows": "no record"})
    assert cells_of(run) == ()


def test_implied_probes_that_say_the_same_are_an_echo(releases: Releases, claims: Catalogue) -> None:
    names = ["tf2.14-hub0.16-tf2", "tf2.15-hub0.16-tf2"]
    line = run_over(releases, claims, names, LOAD)
    assert run_over(releases, claims, names, LOAD).echoes(line)
    assert not run_over(releases, claims, names, LOAD, tf2_15_hub0_16_tf2=Verdict.CONTRADICTS).echoes(line)
