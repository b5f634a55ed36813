from __future__ import annotations

import re

import msgspec
import pytest

from conformance.environments.catalogue import Releases
from conformance.inspecting.inspection import load_inspector
from conformance.inspecting.locating import FoundModel
from conformance.own_models.conclusions import conclusions
from conformance.own_models.report import ModelReport, report_of
from conformance.own_models.results import tried
from conformance.reporting.own_model import badge_of, model_files
from conformance.running.enclosure import Enclosure
from conformance.running.places import default_places
from conformance.words import Outcome
from tests.inspecting.making import DENSE
from tests.own_models.making import KERAS3, LAST, LEGACY, REFUSED, observed, record, unavailable

EVIL = "<script>alert(1)</script>|`[x](http://evil)`"


@pytest.fixture
def report(releases: Releases) -> ModelReport:
    records = (
        unavailable("tf1.15-hub0.15-tf1", "no interpreter"),
        record(LAST, call=Outcome.WORKS, tune_by_fit=Outcome.WORKS),
        record(KERAS3, call=Outcome.WORKS, tune_by_fit=REFUSED),
        record(LEGACY, call=Outcome.WORKS, tune_by_fit=Outcome.WORKS),
    )
    found = tried(observed(releases, *records), "2.15.0", {}, "--quick", Enclosure.NAMESPACES)
    inspection = load_inspector(default_places().baseline).inspect(FoundModel("mine", DENSE))
    return report_of(inspection, found, conclusions(found, None))


def test_the_page_has_the_sentence_each_cell_and_what_to_do(report: ModelReport) -> None:
    page = model_files(report)["index.html"].decode()

    assert (
        "<h1>Loads and computes in TensorFlow 2.15, 2.21; trains in 2.15, and in 2.21 with TF_USE_LEGACY_KERAS=1"
        in page
    )
    assert "<code>tf1.15-hub0.15-tf1</code> is unavailable: no interpreter" in page
    assert "Instead, in 2.21:" in page
    assert (
        "export TF_USE_LEGACY_KERAS=1\npip install tensorflow-cpu==2.21.1 tensorflow-hub==0.16.1 tf-keras==2.21.0"
        in page
    )
    assert page.index(">2.21<") < page.index(">2.15<")


def test_names_of_a_model_are_never_markup(report: ModelReport) -> None:
    assert report.tried
    assert report.conclusions
    forms = [msgspec.structs.replace(form, call=EVIL) for form in report.tried.forms]
    calls = [msgspec.structs.replace(call, notes=(EVIL,)) for call in report.tried.calls]
    evil = msgspec.structs.replace(
        report,
        name="evil",
        tried=msgspec.structs.replace(report.tried, forms=tuple(forms), calls=tuple(calls)),
        conclusions=msgspec.structs.replace(report.conclusions, sentence=EVIL),
    )
    files = model_files(evil)

    assert b"<script" not in files["index.html"]
    card = files["card.md"].decode()
    outside_code = [line for line in card.splitlines() if not line.startswith("| `")]
    assert not any(re.search(r"<script|(?<!\\)\]\(http", line) for line in outside_code)


def test_the_badge_names_the_releases_in_which_it_loads(report: ModelReport) -> None:
    assert report.tried
    assert report.conclusions

    badge = badge_of(report.tried, report.conclusions)
    assert (badge.message, badge.color) == ("2.15, 2.21", "brightgreen")
    nowhere = msgspec.structs.replace(report.conclusions, loads=())
    assert badge_of(report.tried, nowhere).color == "red"


def test_a_model_that_was_not_run_has_no_page(report: ModelReport) -> None:
    assert model_files(msgspec.structs.replace(report, tried=None)) == {}
