"""An axe scan (WCAG 2.2 A and AA, and axe's best practices) finds nothing, in any state that a reader meets.

On the full matrix a scan takes half a minute, so that most are of a report over three of its releases: it is built of
the same parts, and has fewer marks in its timelines.
"""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, ViewportSize

from conformance.claims.catalogue import Catalogue
from conformance.results import Results
from tests.browser.conftest import DESKTOP, PHONE, Open, Scheme, render

STATES = ["", "#verdict=contradicts&release=2.21", "#ask=tf2-savedmodel/fine-tune/2.21"]
RELEASES = ("1.15", "2.15", "2.21")


@pytest.fixture(scope="module")
def small_report(full_matrix: Results, claims: Catalogue, tmp_path_factory: pytest.TempPathFactory) -> Path:
    rows = [row for row in full_matrix.environments if row.release in RELEASES]
    cells = {row.cell for row in rows}
    small = msgspec.structs.replace(
        full_matrix,
        run=msgspec.structs.replace(full_matrix.run, cells_planned=tuple(cells)),
        environments=tuple(rows),
        observations=tuple(row for row in full_matrix.observations if row.cell in cells),
        verdicts=tuple(row for row in full_matrix.verdicts if row.cell in cells),
    )
    path = tmp_path_factory.mktemp("small") / "index.html"
    path.write_text(render(small, claims), encoding="utf-8")
    return path


@pytest.mark.parametrize("fragment", STATES, ids=["at first", "filtered", "asked"])
@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("size", [DESKTOP, PHONE], ids=["desktop", "phone"])
def test_axe_finds_nothing(
    open_page: Open, small_report: Path, fragment: str, scheme: Scheme, size: ViewportSize
) -> None:
    page = open_page(fragment, file=small_report, size=size, scheme=scheme)
    if "verdict" in fragment:
        page.locator(".observation").first.locator("summary").first.click()
    assert violations(page) == []


@pytest.mark.parametrize(("size", "scheme"), [(DESKTOP, "light"), (PHONE, "dark")], ids=["desktop", "phone, dark"])
def test_axe_finds_nothing_in_the_full_matrix(open_page: Open, size: ViewportSize, scheme: Scheme) -> None:
    assert violations(open_page(size=size, scheme=scheme)) == []


def violations(page: Page) -> list[tuple[str, list[object]]]:
    """The rules that are broken, each with some of the places."""
    found = Axe().run(page).response["violations"]
    return [(rule["id"], [node["target"] for node in rule["nodes"]][:3]) for rule in found]
