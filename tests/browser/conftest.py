"""The report of a real full matrix, in the system's Chromium."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Literal

import pytest
from playwright.sync_api import Browser, Page, ViewportSize, sync_playwright

from conformance.claims.catalogue import Catalogue
from conformance.environments.catalogue import load_releases
from conformance.fixtures import load_models
from conformance.reporting.guidance import guidance_of
from conformance.reporting.html import render_html
from conformance.reporting.model import build_report
from conformance.results import Results
from tests.browser.chromium import FLAGS, NoChromiumError, find_chromium

DESKTOP = ViewportSize(width=1280, height=900)
PHONE = ViewportSize(width=390, height=844)

SIZES = pytest.mark.parametrize("size", [DESKTOP, PHONE], ids=["desktop", "phone"])

Scheme = Literal["light", "dark"]
Open = Callable[..., Page]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Marks every test of this folder."""
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker("browser")


def render(results: Results, claims: Catalogue) -> str:
    """The page, as `nox -s report` renders it."""
    report = build_report(results, claims)
    return render_html(report, guidance_of(report.results, claims), load_models(load_releases()))


@pytest.fixture(scope="session")
def report_file(full_matrix: Results, claims: Catalogue, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("report") / "index.html"
    path.write_text(render(full_matrix, claims), encoding="utf-8")
    return path


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    try:
        program = find_chromium()
    except NoChromiumError as missing:
        pytest.fail(str(missing), pytrace=False)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=list(FLAGS))
        yield browser
        browser.close()


def busy_until_ready(chromium: Browser, file: Path) -> float:
    """The seconds of processor that the page's thread takes until it can be used.

    That is how long a reader waits; the clock would count what else this machine does as well.
    """
    context = chromium.new_context(offline=True)
    page = context.new_page()
    session = context.new_cdp_session(page)
    session.send("Performance.enable", {"timeDomain": "threadTicks"})
    page.goto(file.as_uri())
    page.wait_for_selector("html[data-ready]")
    measured = {each["name"]: each["value"] for each in session.send("Performance.getMetrics")["metrics"]}
    context.close()
    return float(measured["TaskDuration"])


@pytest.fixture
def open_page(chromium: Browser, report_file: Path) -> Iterator[Open]:
    """Opens the report (or another file) at an address within it; any error of the page's script fails the test."""
    opened = []
    errors: list[str] = []

    def open_it(
        fragment: str = "",
        *,
        file: Path = report_file,
        size: ViewportSize = DESKTOP,
        scheme: Scheme = "light",
        ready: str = "html[data-ready]",
    ) -> Page:
        context = chromium.new_context(viewport=size, color_scheme=scheme, offline=True)
        opened.append(context)
        page = context.new_page()
        page.on("pageerror", lambda error: errors.append(str(error)))
        page.on("console", lambda message: errors.append(message.text) if message.type == "error" else None)
        page.goto(f"{file.as_uri()}{fragment}")
        page.wait_for_selector(ready)
        return page

    yield open_it
    for context in opened:
        context.close()
    assert not errors
