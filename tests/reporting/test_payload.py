from __future__ import annotations

from typing import Any

import pytest

from conformance.claims.catalogue import Catalogue
from conformance.environments.catalogue import Releases
from conformance.fixtures import Model
from conformance.reporting.guidance import Guidance
from conformance.reporting.model import Report, build_report
from conformance.reporting.packing import DATA_ELEMENT, Interned, packed, unpacked
from conformance.reporting.payload import page_data
from conformance.results import Results
from conformance.words import Outcome, Verdict
from tests.reporting import sample


@pytest.fixture(scope="module")
def data(report: Report) -> dict[str, Any]:
    """What the script reads."""
    read: dict[str, Any] = unpacked(f"{DATA_ELEMENT}{packed(page_data(report, Guidance(), ()))}</script>")
    return read


def sparse(pairs: list[int], size: int) -> list[int]:
    """Undoes `packing.sparse`, as the script does."""
    column, at = [0] * size, 0
    for distance, number in zip(pairs[::2], pairs[1::2], strict=True):
        at += distance
        column[at] = number
    return column


def runs(pairs: list[int]) -> list[int]:
    """Undoes `packing.runs`, as the script does."""
    return [first + step for first, length in zip(pairs[::2], pairs[1::2], strict=True) for step in range(length)]


def test_every_observation_can_be_read_back(data: dict[str, Any], report: Report, full_run: Results) -> None:
    packed = data["observations"]
    size = len(packed["outcome"])
    columns = zip(
        (cell["id"] for cell, count in zip(data["cells"], packed["perCell"], strict=True) for _ in range(count)),
        (data["probes"][number][0] for number in runs(packed["probe"])),
        packed["outcome"],
        sparse(packed["command"], size),
        packed["centiseconds"],
        sparse(packed["error"], size),
        strict=True,
    )
    found = [
        (
            cell,
            probe,
            data["outcomes"][int(sign)],
            data["commands"][command].replace("{cell}", cell).replace("{probe}", probe),
            hundredths,
            error,
        )
        for cell, probe, sign, command, hundredths, error in columns
    ]
    expected = [
        (
            row.cell,
            row.probe,
            row.outcome,
            row.reproduce,
            round(row.seconds * 100),
            int(report.error_index.id_of(row.error).removeprefix("error-")) if row.error else 0,
        )
        for row in full_run.observations
    ]
    assert sorted(found) == sorted(expected)


def test_verdicts_are_all_there_and_say_where_they_changed(data: dict[str, Any], full_run: Results) -> None:
    known = {claim["id"] for claim in data["claims"]}
    assert len(data["verdicts"]) == sum(row.claim in known for row in full_run.verdicts)
    changed = {
        (data["claims"][row[0]]["id"], data["cells"][row[1]]["id"]) for row in data["verdicts"] if row[8] and row[2]
    }
    estimator = "tf2-savedmodel.fine-tune.tf1.estimator"
    assert (estimator, "tf2.16-hub0.16-tf1-compat-keras3") in changed
    assert (estimator, "tf2.16-hub0.16-tf1-compat-legacy") in changed
    assert (estimator, "tf2.17-hub0.16-tf1-compat-keras3") not in changed
    assert (estimator, "tf2.15-hub0.16-tf1-compat") not in changed


def test_a_cell_says_what_its_lock_changed_since_the_release_before(claims: Catalogue, releases: Releases) -> None:
    cells = releases.cells_matching(["tf2.15-hub0.16-tf2", "tf2.16-hub0.16-tf2-*"])
    packages = {"tf2.15-hub0.16-tf2": {"numpy": "1.26.4", "wheel": "0.4"}}
    newer = {"numpy": "2.0.1", "tf-keras": "2.16.0"}
    settings = [sample.setting(cell, packages=packages.get(cell.id, newer)) for cell in cells]
    report = build_report(sample.results(cells, settings), claims)
    shown = {cell["id"]: cell for cell in page_data(report, Guidance(), ())["cells"]}
    for flavour in ("keras3", "legacy"):
        cell = shown[f"tf2.16-hub0.16-tf2-{flavour}"]
        assert cell["before"] == "tf2.15-hub0.16-tf2"
        assert cell["changes"] == ["numpy 1.26.4 → 2.0.1", "tf-keras 2.16.0 is new", "wheel 0.4 is gone"]
    assert "before" not in shown["tf2.15-hub0.16-tf2"]


def test_a_fixture_is_reported_with_its_recipe(report: Report) -> None:
    model = Model(id="dense", producer="tf1.13-hub0.7", recipe="models/a.py: dense", about="A dense layer.")
    assert page_data(report, Guidance(), (model,))["models"]["dense"]["recipe"] == "models/a.py: dense"


def test_a_command_that_cannot_be_put_together_again_stands_as_it_is(claims: Catalogue, releases: Releases) -> None:
    cell = releases.cell("tf2.15-hub0.16-tf2")
    seen = sample.observation(cell, claims.claims[0], probe="{cell}", reproduce="run {cell} {probe}")
    data = page_data(build_report(sample.results([cell], [sample.setting(cell)], [seen]), claims), Guidance(), ())
    assert data["commands"] == ["run {cell} {probe}"]


@pytest.mark.parametrize("text", ["</script>", "<!-- <script>", "]]>", "\u2028\u2029", "&lt;", 'a"b\\c'])
def test_no_text_can_end_the_script_element(text: str) -> None:
    written = packed({text: [text]})
    assert not set(written) & set("<>&\u2028\u2029")
    assert unpacked(f"{DATA_ELEMENT}{written}</script>") == {text: [text]}


def test_outcomes_and_verdicts_are_named_in_the_data(data: dict[str, Any]) -> None:
    assert data["outcomes"] == list(Outcome)
    assert set(data["states"]) >= set(Verdict)


def test_interned_values_keep_their_numbers() -> None:
    table = Interned("")
    assert [table.number(value) for value in ("a", "", "b", "a")] == [1, 0, 2, 1]
    assert table.values == ["", "a", "b"]
    assert "a" in table
    assert "c" not in table


def test_the_evidence_says_what_was_reused_and_from_when(claims: Catalogue, releases: Releases) -> None:
    cell = releases.cell("tf2.15-hub0.16-tf2")
    monday = "2026-01-05T03:00:00+00:00"
    seen = [
        sample.observation(cell, claims.claims[0], probe="a.x", reused_from=monday, notes=("slow",)),
        sample.observation(cell, claims.claims[0], probe="a.y", notes=()),
    ]
    settings = [sample.setting(cell, reused=1, reused_from=monday)]

    data = page_data(build_report(sample.results([cell], settings, seen), claims), Guidance(), ())

    assert data["cells"][0]["reused"] == f"1 observations, the oldest of {monday}"
    assert f"slow\nReused: observed by the run that began {monday}." in data["texts"]
