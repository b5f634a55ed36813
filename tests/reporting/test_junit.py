from __future__ import annotations

import xml.etree.ElementTree as ET

import pytest

from conformance.claims.catalogue import Catalogue
from conformance.environments.catalogue import Releases
from conformance.evidence import Error
from conformance.reporting.junit import render_junit
from conformance.reporting.model import Report, build_report
from conformance.words import Outcome, Verdict
from tests.reporting import sample


@pytest.fixture(scope="module")
def root(report: Report) -> ET.Element:
    return ET.fromstring(render_junit(report))


def case(root: ET.Element, cell: str, name: str) -> ET.Element:
    (found,) = root.findall(f"testsuite[@name='{cell}']/testcase[@name='{name}']")
    return found


def kinds(found: ET.Element) -> list[str]:
    return [child.tag for child in found]


def test_counts_add_up(root: ET.Element) -> None:
    for suite in [root, *root]:
        assert int(suite.get("tests", "")) == len(list(suite.iter("testcase")))
        assert int(suite.get("failures", "")) == len(list(suite.iter("failure")))
        assert int(suite.get("errors", "")) == len(list(suite.iter("error")))
        assert int(suite.get("skipped", "")) == len(list(suite.iter("skipped")))


def test_an_expected_contradiction_passes_and_is_reported(root: ET.Element) -> None:
    found = case(root, "tf2.15-hub0.16-tf1-compat", "tf1-hub.load.tf1.module")
    assert kinds(found) == ["system-out"]
    out = found.findtext("system-out") or ""
    assert out.startswith("broken (known)")
    assert sample.HUB_GONE.reason in out


@pytest.mark.parametrize(
    ("cell", "name", "wanted"),
    [
        ("tfnightly-hub0.16-tf2-keras3", "tf2-savedmodel.create.tf2.keras", ["failure", "system-out"]),  # unexpected
        ("tf2.15-hub0.15-tf2", "tf2-savedmodel.create.tf2.module", []),  # agrees
        ("tf2.9-hub0.16-tf2", "tf2-savedmodel.load.tf2.hub-load", ["error", "system-out"]),  # inconclusive
        ("tf2.1-hub0.16-tf2", "cell", ["error"]),  # unavailable
        ("tf2.1-hub0.16-tf2", "tf2-savedmodel.load.tf2.hub-load", ["skipped", "system-out"]),
        ("tf2.6-hub0.15-tf2", "cell", ["error"]),  # missing
        ("expectations", "tf2-0-keras-save", ["failure"]),  # stale
        ("tf2.16-hub0.16-tf2-keras3", "tf2-savedmodel.load.tf2.keras-layer (implied)", ["system-out"]),
    ],
)
def test_each_verdict_and_each_gap_is_a_case(root: ET.Element, cell: str, name: str, wanted: list[str]) -> None:
    assert kinds(case(root, cell, name)) == wanted


def test_a_failure_says_what_was_observed(root: ET.Element) -> None:
    found = case(root, "tfnightly-hub0.16-tf2-keras3", "tf2-savedmodel.create.tf2.keras")
    assert "got [1.0, 2.0]" in (found.findtext("failure") or "")


def test_what_to_do_instead_is_reported_with_the_cell_that_proves_it(root: ET.Element) -> None:
    found = case(root, "tf2.16-hub0.16-tf1-compat-keras3", "tf2-savedmodel.fine-tune.tf1.fit")
    printed = found.findtext("system-out") or ""
    assert "Instead: Set TF_USE_LEGACY_KERAS=1 before importing TensorFlow. (observed to work in " in printed
    assert "tf2.16-hub0.16-tf1-compat-legacy)" in printed


def test_characters_that_xml_refuses_are_replaced(claims: Catalogue, releases: Releases) -> None:
    cell = releases.cell("tf2.15-hub0.16-tf2")
    bad = "nul \x00 escape \x1b[31m lone \ud800 end ]]> <b>\ufffe"
    seen = sample.observation(
        cell, claims.claims[1], probe=bad, outcome=Outcome.FAILED, error=Error("E" + bad, bad, "hub")
    )
    row = sample.verdict(
        cell, claims.claims[1], verdict=Verdict.CONTRADICTS, expected=False, why=bad, outcomes={bad: Outcome.FAILED}
    )
    report = build_report(sample.results([cell], [sample.setting(cell)], [seen], [row]), claims)
    (failure,) = ET.fromstring(render_junit(report)).iter("failure")
    assert "nul \ufffd escape  lone \ufffd end ]]> <b>\ufffd" in (failure.text or "")
