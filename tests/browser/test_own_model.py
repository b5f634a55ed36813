"""The page of a user's own model: accessible, and as wide as the screen, whatever the model's names are."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest
from playwright.sync_api import Browser, ViewportSize

from conformance.environments.catalogue import Releases
from conformance.inspecting.inspection import load_inspector
from conformance.inspecting.locating import FoundModel
from conformance.own_models.conclusions import conclusions
from conformance.own_models.contradictions import Contradiction
from conformance.own_models.report import ModelReport, report_of
from conformance.own_models.results import tried
from conformance.reporting.own_model import model_files
from conformance.running.enclosure import Enclosure
from conformance.running.places import default_places
from conformance.words import Outcome
from tests.browser.conftest import Scheme
from tests.browser.test_accessibility import LOOKS, violations
from tests.inspecting.making import DENSE
from tests.own_models.making import KERAS3, LAST, LEGACY, REFUSED, observed, record, unavailable

WORKS = Outcome.WORKS


def whole(releases: Releases) -> ModelReport:
    """Everything that a page can show."""
    records = (
        unavailable("tf1.15-hub0.15-tf1", "no interpreter"),
        record(LAST, call=WORKS, signature=WORKS, keras_layer=WORKS, tune_by_fit=Outcome.DEGRADED, saved_again=WORKS),
        record(KERAS3, call=WORKS, signature=Outcome.CRASHED, tune_by_fit=REFUSED, keras_model=Outcome.TIMED_OUT),
        record(LEGACY, call=WORKS, tune_by_fit=WORKS, signature=Outcome.BLOCKED),
    )
    found = tried(observed(releases, *records), "2.15.0", {}, "--quick", Enclosure.NAMESPACES)
    inspection = load_inspector(default_places().baseline).inspect(FoundModel("mine", DENSE))
    return report_of(inspection, found, conclusions(found, None))


def with_long_names(report: ModelReport) -> ModelReport:
    long = "a_name_without_any_space_" * 12
    assert report.tried
    forms = tuple(msgspec.structs.replace(form, call=f"hub.load({long})") for form in report.tried.forms)
    calls = tuple(msgspec.structs.replace(call, notes=(long, long)) for call in report.tried.calls)
    return msgspec.structs.replace(
        report,
        name=long[:80],
        contradictions=(Contradiction(("2.15",), "it can load", "no call of it works", long),),
        tried=msgspec.structs.replace(report.tried, forms=forms, calls=calls),
    )


def untried(report: ModelReport) -> ModelReport:
    """A page without a table."""
    assert report.tried
    nothing = msgspec.structs.replace(report.tried, calls=())
    return msgspec.structs.replace(report, tried=nothing, conclusions=conclusions(nothing, None))


@pytest.mark.parametrize("change", [lambda report: report, with_long_names, untried], ids=["whole", "long", "untried"])
@LOOKS
def test_the_page_is_accessible_and_fits(
    change: object, chromium: Browser, releases: Releases, size: ViewportSize, scheme: Scheme, tmp_path: Path
) -> None:
    file = tmp_path / "index.html"
    file.write_bytes(model_files(change(whole(releases)))["index.html"])  # type: ignore[operator]
    context = chromium.new_context(viewport=size, color_scheme=scheme, offline=True)
    page = context.new_page()
    page.goto(file.as_uri())
    page.evaluate("for (const part of document.querySelectorAll('details')) part.open = true")

    found = violations(page)
    width = page.evaluate("document.documentElement.scrollWidth")
    page.screenshot(path=tmp_path / "page.png", full_page=True)
    context.close()
    assert (found, width) == ([], size["width"])
    assert ("An empty field" in file.read_text(encoding="utf-8")) is (change is not untried)
