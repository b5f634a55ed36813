"""An axe scan (WCAG 2.2 A and AA, and axe's best practices) finds nothing, in any state that a reader meets.

The whole page is scanned once, as it is at first. axe reads all of a page even to scan a part of it, which takes ten
times as long as to read that part alone. So each other state is scanned in a report over three of the releases, in the
part that it changes, with all others taken out.
"""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path

import msgspec
import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, ViewportSize, expect

from conformance.claims.catalogue import Catalogue
from conformance.comparing.comparison import compare
from conformance.reporting.corrected import render_page
from conformance.reporting.diff_views import render_diff_html
from conformance.reporting.model import build_report
from conformance.results import Results, encode_results
from conformance.words import Verdict
from tests.browser.conftest import DESKTOP, PHONE, Open, Scheme, render
from tests.reporting import sample

STATES = {  # the address, and the part of the page that it changes
    "filtered": ("#verdict=contradicts&release=2.21", "#find"),
    "nothing matches": ("#q=zzyzx", "#find"),
    "works": ("#ask=tf2-savedmodel/load/2.21", "#ask-section"),
    "loses something": ("#ask=tf1-hub/fine-tune/2.21", "#ask-section"),
    "does not work": ("#ask=tf1-hub/create/2.21", "#ask-section"),
    "a release": ("#ask=//2.21", "#ask-section"),
    "a call": ("#say=hub.Module(x)", "#ask-section"),
    "an error": ("#say=AttributeError: module 'tensorflow_hub' has no attribute 'Module'", "#ask-section"),
    "an error nobody met": ("#say=KeyError: 'the answer'", "#ask-section"),
    "nothing known": ("#say=what+is+the+weather", "#ask-section"),
    "a claim": ("#say=tf1-hub.load.tf1.module", "#ask-section"),
    "pip freeze": ("#say=tensorflow%3D%3D2.15.1%0Atensorflow-hub%3D%3D0.16.1", "#ask-section"),
    "compared": ("#compare", "#compare"),
    "dropped": ("#own", "#own"),
    "refused": ("#refused", "#compare"),
    "hazards": ("#hazards", "#hazards"),
}
LEAVE_ALONE = """part => {
    for (let kept = document.querySelector(part); !["HTML", "BODY"].includes(kept.tagName); kept = kept.parentElement)
        kept.parentElement.replaceChildren(kept);
}"""
RELEASES = ("1.15", "2.15", "2.21")
# Colours and sizes have nothing to do with each other, so that two looks try both of both.
LOOKS = pytest.mark.parametrize(("size", "scheme"), [(DESKTOP, "light"), (PHONE, "dark")], ids=["desktop", "phone"])


@pytest.fixture(scope="module")
def small_report(full_matrix: Results, claims: Catalogue, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("small") / "index.html"
    path.write_text(render(of_releases(full_matrix, RELEASES), claims), encoding="utf-8")
    return path


@pytest.fixture(scope="module")
def small_results(full_matrix: Results, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("own") / "results.json"
    path.write_bytes(encode_results(of_releases(full_matrix, RELEASES[1:])))
    return path


@pytest.fixture(scope="module")
def other_pages(full_matrix: Results, claims: Catalogue, tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """The corrected page, and a comparison in which verdicts and packages changed and a cell is gone."""
    folder = tmp_path_factory.mktemp("others")
    changed = msgspec.structs.replace(
        full_matrix,
        environments=tuple(
            msgspec.structs.replace(row, packages={**row.packages, "numpy": "9.9"})
            for row in full_matrix.environments[1:]
        ),
        verdicts=tuple(
            row if number % 20 else msgspec.structs.replace(row, verdict=Verdict.INCONCLUSIVE)
            for number, row in enumerate(full_matrix.verdicts)
        ),
    )
    pages = {"corrected-page.html": render_page(build_report(full_matrix, claims))}
    pages["diff.html"] = render_diff_html(compare(changed, reference=full_matrix))
    for name, text in pages.items():
        (folder / name).write_text(text, encoding="utf-8")
    return [folder / name for name in pages]


@pytest.mark.parametrize(("fragment", "part"), STATES.values(), ids=STATES)
@LOOKS
def test_axe_finds_nothing(
    open_page: Open,
    small_report: Path,
    small_results: Path,
    fragment: str,
    part: str,
    scheme: Scheme,
    size: ViewportSize,
) -> None:
    page = open_page(fragment, file=small_report, size=size, scheme=scheme)
    if "own" in fragment:
        page.locator("#own-file").set_input_files(small_results)
    if "refused" in fragment:
        page.locator("#own-file").set_input_files(Path(__file__))
        expect(page.locator("#own-status")).to_contain_text("cannot be shown")
    if fragment.startswith(("#ask", "#say")):
        page.evaluate("for (const part of document.querySelectorAll('#answer details')) part.open = true")
        expect(page.locator("#answer .card").first).to_be_visible()
    if "hazards" in fragment:
        page.evaluate("for (const part of document.querySelectorAll('#hazards details')) part.open = true")
    if "verdict" in fragment:
        page.locator(".observation").first.locator("summary").first.click()
    assert violations(page, part) == []


@LOOKS
def test_axe_finds_nothing_in_the_full_matrix(open_page: Open, size: ViewportSize, scheme: Scheme) -> None:
    assert violations(open_page(size=size, scheme=scheme)) == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_where_everything_is_unfolded(
    open_page: Open, claims: Catalogue, tmp_path: Path, scheme: Scheme
) -> None:
    file = tmp_path / "index.html"  # of a made-up run: it has every verdict, outcome and mishap, of companions as well
    file.write_text(render(of_releases(sample.full_run(claims), RELEASES), claims), encoding="utf-8")
    page = open_page(file=file, scheme=scheme)
    page.evaluate("for (const part of document.querySelectorAll('details')) part.open = true")
    assert violations(page) == []


@LOOKS
def test_axe_finds_nothing_on_the_pages_beside_the_report(
    chromium: Browser, other_pages: list[Path], size: ViewportSize, scheme: Scheme
) -> None:
    context = chromium.new_context(viewport=size, color_scheme=scheme, offline=True)
    page = context.new_page()
    for path in other_pages:
        page.goto(path.as_uri())
        assert (path.name, violations(page)) == (path.name, [])
        assert page.evaluate("document.documentElement.scrollWidth") <= size["width"]
    context.close()


def violations(page: Page, part: str = "html") -> list[tuple[str, list[object]]]:
    """The rules that are broken in a part of the page, each with some of the places; takes out all other parts."""
    page.evaluate(LEAVE_ALONE, part)
    found = Axe().run(page, context=part).response["violations"]
    return [(rule["id"], [node["target"] for node in rule["nodes"]][:3]) for rule in found]


def of_releases(run: Results, releases: Collection[str]) -> Results:
    """The part of a run that is about some releases."""
    rows = [row for row in run.environments if row.release in releases]
    cells = {row.cell for row in rows}
    return msgspec.structs.replace(
        run,
        run=msgspec.structs.replace(run.run, cells_planned=tuple(cells)),
        environments=tuple(rows),
        observations=tuple(row for row in run.observations if row.cell in cells),
        verdicts=tuple(row for row in run.verdicts if row.cell in cells),
    )
