"""The one input: what is chosen and what is pasted, answered in place by one card."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import ViewportSize, expect

from tests.browser.conftest import SIZES, Open


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
    expect(page.locator("article.hazard:target")).to_be_in_viewport()


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
        ("Does hub.load work in 2.17?", "2.17", "tensorflow 2.17"),
    ],
)
def test_pasted_versions_choose_the_release(open_page: Open, pasted: str, release: str, read: str) -> None:
    page = open_page()
    page.locator("#say").fill(pasted)
    expect(page.locator("#ask [name=release]")).to_have_value(release)
    expect(page.locator("#answer .read")).to_contain_text(read)


def test_versions_of_one_paste_do_not_outlast_it(open_page: Open) -> None:
    page = open_page()
    page.locator("#say").fill("tensorflow==2.16.2")
    expect(page.locator("#answer h2")).to_contain_text("TensorFlow 2.16")
    page.locator("#say").fill("hub.Module(url)")
    expect(page.locator("#ask [name=release]")).to_have_value("")
    page.locator("#say").fill("Does it work in tf2.15?")
    expect(page.locator("#answer h2")).to_contain_text("TensorFlow 2.15: what works")


def test_a_question_can_be_linked_to_and_forgotten(open_page: Open) -> None:
    page = open_page("#ask=tf1-hub/load/2.15&say=tensorflow%3D%3D2.15.1+tensorflow-hub%3D%3D0.16.1")
    expect(page.locator("#say")).to_have_value("tensorflow==2.15.1 tensorflow-hub==0.16.1")
    expect(page.locator("#answer .recipe").first).to_contain_text("tensorflow_hub 0.16")
    page.get_by_role("button", name="Clear", exact=True).click()
    expect(page.locator("#say")).to_be_focused()
    assert page.locator("#answer").inner_html() == ""
    assert page.evaluate("location.hash") == ""


def test_a_call_that_the_readers_tensorflow_hub_lacks_is_answered_so_first(open_page: Open) -> None:
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
        ("tf.compat.v1.estimator", "The page names it for fine-tuning a TF2 SavedModel"),
        ("hub.KerasLayer(url, trainable=True)", "That fine-tunes a TF2 SavedModel"),
        ("spec = hub.create_module_spec(fn)", "That makes a model in the TF1 Hub format"),
    ],
)
def test_a_call_is_known_without_our_words(open_page: Open, call: str, said: str) -> None:
    page = open_page()
    page.locator("#say").fill(call)
    expect(page.locator("#answer .is")).to_contain_text(said)
    expect(page.locator("#answer pre").first).to_be_visible()
    for name in re.findall("KerasLayer|[Ee]stimator", call):
        expect(page.locator("#answer pre").first).to_contain_text(name)


def test_a_call_that_breaks_is_answered_with_its_cause_and_not_with_another_call_that_works(open_page: Open) -> None:
    page = open_page()
    page.locator("#say").fill("model = tf.keras.Sequential([hub.KerasLayer(url, trainable=True)])\nmodel.fit(x, y)")
    expect(page.locator("#answer h2")).to_have_text("Keras 3 refuses hub.KerasLayer")
    expect(page.locator("#answer pre").first).to_contain_text("model.fit(")
    page.get_by_text("What works on TensorFlow 2.21").click()
    expect(page.locator("#answer details[open] pre").first).to_be_visible()


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


@pytest.mark.parametrize(
    ("pasted", "pin"),
    [
        ("TypeError: Descriptors cannot be created directly.\nIf this call came from a _pb2.py file", "protobuf<3.21"),
        ("TypeError: Descriptors cannot\n not be created directly", "protobuf<3.21"),
        ("ModuleNotFoundError: No module named 'pandas'", ""),
        ("TypeError: Unable to convert function return value to a Python type! The signature was", "numpy<2"),
        ("AttributeError: 'str' object has no attribute 'decode'", "h5py<3"),
        ("ModuleNotFoundError: No module named 'pkg_resources'", "setuptools<81"),
    ],
)
def test_an_error_of_an_unpinned_installation_is_answered_with_the_pin(open_page: Open, pasted: str, pin: str) -> None:
    page = open_page()
    page.locator("#say").fill(pasted)
    answer = page.locator("#answer")
    if pin:
        expect(answer.locator("h2").first).to_have_text(f"A package is too new for this TensorFlow: install {pin}")
        expect(answer.get_by_role("button", name="Copy the installation")).to_be_visible()
    else:
        expect(answer).not_to_contain_text("A package is too new")
