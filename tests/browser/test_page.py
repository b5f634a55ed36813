"""What a reader does with the report, at a desk and on a phone."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Locator, ViewportSize, expect

from tests.browser.conftest import DESKTOP, PHONE, SIZES, Open, busy_until_ready


def bottom(part: Locator) -> float:
    """Where a part of the page ends."""
    box = part.bounding_box()
    assert box
    return box["y"] + box["height"]


@SIZES
def test_the_headline_counts_the_claims_of_the_newest_release(open_page: Open, size: ViewportSize) -> None:
    page = open_page(size=size)
    expect(page.locator("h1")).to_have_text(re.compile(r"^On TensorFlow 2\.\d+, \d+ of \d+ documented claims hold\.$"))


def test_the_first_screen_says_what_is_broken_since_when_whose_doing_and_what_to_do_instead(open_page: Open) -> None:
    page = open_page()
    rows = page.locator(".now tbody tr")
    assert rows.count() >= 4
    for row in rows.all():
        assert bottom(row) < DESKTOP["height"]
        expect(row.locator(".since")).to_contain_text("since 2.16")
        expect(row.locator(".by")).to_contain_text("caused by")
        assert len(row.locator("td").last.inner_text()) > 10
    expect(rows.first).to_contain_text("hub.Module")
    expect(rows.first.get_by_role("link", name="hub#901")).to_be_in_viewport()


def test_the_first_screen_of_a_phone_shows_a_cause_and_its_remedy_whole(open_page: Open) -> None:
    page = open_page(size=PHONE)
    assert bottom(page.locator(".now tbody tr").first) < PHONE["height"]
    expect(page.locator(".now tbody tr").first).to_contain_text("Instead:")


@SIZES
def test_the_input_stands_below_the_headline_and_above_the_table_on_the_first_screen(
    open_page: Open, size: ViewportSize
) -> None:
    page = open_page(size=size)
    assert bottom(page.locator("h1")) < bottom(page.locator("#ask")) < bottom(page.locator(".now tbody tr").first)
    assert bottom(page.locator("#ask")) < size["height"] * 0.6


@SIZES
@pytest.mark.parametrize("fragment", ["#verdict=contradicts", "#compare", "#ask=tf1-hub/fine-tune/2.21"])
def test_nothing_is_wider_than_the_screen(open_page: Open, size: ViewportSize, fragment: str) -> None:
    page = open_page(fragment, size=size)
    page.evaluate("for (const part of document.querySelectorAll('details')) part.open = true")
    assert page.evaluate("document.documentElement.scrollWidth") <= size["width"]


@SIZES
def test_the_navigation_stays_in_sight(open_page: Open, size: ViewportSize) -> None:
    page = open_page("#legend", size=size)
    navigation = page.get_by_role("navigation", name="Sections")
    expect(navigation).to_be_in_viewport()
    box = navigation.bounding_box()
    assert box
    assert box["height"] < 60
    navigation.get_by_role("link", name="Grid").click()
    expect(page.locator("#grid-title")).to_be_in_viewport()


def test_a_claim_of_the_first_screen_leads_to_its_intervals_and_from_there_to_the_evidence(open_page: Open) -> None:
    page = open_page()
    page.locator(".now .what").get_by_role("link", name="An Estimator fine-tunes").click()
    card = page.locator('[id="claim-tf2-savedmodel.fine-tune.tf1.estimator"]')
    expect(card).to_be_in_viewport()
    expect(card).to_contain_text("broken (known) since 2.16")
    card.get_by_role("link", name="Evidence from").click()
    expect(page.locator("#count")).to_contain_text("observations match")
    expect(page.locator(".observation").first).to_contain_text("estimator")


# ---- Filters


def test_filters_narrow_the_observations_and_nothing_else(open_page: Open) -> None:
    page = open_page()
    claims = page.locator("article.claim:visible").count()
    page.get_by_text("Filters", exact=True).click()
    filters = page.locator("#filters")
    filters.get_by_label("Model format").select_option("tf2-savedmodel")
    filters.get_by_label("TensorFlow release").select_option("2.21")
    filters.get_by_label("Outcome").select_option("api-missing")
    expect(page.locator(".observation").first).to_contain_text("estimator")
    assert page.locator("article.claim:visible").count() == claims
    assert page.evaluate("location.hash") == "#release=2.21&format=tf2-savedmodel&outcome=api-missing"
    page.get_by_role("button", name="Clear all filters").click()
    assert page.locator("article.claim:visible").count() == claims
    assert page.evaluate("location.hash") == ""


@pytest.mark.parametrize(
    ("name", "value", "seen"),
    [
        ("release", "nightly", "tfnightly-"),
        ("mode", "tf1-compat", "tf1-compat"),
        ("hub", "0.15", "hub0.15"),
        ("keras", "legacy", "legacy"),
        ("verdict", "exceeds", "runs though unsupported"),
        ("outcome", "rejected", "rejected"),
        ("cause", "estimator-removed", "broken (known)"),
        ("claim", "compat-mode", "compat_mode."),
        ("operation", "mode", "compat_mode"),
        ("q", "tf1-text hub0.15", "-hub0.15-"),
    ],
)
def test_every_filter_can_be_linked_to_and_holds_for_every_row(
    open_page: Open, name: str, value: str, seen: str
) -> None:
    page = open_page(f"#{name}={value.replace(' ', '+')}")
    rows = page.locator(".observation summary")
    assert 0 < rows.count() <= 50
    for text in rows.all_inner_texts():
        assert seen in text
    expect(page.locator(f"#filters [name={name}]")).to_have_value(value)


def test_only_differences_and_only_changes(open_page: Open) -> None:
    page = open_page("#differences=1&changes=1&claim=tf2-savedmodel.fine-tune.tf1.estimator")
    texts = page.locator(".observation summary").all_inner_texts()
    assert texts
    assert all("tf2.16-" in text and "broken" in text for text in texts)


def test_a_search_finds_the_text_of_errors_and_more_rows_come_on_demand(open_page: Open) -> None:
    page = open_page()
    page.get_by_role("searchbox").fill("has no attribute 'Module'")
    expect(page.locator(".observation")).to_have_count(50)
    page.get_by_role("button", name="Show more").click()
    assert page.locator(".observation").count() > 50
    page.get_by_role("searchbox").fill("zzyzx")
    expect(page.locator("#count")).to_contain_text("0 of ")
    expect(page.locator(".observation")).to_have_count(0)


def test_filters_that_nothing_matches_outlast_a_jump_within_the_page(open_page: Open) -> None:
    page = open_page("#q=nothing+is+called+like+this")
    page.get_by_role("link", name="Legend", exact=True).click()
    expect(page.get_by_role("searchbox")).to_have_value("nothing is called like this")


# ---- The evidence of one observation


@SIZES
def test_an_observation_shows_all_that_is_known_of_it(open_page: Open, size: ViewportSize) -> None:
    page = open_page("#claim=tf2-savedmodel.fine-tune.tf1.fit&release=2.16&keras=keras3", size=size)
    row = page.locator(".observation").first
    row.locator("summary").first.click()
    for name in ("Steps", "Claim", "Error", "Fixture", "Versions", "Lock", "Took", "Reproduce"):
        expect(row.locator("dt", has_text=re.compile(f"^{name}")).first).to_be_visible()
    expect(row).to_contain_text("TensorFlow 2.16")
    expect(row).to_contain_text("conformance/inside/models/")
    expect(row.locator("pre", has_text="nox -s")).to_contain_text("cell(tf2.16-hub0.16-tf1-compat-keras3)")
    traceback = row.locator("details", has_text="Traceback")
    expect(traceback.locator("pre")).to_be_hidden()
    traceback.locator("summary").click()
    expect(traceback.locator("pre")).to_be_visible()
    row.locator("details", has_text="differ from").locator("summary").click()
    expect(row.locator(".changes")).to_contain_text("keras")


def test_an_observation_can_be_linked_to(open_page: Open) -> None:
    page = open_page("#verdict=contradicts&release=2.21")
    page.locator(".observation").first.locator("summary").first.click()
    name = page.locator(".observation").first.locator("summary code").first.inner_text()
    page.get_by_role("link", name="Link to this observation").first.click()
    again = open_page(page.evaluate("location.hash"))
    expect(again.locator(".observation[open]")).to_have_count(1)
    expect(again.locator(".observation[open] summary code").first).to_have_text(name)
    expect(again.locator(".observation[open]")).to_be_in_viewport()


def test_the_command_that_reproduces_it_can_be_copied(open_page: Open) -> None:
    page = open_page("#claim=compat-mode&release=2.15")
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    row = page.locator(".observation").first
    row.locator("summary").first.click()
    row.get_by_role("button", name="Copy the command").click()
    expect(page.locator("#told")).to_have_text("Copied.")
    copied = page.evaluate("navigator.clipboard.readText()")
    assert re.fullmatch(r'.*nox -s "cell\(tf2\.15-hub0\.1[56]-tf1-compat\)" -- --probe .*compat_mode\..*', copied)


# ---- Keyboard, print, no script, speed


def test_it_can_be_used_from_the_keyboard(open_page: Open) -> None:
    page = open_page()
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Skip to the content")).to_be_focused()
    page.get_by_role("searchbox").focus()
    page.keyboard.type("estimator")
    expect(page.locator(".observation").first).to_be_visible()
    page.keyboard.press("Tab")  # the filters
    page.keyboard.press("Enter")
    expect(page.locator("#filters [name=release]")).to_be_visible()
    page.locator(".observation summary").first.focus()
    assert page.evaluate("getComputedStyle(document.activeElement).outlineStyle") == "solid"
    page.keyboard.press("Enter")
    expect(page.locator(".observation .drill").first).to_be_visible()


def test_in_print_it_takes_at_most_twelve_pages_and_has_no_controls(open_page: Open) -> None:
    page = open_page()
    printed = page.pdf(format="A4", print_background=True)
    assert len(re.findall(rb"/Type\s*/Page\b", printed)) <= 12
    page.emulate_media(media="print")
    for gone in ("nav", "#find", "#ask-section", "#compare"):
        expect(page.locator(gone)).to_be_hidden()
    for there in ("h1", ".now", "#grid", "#formats", "#hazards", "#broken", "#legend"):
        expect(page.locator(there).first).to_be_visible()


def test_what_is_folded_away_is_read_when_it_is_unfolded_or_linked_to(open_page: Open) -> None:
    page = open_page()
    guide = page.locator("#guides details.companions").first
    expect(guide.locator("article.claim")).to_have_count(0)
    guide.locator("summary").first.click()
    expect(guide.locator("article.claim").first).to_be_visible()
    unread = page.locator("#guides .companions noscript").first.text_content() or ""
    target = re.findall(r'id="(claim-[^"]+)"', unread)[0]
    page.evaluate("(target) => { location.hash = '#' + target; }", target)
    expect(page.locator(f'[id="{target}"]')).to_be_in_viewport()


def test_without_a_script_it_reads_and_says_what_is_missing(chromium: Browser, report_file: Path) -> None:
    context = chromium.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(report_file.as_uri())
    expect(page.locator("h1")).to_be_visible()
    expect(page.locator("#tables")).to_be_visible()
    page.locator("#guides details.companions summary").first.click()
    expect(page.locator("#guides article.claim").first).to_be_visible()
    expect(page.locator("#ask-section")).to_be_hidden()
    expect(page.locator("#no-script")).to_contain_text("need JavaScript")
    context.close()


def test_it_is_small_and_can_be_used_within_a_second(chromium: Browser, report_file: Path) -> None:
    assert report_file.stat().st_size < 3_000_000
    assert min(busy_until_ready(chromium, report_file) for _ in range(3)) < 1
