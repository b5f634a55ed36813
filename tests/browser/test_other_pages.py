"""The pages beside the report, the corrected page and the difference of two runs: accessible, and fit for a phone."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest
from playwright.sync_api import Browser, ViewportSize

from conformance.claims.catalogue import Catalogue
from conformance.comparing.comparison import compare
from conformance.reporting.corrected import render_page
from conformance.reporting.diff_views import render_diff_html
from conformance.reporting.model import build_report
from conformance.results import Results, Setting, VerdictRow
from conformance.words import Verdict
from tests.browser.conftest import DESKTOP, PHONE, Scheme
from tests.browser.test_accessibility import violations


@pytest.fixture(scope="module")
def pages(full_matrix: Results, claims: Catalogue, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    folder = tmp_path_factory.mktemp("pages")
    rendered = {
        "corrected": render_page(build_report(full_matrix, claims)),
        "diff": render_diff_html(compare(changed(full_matrix), reference=full_matrix)),
    }
    for name, text in rendered.items():
        (folder / f"{name}.html").write_text(text, encoding="utf-8")
    return {name: folder / f"{name}.html" for name in rendered}


def changed(results: Results) -> Results:
    """The same run with a package and every twentieth verdict changed, and a cell gone."""

    def verdict(number: int, row: VerdictRow) -> VerdictRow:
        return row if number % 20 else msgspec.structs.replace(row, verdict=Verdict.INCONCLUSIVE)

    def setting(row: Setting) -> Setting:
        return msgspec.structs.replace(row, packages={**row.packages, "numpy": "9.9"})

    return msgspec.structs.replace(
        results,
        environments=tuple(setting(row) for row in results.environments[1:]),
        verdicts=tuple(verdict(number, row) for number, row in enumerate(results.verdicts)),
    )


@pytest.mark.parametrize("name", ["corrected", "diff"])
@pytest.mark.parametrize(("size", "scheme"), [(DESKTOP, "light"), (PHONE, "dark")], ids=["desktop", "phone, dark"])
def test_a_page_beside_the_report_is_accessible_and_fits(
    chromium: Browser, pages: dict[str, Path], name: str, size: ViewportSize, scheme: Scheme
) -> None:
    context = chromium.new_context(viewport=size, color_scheme=scheme, offline=True)
    try:
        page = context.new_page()
        page.goto(pages[name].as_uri())
        assert violations(page) == []
        assert page.evaluate("document.documentElement.scrollWidth") <= size["width"]
    finally:
        context.close()
