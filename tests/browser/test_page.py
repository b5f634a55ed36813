"""What a reader does with the report, at a desk and on a phone."""

from __future__ import annotations

import re
from pathlib import Path

import msgspec
import pytest
from playwright.sync_api import Browser, Locator, ViewportSize, expect

from conformance.results import Results, encode_results
from conformance.words import Verdict
from tests.browser.conftest import DESKTOP, PHONE, Open

SIZES = pytest.mark.parametrize("size", [DESKTOP, PHONE], ids=["desktop", "phone"])


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
    page.locator(".now").get_by_role("link", name="An Estimator fine-tunes").click()
    card = page.locator('[id="claim-tf2-savedmodel.fine-tune.tf1.estimator"]')
    expect(card).to_be_in_viewport()
    expect(card).to_contain_text("broken (known) since 2.16")
    card.get_by_role("link", name="Evidence from").click()
    expect(page.locator("#count")).to_contain_text("observations match")
    expect(page.locator(".observation").first).to_contain_text("estimator")


def test_two_clicks_lead_from_the_first_screen_to_the_evidence(open_page: Open) -> None:
    page = open_page()
    page.get_by_role("link", name="Evidence that this does not hold: An Estimator").click()
    page.locator(".observation summary").first.click()
    expect(page.locator(".observation .drill").first).to_contain_text("has no attribute 'estimator'")


# ---- The input: what is chosen and what is pasted


@SIZES
def test_what_is_chosen_is_answered_with_code_and_versions_to_copy(open_page: Open, size: ViewportSize) -> None:
    page = open_page(size=size)
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    ask = page.locator("#ask")
    ask.locator("[name=format]").select_option("tf1-hub")
    ask.locator("[name=operation]").select_option("load")
    ask.locator("[name=release]").select_option("2.21")
    answer = page.locator("#answer")
    expect(answer).to_contain_text("hub.load(")
    expect(answer).to_contain_text("tensorflow_hub 0.16")
    answer.get_by_role("button", name="Copy the installation").first.click()
    copied = page.evaluate("navigator.clipboard.readText()")
    assert re.match(r'python -m pip install "tensorflow[a-z-]*==2\.21', copied)
    assert '--no-deps "tensorflow-hub==0.16' in copied
    assert page.evaluate("location.hash") == "#ask=tf1-hub%2Fload%2F2.21"


def test_an_operation_that_is_gone_is_answered_with_the_nearest_release_that_has_it(open_page: Open) -> None:
    page = open_page("#ask=tf1-hub/create/2.21")
    answer = page.locator("#answer")
    expect(answer).to_contain_text("Does not work on TensorFlow 2.21")
    expect(answer).to_contain_text("Nearest release in which it works as promised: TensorFlow 2.15")
    expect(answer).to_contain_text("tensorflow-hub==0.15")
    expect(answer.locator("h2")).to_be_in_viewport()


@pytest.mark.parametrize("operation", ["fine-tune", "create"])
def test_loading_is_no_advice_for_anything_else(open_page: Open, operation: str) -> None:
    page = open_page(f"#ask=tf1-hub/{operation}/2.21")
    expect(page.locator("#answer")).to_contain_text("Do:")
    expect(page.locator("#answer")).not_to_contain_text("For inference")


def test_what_loses_something_is_never_said_to_work(open_page: Open) -> None:
    page = open_page("#ask=tf1-hub/fine-tune/2.21")
    expect(page.locator("#answer h2")).to_contain_text("silently loses something")
    expect(page.locator("#answer .recipe .loses").first).to_contain_text("the regularization loss is gone")
    page.locator("#answer .loses a").first.click()
    expect(page.locator("article.hazard").first).to_be_in_viewport()


def test_one_choice_alone_is_answered_with_all_that_it_leaves_open(open_page: Open) -> None:
    page = open_page()
    page.locator("#ask [name=release]").select_option("2.16")
    expect(page.locator("#answer tr")).to_have_count(6)
    expect(page.locator("#answer")).to_contain_text("What breaks there")
    page.locator("#ask [name=format]").select_option("tf2-savedmodel")
    expect(page.locator("#answer tr")).to_have_count(3)
    page.locator("#answer").get_by_role("link", name="TF2 SavedModel, fine-tuning").click()
    expect(page.locator("#answer .kind")).to_have_text("TF2 SavedModel · Fine-tuning · TensorFlow 2.16")


@pytest.mark.parametrize(
    ("pasted", "release", "read"),
    [
        ("tensorflow==2.15.1\ntensorflow-hub==0.16.1\nkeras==2.15.0", "2.15", "tensorflow-hub 0.16.1"),
        ("tensorflow-cpu            2.16.2\ntf_keras   2.16.0", "2.16", "tf-keras 2.16.0"),
        ("tf-nightly==2.23.0.dev20261122", "nightly", "tf-nightly 2.23.0.dev20261122"),
        ("tensorflow==9.9.0", "", "not among those tried"),
        ("<script>alert(1)</script> tf 1.15.5", "1.15", "tensorflow 1.15.5"),
    ],
)
def test_pasted_versions_choose_the_release(open_page: Open, pasted: str, release: str, read: str) -> None:
    page = open_page()
    page.locator("#say").fill(pasted)
    expect(page.locator("#ask [name=release]")).to_have_value(release)
    expect(page.locator("#answer .read")).to_contain_text(read)


def test_a_question_can_be_linked_to_and_forgotten(open_page: Open) -> None:
    page = open_page("#ask=tf1-hub/load/2.15&say=tensorflow%3D%3D2.15.1+tensorflow-hub%3D%3D0.16.1")
    expect(page.locator("#say")).to_have_value("tensorflow==2.15.1 tensorflow-hub==0.16.1")
    expect(page.locator("#answer .recipe").first).to_contain_text("tensorflow_hub 0.16")
    page.get_by_role("button", name="Clear", exact=True).click()
    expect(page.locator("#say")).to_be_focused()
    assert page.locator("#answer").inner_html() == ""
    assert page.evaluate("location.hash") == ""


def test_somebody_whose_tensorflow_hub_lacks_the_call_is_told_so_first(open_page: Open) -> None:
    page = open_page("#ask=tf1-hub/create/2.15&say=tensorflow==2.15.1+tensorflow-hub==0.16.1")
    expect(page.locator("#answer .short")).to_have_text("Not with your tensorflow_hub 0.16.1")
    expect(page.locator("#answer .recipe").first).to_contain_text("not your tensorflow_hub 0.16.1")
    page.locator("#say").fill("tensorflow==2.15.1 tensorflow-hub==0.15.0")
    expect(page.locator("#answer .short")).to_have_count(0)
    expect(page.locator("#answer .recipe").first).not_to_contain_text("not your")


@pytest.mark.parametrize(
    ("call", "said"),
    [
        ('m = hub.Module("https://tfhub.dev/google/x/1")', "That is the TF1 Hub format"),
        ("hub.Module(url, trainable=True)", "That fine-tunes a model in the TF1 Hub format"),
        ('hub.load(url).signatures["default"]', "a model in the TF1 Hub format is used in TF2"),
        ("layer = hub.KerasLayer(url)", "That loads a TF2 SavedModel"),
        ("hub.KerasLayer(url, trainable=True)", "That fine-tunes a TF2 SavedModel"),
        ("spec = hub.create_module_spec(fn)", "That makes a model in the TF1 Hub format"),
    ],
)
def test_a_call_is_known_without_our_words(open_page: Open, call: str, said: str) -> None:
    page = open_page()
    page.locator("#say").fill(call)
    expect(page.locator("#answer .is")).to_contain_text(said)
    expect(page.locator("#answer pre").first).to_be_visible()


def test_a_claim_is_found_by_its_words_or_its_id(open_page: Open) -> None:
    page = open_page()
    page.locator("#say").fill("An Estimator fine-tunes a TF2 SavedModel through a Keras model in its model_fn.")
    expect(page.locator("#answer h2")).to_contain_text("does not hold An Estimator fine-tunes")
    page.locator("#say").fill("tf2-savedmodel.load.tf2.hub-load")
    expect(page.locator("#answer h2")).to_contain_text("holds hub.load gives a TF2 SavedModel as a callable")


def test_what_nobody_knows_is_said_to_be_unknown_and_blanks_nothing(open_page: Open) -> None:
    page = open_page()
    before = page.locator("article.claim:visible").count()
    page.locator("#say").fill("zebra quagga okapi 42")
    expect(page.locator("#answer .kind")).to_have_text("Not known")
    assert page.locator("article.claim:visible").count() == before
    expect(page.locator(".now")).to_be_visible()


# ---- Grid, formats, comparison, a run of one's own


@SIZES
def test_the_grid_shows_every_claim_in_every_release_on_one_screen(open_page: Open, size: ViewportSize) -> None:
    page = open_page("#grid", size=size)
    grid = page.locator("#grid .grid")
    assert grid.locator("tbody th[scope=row]").count() == page.locator("#tables article.claim").count()
    box = grid.bounding_box()
    assert box
    assert box["width"] <= size["width"]
    if size is DESKTOP:
        assert box["height"] < DESKTOP["height"]
    for bar in grid.locator("a.bar").all()[:5]:
        assert re.match(r".*(holds|hold|unsupported|settled)", bar.inner_text().replace("\n", " "))


def test_a_bar_of_the_grid_is_reached_by_key_and_answers_in_place(open_page: Open) -> None:
    page = open_page("#grid")
    bar = page.locator("#grid").get_by_role("link", name="does not hold since 2.16").first
    bar.focus()
    page.keyboard.press("Enter")
    expect(page.locator("#answer h2")).to_contain_text("does not hold")
    expect(page.locator("#answer h2")).to_be_in_viewport()
    expect(page.locator("#answer")).to_contain_text("Caused by")


def test_any_two_releases_stand_side_by_side(open_page: Open) -> None:
    page = open_page("#compare")
    form = page.locator("#compare-form")
    form.get_by_label("This release").select_option("2.15")
    form.get_by_label("with that").select_option("2.16")
    row = page.locator("#compared tbody tr", has_text="An Estimator fine-tunes")
    expect(row.locator("td").nth(0)).to_contain_text("holds")
    expect(row.locator("td").nth(1)).to_contain_text("does not hold")
    expect(row.locator("td").nth(1)).to_contain_text("TensorFlow 2.16 removed Estimator")
    form.get_by_label("with that").select_option("2.15")
    expect(page.locator("#compared")).to_contain_text("Choose two different releases")


def test_a_results_file_of_ones_own_is_shown_and_says_what_the_page_says(
    open_page: Open, full_matrix: Results, tmp_path: Path
) -> None:
    own = tmp_path / "results.json"
    own.write_bytes(encode_results(full_matrix))
    page = open_page()
    page.locator("#own-file").set_input_files(own)
    shown = page.locator("#own")
    expect(shown).to_be_visible()
    headline = page.locator("h1").inner_text().rstrip(".")
    expect(shown.locator(".lede")).to_contain_text(headline)
    expect(shown).to_contain_text("they agree")
    mine = {row.locator("th").inner_text(): row.locator("td").inner_text() for row in shown.locator("tbody tr").all()}
    assert "does not hold" in mine["An Estimator fine-tunes a TF2 SavedModel through a Keras model in its model_fn"]
    shown.get_by_role("button", name="Close it").click()
    expect(shown).to_be_hidden()


def test_a_results_file_that_differs_says_where(open_page: Open, full_matrix: Results, tmp_path: Path) -> None:
    first = next(row for row in full_matrix.verdicts if row.verdict == "agrees" and row.standing == "literal")
    changed = msgspec.structs.replace(first, verdict=Verdict.CONTRADICTS, why="the probe failed")
    rows = tuple(changed if row is first else row for row in full_matrix.verdicts)
    own = tmp_path / "results.json"
    own.write_bytes(encode_results(msgspec.structs.replace(full_matrix, verdicts=rows)))
    page = open_page()
    page.locator("#own-file").set_input_files(own)
    expect(page.locator("#own li")).to_have_count(1)
    expect(page.locator("#own li")).to_contain_text(f"in {first.cell}: broken. the probe failed")


def test_a_file_that_is_no_results_file_is_refused(open_page: Open, tmp_path: Path) -> None:
    own = tmp_path / "package.json"
    own.write_text('{"schema": "other"}')
    page = open_page()
    page.locator("#own-file").set_input_files(own)
    expect(page.locator("#own-status")).to_contain_text("package.json cannot be shown: it is no results.json")
    expect(page.locator("#own")).to_be_hidden()


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
        ("operation", "create", "_create."),
        ("q", "tf1-text hub0.15", "tf1-text"),
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
    page.get_by_role("searchbox").fill("nothing is called like this")
    expect(page.locator("#count")).to_contain_text("0 of ")
    expect(page.locator(".observation")).to_have_count(0)


def test_filters_that_nothing_matches_outlast_a_jump_within_the_page(open_page: Open) -> None:
    page = open_page("#q=nothing+is+called+like+this")
    page.get_by_role("link", name="Legend", exact=True).click()
    expect(page.get_by_role("searchbox")).to_have_value("nothing is called like this")


# ---- The evidence of one observation


@SIZES
def test_an_observation_tells_all_there_is_to_it(open_page: Open, size: ViewportSize) -> None:
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


def test_without_a_script_it_reads_and_says_what_is_missing(chromium: Browser, report_file: Path) -> None:
    context = chromium.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(report_file.as_uri())
    expect(page.locator("h1")).to_be_visible()
    expect(page.locator("#tables")).to_be_visible()
    expect(page.locator("#ask-section")).to_be_hidden()
    expect(page.locator("#no-script")).to_contain_text("need JavaScript")
    context.close()


def test_it_is_small_and_can_be_used_within_a_second(open_page: Open, report_file: Path) -> None:
    assert report_file.stat().st_size < 3_000_000
    fastest = min(int(open_page().locator("#data").get_attribute("data-ready-after") or "") for _ in range(3))
    assert fastest < 1_000
