"""What changed since the baseline, on the page: a real run in which one call is broken, compared with itself."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest
from playwright.sync_api import ViewportSize, expect

from conformance.claims.catalogue import Catalogue
from conformance.comparing.comparison import compare
from conformance.evidence import Error
from conformance.results import ObservationRow, Results
from conformance.words import Outcome
from tests.browser.conftest import DESKTOP, PHONE, Open, Scheme, render
from tests.browser.test_accessibility import RELEASES, of_releases, violations

BROKEN = "tf2_savedmodel_load.hub_load["
CELL = "tf2.21-hub0.16-tf2-keras3"
ERROR = Error("ValueError", "the signature is gone", "tensorflow")


@pytest.fixture(scope="module")
def regressed(full_matrix: Results, claims: Catalogue, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The report of a run in which the probes of one call fail in one cell; the newest package is another as well."""
    old = of_releases(full_matrix, RELEASES)

    def broken(row: ObservationRow) -> ObservationRow:
        if row.cell != CELL or not row.probe.startswith(BROKEN):
            return row
        return msgspec.structs.replace(row, outcome=Outcome.FAILED, error=ERROR)

    new = msgspec.structs.replace(
        old,
        observations=tuple(broken(row) for row in old.observations),
        environments=tuple(
            msgspec.structs.replace(row, packages={**row.packages, "keras": "99.0"}) for row in old.environments
        ),
    )
    path = tmp_path_factory.mktemp("regressed") / "index.html"
    path.write_text(render(msgspec.structs.replace(new, changes=compare(new, reference=old)), claims), encoding="utf-8")
    return path


@pytest.mark.parametrize("size", [DESKTOP, PHONE], ids=["desktop", "phone"])
def test_the_first_screen_says_that_something_regressed_and_leads_there(
    open_page: Open, regressed: Path, size: ViewportSize
) -> None:
    page = open_page(file=regressed, size=size)
    said = page.get_by_text("regressions of one kind")
    expect(said).to_be_in_viewport()
    page.get_by_role("link", name="What changed").click()
    cause = page.locator("#since .regression")
    expect(cause).to_have_count(1)
    expect(cause).to_be_in_viewport()
    expect(cause).to_contain_text("works → ※ failed")
    expect(cause).to_contain_text("ValueError: the signature is gone")
    expect(cause).to_contain_text("99.0")
    expect(cause).to_contain_text(f'nox -s "cell({CELL})"')
    assert page.evaluate("document.documentElement.scrollWidth") <= size["width"]


def test_the_filter_finds_what_changed_and_can_be_linked_to(open_page: Open, regressed: Path) -> None:
    page = open_page("#since=regression", file=regressed)
    expect(page.get_by_label("Only changes since the baseline")).to_have_value("regression")
    rows = page.locator(".observation")
    expect(page.locator("#count")).to_contain_text(f"{rows.count()} of ")
    assert rows.count() > 1
    assert all(text.count(BROKEN) and text.count(CELL) for text in rows.all_inner_texts())
    rows.first.locator("summary").first.click()
    expect(rows.first).to_contain_text("regression: works → failed")
    page.get_by_label("Only changes since the baseline").select_option("any")
    expect(page).to_have_url(f"{regressed.as_uri()}#since=any")
    page.locator("#clear").click()
    expect(page.locator("#count")).not_to_contain_text("match")


def test_the_evidence_of_a_regression_is_one_click_away(open_page: Open, regressed: Path) -> None:
    page = open_page(file=regressed)
    page.locator(".regression").get_by_role("link", name="Evidence").click()
    expect(page.locator(".observation")).to_have_count(1)
    expect(page.locator(".observation")).to_contain_text(CELL)


def test_a_run_without_a_baseline_offers_no_such_filter(
    open_page: Open, full_matrix: Results, claims: Catalogue, tmp_path: Path
) -> None:
    file = tmp_path / "index.html"
    alone = msgspec.structs.replace(of_releases(full_matrix, RELEASES), changes=None)
    file.write_text(render(alone, claims), encoding="utf-8")
    page = open_page(file=file)
    expect(page.locator("#since")).to_have_count(0)
    expect(page.locator("[name=since]")).to_have_count(0)


@pytest.mark.parametrize(("size", "scheme"), [(DESKTOP, "dark"), (PHONE, "light")], ids=["desktop, dark", "phone"])
def test_axe_finds_nothing(open_page: Open, regressed: Path, size: ViewportSize, scheme: Scheme) -> None:
    page = open_page(file=regressed, size=size, scheme=scheme)
    page.evaluate("for (const part of document.querySelectorAll('#since details')) part.open = true")
    assert violations(page) == []
