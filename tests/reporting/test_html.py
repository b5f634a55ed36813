from __future__ import annotations

import base64
import hashlib
import re
from html.parser import HTMLParser
from itertools import pairwise
from urllib.parse import parse_qsl

import pytest

from conformance.claims.catalogue import Catalogue
from conformance.environments.catalogue import Releases
from conformance.evidence import Error
from conformance.reporting.documented import documented_tables
from conformance.reporting.html import SCRIPTS, render_html
from conformance.reporting.model import Report, build_report
from conformance.reporting.pages import brief, day, inlined, web_address
from conformance.results import Results
from conformance.words import Outcome, Verdict
from tests.reporting import sample

VOID = {"meta", "br", "link", "img", "hr", "input"}


class Page(HTMLParser):
    """Checks nesting while it collects what the tests ask for."""

    def __init__(self, text: str) -> None:
        super().__init__(convert_charrefs=True)
        self.open: list[str] = []
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.text: list[str] = []
        self._inline: list[tuple[str, list[str]]] = []
        self.feed(text)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag in ("script", "style"):
            self._inline.append((tag, []))
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.text.append(data)
        if self.open and self.open[-1] in ("script", "style"):
            self._inline[-1][1].append(data)

    def inline(self, element: str) -> list[str]:
        return ["".join(text) for tag, text in self._inline if tag == element]

    def options(self, select: str) -> list[str]:
        """The values that a choice offers, in order."""
        inside, found = False, []
        for tag, attrs in self.tags:
            if tag == "select":
                inside = attrs.get("name") == select
            elif tag == "option" and inside:
                found.append(attrs.get("value") or "")
        return found

    def values(self, attribute: str) -> list[str]:
        return [value for _, attrs in self.tags if (value := attrs.get(attribute)) is not None]


@pytest.fixture(scope="module")
def source(report: Report) -> str:
    return render_html(report)


@pytest.fixture(scope="module")
def page(source: str) -> Page:
    return Page(source)


def test_the_full_matrix_stays_small(source: str, full_run: Results) -> None:
    assert len(full_run.observations) >= 3_400
    assert len(source.encode()) < 3_000_000


def test_anchors_are_unique_and_every_link_within_the_page_leads_somewhere(page: Page) -> None:
    ids = page.values("id")
    assert len(set(ids)) == len(ids)
    inner = {link.removeprefix("#") for link in page.values("href") if link.startswith("#")}
    assert {link for link in inner if "=" not in link} <= set(ids)
    states = {part for link in inner if "=" in link for part in parse_qsl(link)}
    names = ("claim", "cause", "verdict")
    options = {(name, value) for name in names for value in page.options(name)}
    assert {state for state in states if state[0] in names} <= options


def test_the_page_is_self_contained_and_runs_its_own_script_only(page: Page) -> None:
    assert {tag for tag, _ in page.tags} & {"link", "img", "iframe", "object"} == set()
    assert page.values("src") == []
    assert not [name for _, attrs in page.tags for name in attrs if name.startswith("on") or name == "style"]
    beside = {"results.json", "corrected-page.html", "corrected-page.md", "support.json", "summary.md", "junit.xml"}
    assert {link for link in page.values("href") if not link.startswith(("#", "https://"))} == beside
    policy = next(attrs["content"] or "" for _, attrs in page.tags if "http-equiv" in attrs)
    hashes = [base64.b64encode(hashlib.sha256(text.encode()).digest()).decode() for text in page.inline("style")]
    hashes += [base64.b64encode(hashlib.sha256(page.inline("script")[1].encode()).digest()).decode()]
    assert policy == f"default-src 'none'; style-src 'sha256-{hashes[0]}'; script-src 'sha256-{hashes[1]}'"


@pytest.mark.parametrize("name", SCRIPTS)
def test_the_script_comes_in_small_parts_and_writes_no_markup(name: str) -> None:
    part = inlined(name)
    assert len(part.splitlines()) < 400
    assert not re.search(r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|eval\(|fetch\(|import\(", part)


def test_every_claim_stands_once_in_the_layout_of_the_page(page: Page, claims: Catalogue) -> None:
    shown = [attrs["id"] for tag, attrs in page.tags if tag == "article" and attrs.get("class") == "claim"]
    assert sorted(name or "" for name in shown) == sorted(f"claim-{claim.id}" for claim in claims.claims)


def test_tables_have_the_rows_and_columns_of_the_page(report: Report) -> None:
    _, table = documented_tables(report.places)
    assert [row.heading for row in table.rows] == ["Loading / Inference", "Fine-tuning", "Creation"]
    assert table.columns == ("TF1.15 / TF1 compat mode in TF2", "TF2")
    assert [view.place.id for view in table.floor] == ["table2.floor"]
    assert [view.place.id for view in table.rows[1].cells[0].notes] == ["table2.fine-tune.tf1.note"]


def test_hostile_names_and_errors_are_text(page: Page, source: str) -> None:
    assert sample.HOSTILE not in source
    assert "<b>bold</b>" not in source
    text = "".join(page.text)
    assert sample.HOSTILE in text
    assert "<b>bold</b>" in text


def test_control_characters_do_not_reach_the_page(source: str) -> None:
    assert not {character for character in source if ord(character) < 32} - {"\n", "\t"}


def test_versions_reasons_selections_and_notes_are_escaped(claims: Catalogue, releases: Releases) -> None:
    cell = releases.cell("tf2.15-hub0.16-tf2")
    evil = '"><img src=x onerror=alert(1)>'
    error = Error(evil, evil, evil, evil)
    seen = sample.observation(
        cell, claims.claims[1], outcome=Outcome.FAILED, error=error, notes=(evil,), reproduce=evil, probe=evil
    )
    judged = sample.verdict(cell, claims.claims[1], why=evil, qualifier=evil, outcomes={evil: Outcome.FAILED})
    settings = [sample.setting(cell, tf=evil, hub="0.16" + evil, python=evil, keras_version=evil, unavailable=evil)]
    run = sample.results([cell], settings, [seen], [judged], {evil: evil, cell.id: evil})
    assert "img" not in {tag for tag, _ in Page(render_html(build_report(run, claims))).tags}


def test_lone_surrogates_can_be_written(claims: Catalogue, releases: Releases) -> None:
    cell = releases.cell("tf2.15-hub0.16-tf2")
    run = sample.results([cell], [sample.setting(cell, unavailable="bad \ud800 text")])
    assert "bad \ufffd text".encode() in render_html(build_report(run, claims)).encode()


def test_identical_tracebacks_are_shown_once(source: str) -> None:
    assert source.count("test_tf1_hub_load.py") == 6  # the six frames of one traceback


def test_bars_of_the_grid_are_links_whose_names_say_what_their_colour_does(source: str) -> None:
    bars = re.findall(r'<a class="bar [^>]*href="#claim-[^>]*>.*?</a>', source)
    assert bars
    assert all(re.search(r'<span class="vh">[a-z][a-z ]+ (?:since )?[\w.]+[ <,]', bar) for bar in bars)


def test_no_path_of_the_machine_is_in_an_error(claims: Catalogue, releases: Releases) -> None:
    cell = releases.cell("tf2.15-hub0.16-tf2")
    error = Error(
        "OSError",
        "No file /home/ci/work/fixtures/models/tf1-dense/saved_model.pb, nor /var/tmp/x9/y",
        "tensorflow",
        'File "/home/ci/.nox/cells/tf2.15/lib/python3.11/site-packages/tensorflow_hub/resolve.py", line 1',
    )
    seen = sample.observation(cell, claims.claims[1], outcome=Outcome.FAILED, error=error)
    judged = sample.verdict(cell, claims.claims[1], verdict=Verdict.CONTRADICTS, outcomes={seen.probe: Outcome.FAILED})
    source = render_html(build_report(sample.results([cell], [sample.setting(cell)], [seen], [judged]), claims))
    assert "/home/ci" not in source
    assert "/var/tmp" not in source
    assert "No file fixtures/models/tf1-dense/saved_model.pb, nor .../y" in source
    assert "site-packages/tensorflow_hub/resolve.py" in source


def test_only_web_addresses_become_links(page: Page) -> None:
    assert "javascript:alert(1)" in "".join(page.text)
    assert web_address("javascript:alert(1)") == ""
    assert web_address("tensorflow/hub#901") == "https://github.com/tensorflow/hub/issues/901"
    assert web_address("tensorflow/hub#901/../x") == ""
    assert brief("https://github.com/tensorflow/hub/issues/901") == "tensorflow/hub#901"
    assert brief("https://example.org/a/b/c/d") == "https://example.org/a/b/c/d"


def test_moments_that_are_none_are_shown_as_they_came() -> None:
    assert day("2026-01-05T03:00:00+00:00") == "2026-01-05 03:00 UTC"
    assert day("2026-01-05T05:00:00+02:00") == "2026-01-05 03:00 UTC"
    assert day("yesterday") == "yesterday"


def test_headings_skip_no_level(page: Page) -> None:
    levels = [int(tag[1]) for tag, _ in page.tags if tag in {"h1", "h2", "h3", "h4", "h5"}]
    assert levels[0] == 1
    assert all(later - earlier <= 1 for earlier, later in pairwise(levels))


def test_it_leads_to_the_history_only_where_there_is_one(report: Report) -> None:
    assert 'href="history.html"' not in render_html(report)
    assert '<a href="history.html">History</a>' in render_html(report, others=[("History", "history.html")])
