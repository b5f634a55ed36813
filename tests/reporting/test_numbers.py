"""Every number on the page, derived once more from results.json and page.toml alone, by a rule written down anew."""

from __future__ import annotations

import json
import lzma
import re
import tomllib
from collections.abc import Iterator
from typing import Any

import pytest

from conformance.claims.catalogue import PAGE_FILE, load_claims
from conformance.reporting.badges import badge_files
from conformance.reporting.guidance import Guidance, guidance_of
from conformance.reporting.html import render_html
from conformance.reporting.model import Report, build_report
from conformance.reporting.packing import DATA_ELEMENT, unpacked
from conformance.reporting.summary import render_summary
from conformance.results import Results
from tests.conftest import FULL_MATRIX

WORDS = ("holds", "partly", "broken", "exceeded", "unclear", "missing")
States = dict[str, dict[str, str]]  # claim -> release -> state


@pytest.fixture(scope="module")
def raw() -> dict[str, Any]:
    run: dict[str, Any] = json.loads(lzma.decompress(FULL_MATRIX.read_bytes()))
    assert not run["run"]["cells_missing"]
    return run


@pytest.fixture(scope="module")
def report(full_matrix: Results) -> Report:
    return build_report(full_matrix, load_claims())


@pytest.fixture(scope="module")
def guidance(report: Report) -> Guidance:
    return guidance_of(report.results, load_claims())


@pytest.fixture(scope="module")
def page(report: Report, guidance: Guidance) -> str:
    return render_html(report, guidance)


@pytest.fixture(scope="module")
def states(raw: dict[str, Any]) -> States:
    """How each of the page's claims stands in each release."""
    seen: dict[tuple[str, str], set[str]] = {}
    for row in raw["verdicts"]:
        if row["standing"] == "literal":
            seen.setdefault((row["claim"], row["release"]), set()).add(row["verdict"])
    found: States = {claim["id"]: {} for claim in tomllib.loads(PAGE_FILE.read_text())["claim"]}
    for (claim, release), verdicts in seen.items():
        if claim in found:
            found[claim][release] = state(verdicts)
    return found


def state(verdicts: set[str]) -> str:
    if "contradicts" in verdicts:
        return "partly" if "agrees" in verdicts else "broken"
    if "exceeds" in verdicts:
        return "exceeded"
    return "holds" if verdicts == {"agrees"} else "unclear"


def newest(raw: dict[str, Any]) -> str:
    numbered: set[str] = {row["release"] for row in raw["environments"]} - {"rc", "nightly"}
    return max(numbered, key=lambda release: tuple(map(int, release.split("."))))


def count(states: States, release: str, word: str) -> int:
    return sum(of_claim.get(release) == word for of_claim in states.values())


def counted(page: str) -> Iterator[tuple[str, int]]:
    for key, number in re.findall(r'data-count="([^"]+)">(\d+)<', page):
        yield key, int(number)


def test_the_counts_of_now_and_ever_are_those_of_the_verdicts(
    page: str, raw: dict[str, Any], states: States, report: Report
) -> None:
    now = newest(raw)
    expected = {
        f"{release}.{word}": count(states, release, word) for release in (now, "rc", "nightly") for word in WORDS
    }
    expected |= {f"now.{word}": count(states, now, word) for word in WORDS}
    expected |= {f"ever.{word}": sum(word in of_claim.values() for of_claim in states.values()) for word in WORDS}
    guides: dict[str, int] = {}
    for claim in load_claims().claims:
        if claim.source != "page":
            guides[f"guides.{claim.place}"] = guides.get(f"guides.{claim.place}", 0) + 1
    shown = dict(counted(page))
    assert shown == {key: number for key, number in (expected | guides).items() if key in shown}
    assert {f"{now}.holds", "now.broken", "ever.broken"} <= shown.keys()


def test_the_headline_the_badge_and_the_summary_say_the_same(
    page: str, raw: dict[str, Any], states: States, report: Report, guidance: Guidance
) -> None:
    now = newest(raw)
    counts = {word: count(states, now, word) for word in WORDS}
    total = sum(counts.values())
    assert f"<h1>On TensorFlow {now}, {counts['holds']} of {total} documented claims hold.</h1>" in page
    lede = re.search(r'<p class="lede">(.*?)</p>', page)
    assert lede
    assert [int(number) for number in re.findall(r"\d+", lede[1])] == [
        counts[word] for word in ("partly", "broken", "exceeded", "unclear", "missing") if counts[word]
    ]
    badge = json.loads(dict(badge_files(report, guidance.formats))["page.json"])
    assert badge["message"] == f"{counts['holds']} of {total} hold on {now}"
    row = " | ".join(str(counts[word]) for word in WORDS)
    assert f"| TensorFlow {now} | {row} |" in render_summary(report)


def test_the_grid_and_the_data_of_the_script_say_the_same(page: str, states: States, report: Report) -> None:
    releases = list(report.releases)
    bars = re.findall(
        r'class="bar c-(\w+)[^"]*" href="#claim-[^"]*" data-claim="([^"]+)" data-first="([^"]+)" data-last="([^"]+)"',
        page,
    )
    drawn: States = {claim: {} for claim in states}
    for word, claim, first, last in bars:
        for release in releases[releases.index(first) : releases.index(last) + 1]:
            if claim in drawn:
                drawn[claim][release] = word
    assert drawn == states
    data = unpacked(page)
    letters = {claim["id"]: claim["states"] for claim in data["claims"]}
    for claim, of_claim in states.items():
        assert letters[claim] == "".join(of_claim.get(release, "-")[0] for release in releases)


def test_the_size_of_the_run_is_that_of_the_run(page: str, raw: dict[str, Any]) -> None:
    facts = re.search(r'<p class="facts">(.*?)</p>', page, flags=re.DOTALL)
    assert facts
    assert f"All {len(raw['run']['cells_planned'])} planned cells were observed." in facts[1]
    assert f"{len(raw['observations']):,} observations" in facts[1]
    assert f"over {len({row['release'] for row in raw['environments']})} TensorFlow" in facts[1]


def test_headings_and_navigation_hold_no_number_that_is_not_counted_here(page: str) -> None:
    plain = re.sub(r'data-count="[^"]+">\d+<', "<", page.split(DATA_ELEMENT)[0])
    parts = re.findall(r"<(nav|h2|caption)\b[^>]*>(.*?)</\1>", plain, flags=re.DOTALL)
    assert parts
    for _, text in parts:
        words = re.sub(r"<[^>]+>|(?:TensorFlow |TF|V)\d[\d.]*|\d{4}-\d\d-\d\d", "", text)
        assert not re.search(r"\d", words), text
