"""The grid, any two releases side by side, and a run of the reader's own."""

from __future__ import annotations

import re
from pathlib import Path

import msgspec
from playwright.sync_api import ViewportSize, expect

from conformance.results import Results, encode_results
from conformance.words import Verdict
from tests.browser.conftest import DESKTOP, SIZES, Open

READING = 60_000  # milliseconds: the file of a whole run has 70 MB


@SIZES
def test_the_grid_shows_every_claim_in_every_release_on_one_screen(open_page: Open, size: ViewportSize) -> None:
    page = open_page("#grid", size=size)
    grid = page.locator("#grid .grid")
    assert grid.locator("tbody th[scope=row]").count() == page.locator("#tables article.claim").count()
    box = grid.bounding_box()
    assert box
    assert box["width"] <= size["width"]
    if size is DESKTOP:
        assert box["height"] < DESKTOP["height"]
    for bar in grid.locator("a.bar").all()[:5]:
        assert re.match(r".*(holds|hold|unsupported|settled)", bar.inner_text().replace("\n", " "))


def test_a_bar_of_the_grid_is_reached_by_key_and_answers_in_place(open_page: Open) -> None:
    page = open_page("#grid")
    bar = page.locator("#grid").get_by_role("link", name="does not hold since 2.16").first
    bar.focus()
    page.keyboard.press("Enter")
    expect(page.locator("#answer h2")).to_contain_text("does not hold")
    expect(page.locator("#answer h2")).to_be_in_viewport()
    expect(page.locator("#answer")).to_contain_text("Caused by")


def test_any_two_releases_stand_side_by_side(open_page: Open) -> None:
    page = open_page("#compare")
    form = page.locator("#compare-form")
    form.get_by_label("This release").select_option("2.15")
    form.get_by_label("with that").select_option("2.16")
    row = page.locator("#compared tbody tr", has_text="An Estimator fine-tunes")
    expect(row.locator("td").nth(0)).to_contain_text("holds")
    expect(row.locator("td").nth(1)).to_contain_text("does not hold")
    expect(row.locator("td").nth(1)).to_contain_text("TensorFlow 2.16 removed Estimator")
    form.get_by_label("with that").select_option("2.15")
    expect(page.locator("#compared")).to_contain_text("Choose two different releases")


def test_a_results_file_of_ones_own_is_shown_and_says_what_the_page_says(
    open_page: Open, full_matrix: Results, tmp_path: Path
) -> None:
    own = tmp_path / "results.json"
    own.write_bytes(encode_results(full_matrix))
    page = open_page()
    page.locator("#own-file").set_input_files(own)
    shown = page.locator("#own")
    expect(shown).to_be_visible(timeout=READING)
    headline = page.locator("h1").inner_text().rstrip(".")
    expect(shown.locator(".lede")).to_contain_text(headline)
    expect(shown).to_contain_text("they agree")
    mine = {row.locator("th").inner_text(): row.locator("td").inner_text() for row in shown.locator("tbody tr").all()}
    assert "does not hold" in mine["An Estimator fine-tunes a TF2 SavedModel through a Keras model in its model_fn"]
    shown.get_by_role("button", name="Close it").click()
    expect(shown).to_be_hidden()


def test_a_results_file_that_differs_says_where(open_page: Open, full_matrix: Results, tmp_path: Path) -> None:
    first = next(row for row in full_matrix.verdicts if row.verdict == "agrees" and row.standing == "literal")
    changed = msgspec.structs.replace(first, verdict=Verdict.CONTRADICTS, why="the probe failed")
    rows = tuple(changed if row is first else row for row in full_matrix.verdicts)
    own = tmp_path / "results.json"
    own.write_bytes(encode_results(msgspec.structs.replace(full_matrix, verdicts=rows)))
    page = open_page()
    page.locator("#own-file").set_input_files(own)
    expect(page.locator("#own li")).to_have_count(1, timeout=READING)
    expect(page.locator("#own li")).to_contain_text(f"in {first.cell}: broken. the probe failed")


def test_a_file_that_is_no_results_file_is_refused(open_page: Open, tmp_path: Path) -> None:
    own = tmp_path / "package.json"
    own.write_text('{"schema": "other"}')
    page = open_page()
    page.locator("#own-file").set_input_files(own)
    expect(page.locator("#own-status")).to_contain_text("package.json cannot be shown: it is no results.json")
    expect(page.locator("#own")).to_be_hidden()
