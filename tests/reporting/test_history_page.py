"""The news of made-up nights, on the page and in the feed."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path
from xml.etree import ElementTree

import msgspec
import pytest

from conformance.history.lines import LineInterval
from conformance.history.retracing import Retraced, retrace
from conformance.history.store import History, RunKind
from conformance.history.today import Today
from conformance.reporting.history_feed import FEED, LIMIT, render_feed
from conformance.reporting.history_news import Item, news_of
from conformance.reporting.history_page import PAGE, render_page
from conformance.reporting.history_report import rebuild
from conformance.reporting.history_strips import SCALE, group_lines
from conformance.reporting.timeline import MarkState
from conformance.running.plan import load_rules
from conformance.words import Change, Outcome
from tests.history.nights import CELL, CLAIM, FIRST, OTHER_CELL, night

ATOM = "{http://www.w3.org/2005/Atom}"
HOSTILE = "<script>alert(1)</script>\x1b[31m\x00&"


@pytest.fixture(scope="module")
def today() -> Today:
    return Today(load_rules())


@pytest.fixture
def retraced(tmp_path: Path, today: Today) -> Retraced:
    """A regression, a new cell with hostile packages, and the fix."""
    history = History(tmp_path)
    nights = [
        night(0),
        night(1, Outcome.FAILED, packages={"tensorflow-cpu": HOSTILE}),
        night(2, cell_id=OTHER_CELL),
        night(9, Outcome.WORKS),
    ]
    for one in nights:
        history.append(one, RunKind.NIGHTLY)
    return retrace(history, today, pytest.fail)


def news(retraced: Retraced, today: Today) -> list[Item]:
    return [item for changes in reversed(retraced.changes) for item in news_of(changes, today.claims)]


def entries(feed: bytes) -> list[ElementTree.Element]:
    return ElementTree.fromstring(feed).findall(f"{ATOM}entry")


def test_the_news_list_each_change_once(retraced: Retraced, today: Today) -> None:
    statement = today.claims.claim_by_id[CLAIM].statement

    assert [(item.change, item.title) for item in news(retraced, today)] == [
        (Change.FIXED, f"Fixed: {statement} (1 cell)"),
        (Change.NEW, "New: 1 cell"),
        (Change.REGRESSION, f"Regression: {statement} (1 cell)"),
    ]


def test_the_ids_are_unique_and_the_same_again(retraced: Retraced, today: Today) -> None:
    ids = [item.id for item in news(retraced, today)]

    assert len(set(ids)) == len(ids)
    assert ids == [item.id for item in news(retraced, today)]


def test_the_feed_has_all_that_atom_asks_for(retraced: Retraced, today: Today) -> None:
    updated = retraced.runs[-1].finished

    feed = ElementTree.fromstring(render_feed(news(retraced, today), updated, "https://example.org/reports"))

    assert feed.findtext(f"{ATOM}updated") == "2026-01-14T03:20:00Z"
    assert feed.findtext(f"{ATOM}author/{ATOM}name")
    assert [link.get("href") for link in feed.findall(f"{ATOM}link")] == [
        "https://example.org/reports/feed.xml",
        "https://example.org/reports/history.html",
    ]
    for entry in [feed, *feed.findall(f"{ATOM}entry")]:
        assert (entry.findtext(f"{ATOM}id") or "").startswith("tag:")
        assert entry.findtext(f"{ATOM}title")
        assert datetime.fromisoformat(entry.findtext(f"{ATOM}updated") or "").tzinfo
        assert entry.find(f"{ATOM}link[@rel='alternate']") is not None


def test_a_feed_that_does_not_know_its_address_names_none(retraced: Retraced, today: Today) -> None:
    feed = render_feed(news(retraced, today), retraced.runs[-1].finished)

    assert b'rel="self"' not in feed
    assert b"http" not in feed.replace(b"http://www.w3.org/2005/Atom", b"")


def test_hostile_text_stays_text(retraced: Retraced, today: Today) -> None:
    items = news(retraced, today)
    page = render_page(retraced, items, today.claims, FEED)
    (regression,) = [entry for entry in entries(render_feed(items, FIRST)) if "Regression" in _title(entry)]

    content = regression.findtext(f"{ATOM}content") or ""
    assert "<script" not in page
    assert "&lt;script&gt;" in page
    assert "<script" not in content
    assert "&lt;script&gt;" in content


def test_the_feed_is_bounded_and_keeps_the_latest(retraced: Retraced, today: Today) -> None:
    items = news(retraced, today) * LIMIT

    assert len(entries(render_feed(items, FIRST))) == LIMIT
    assert _title(entries(render_feed(items, FIRST))[0]) == items[0].title


def test_every_link_of_the_feed_leads_into_the_page(retraced: Retraced, today: Today) -> None:
    items = news(retraced, today)
    page = render_page(retraced, items, today.claims, FEED)

    for entry in entries(render_feed(items, FIRST)):
        link = entry.find(f"{ATOM}link")
        assert link is not None
        address, _, anchor = (link.get("href") or "").partition("#")
        assert address == PAGE
        assert f'id="{anchor}"' in page


def test_the_page_says_in_words_what_a_strip_shows(retraced: Retraced, today: Today) -> None:
    page = render_page(retraced, news(retraced, today), today.claims, FEED)

    assert "holds, 2026-01-14 (1 run); before: broken (new), 2026-01-06 (1 run); before: holds" in page


def test_a_strip_is_drawn_to_the_scale_of_time(retraced: Retraced) -> None:
    first, last = retraced.runs[0].finished, retraced.runs[-1].finished
    (group,) = [one for one in group_lines(retraced.lines)[CLAIM] if one.cells == (CELL,)]

    pieces = group.pieces(first, last)

    assert [piece.state for piece in pieces] == [
        MarkState.AGREES,
        MarkState.CONTRADICTS,
        MarkState.AGREES,
    ]
    assert [round(piece.width * 9 / SCALE) for piece in pieces] == [1, 8, 0]


def test_time_without_a_run_of_the_cell_is_drawn_empty(retraced: Retraced) -> None:
    first, last = retraced.runs[0].finished, retraced.runs[-1].finished
    (group,) = [one for one in group_lines(retraced.lines)[CLAIM] if one.cells == (OTHER_CELL,)]

    assert [piece.state for piece in group.pieces(first, last)] == [MarkState.NONE, MarkState.AGREES, MarkState.NONE]


def test_a_single_run_can_be_drawn(retraced: Retraced) -> None:
    group = group_lines(retraced.lines)[CLAIM][0]

    assert group.pieces(FIRST, FIRST)


def test_of_very_many_intervals_a_strip_shows_the_latest(retraced: Retraced) -> None:
    group = group_lines(retraced.lines)[CLAIM][0]
    marks = [group.intervals[0].mark, group.intervals[1].mark]
    many = tuple(
        LineInterval(marks[number % 2], FIRST + timedelta(days=number), FIRST + timedelta(days=number), 1)
        for number in range(200)
    )
    pieces = msgspec.structs.replace(group, intervals=many).pieces(FIRST, many[-1].last)

    assert len(pieces) < 50
    assert pieces[-1].words.startswith("broken (new), 2026-07-23")


def test_a_history_without_a_run_renders_nothing(tmp_path: Path) -> None:
    rebuild(History(tmp_path / "none"), tmp_path, pytest.fail)

    assert list(tmp_path.iterdir()) == []


def _title(entry: ElementTree.Element) -> str:
    return entry.findtext(f"{ATOM}title") or ""
