"""Three people who see the report for the first time are answered within two actions, at a desk and on a phone."""

from __future__ import annotations

from playwright.sync_api import ViewportSize, expect

from tests.browser.conftest import SIZES, Open

# Real texts of real environments, as people paste them, and what tells that the answer is the right one.
ERRORS = {
    "module": ("AttributeError: module 'tensorflow_hub' has no attribute 'Module'", "hub.Module"),
    "spec": (
        'Traceback (most recent call last):\n  File "/home/me/train.py", line 12, in <module>\n'
        "    spec = hub.create_module_spec(module_fn)\n"
        "AttributeError: module 'tensorflow_hub' has no attribute 'create_module_spec'",
        "That makes a model in the TF1 Hub format",
    ),
    "fine-tuned module": (
        '  File "train.py", line 3, in <module>\n    m = hub.Module(url, trainable=True)\n'
        "AttributeError: module 'tensorflow_hub' has no attribute 'Module'",
        "That fine-tunes a model in the TF1 Hub format",
    ),
    "estimator": (
        "AttributeError: module 'tensorflow._api.v2.compat.v1' has no attribute 'estimator'",
        "TensorFlow 2.16 removed Estimator",
    ),
    "sequential": (
        "ValueError: Only instances of `keras.Layer` can be added to a Sequential model. Received: "
        "<tensorflow_hub.keras_layer.KerasLayer object at 0x7f1d3c0b5d50> (of type "
        "<class 'tensorflow_hub.keras_layer.KerasLayer'>)",
        "TF_USE_LEGACY_KERAS=1",
    ),
    "sequential, cut": ("Only instances of `keras.Layer` can be added to a Sequential model", "Keras 3 refuses"),
    "trainable": (
        "ValueError: Setting hub.KerasLayer.trainable = True is unsupported when loading from the TF1 Hub format.",
        "A TF1 Hub model cannot be fine-tuned in TF2",
    ),
    "not callable": (
        "TypeError: '_UserObject' object is not callable",
        'm.signatures["serving_default"](left=x, right=y)',
    ),
    "module not callable": ("TypeError: 'AutoTrackable' object is not callable", 'signatures["default"](x)["default"]'),
    "feature column": (
        "AttributeError: module 'tensorflow_hub' has no attribute 'text_embedding_column'",
        "tensorflow_hub 0.16 removed hub.Module",
    ),
    "in a log": (
        "2026-11-23 10:00:01.2 ERROR worker-3 AttributeError: module 'tensorflow_hub' has no attribute 'Module'",
        "TF1 Hub format",
    ),
    "estimator import": (
        "ImportError: cannot import name 'estimator' from 'tensorflow.compat.v1'",
        "TensorFlow 2.16 removed Estimator",
    ),
    "meta graphs": (
        "RuntimeError: Exporting/importing meta graphs is not supported when eager execution is enabled. "
        "No graph exists when eager execution is enabled.",
        "Nearest release in which it works as promised, for creation: TensorFlow 2.15",
    ),
}


@SIZES
def test_the_maintainer_sees_without_a_click_what_broke_whose_doing_it_is_and_where_it_is_discussed(
    open_page: Open, size: ViewportSize
) -> None:
    page = open_page(size=size)
    first = page.locator(".now tbody tr").first
    for part in (".since", ".by-whom", ".by-whom a"):
        expect(first.locator(part).first).to_be_in_viewport()
    page.locator(".now").get_by_role("link", name="Evidence that this does not hold").first.click()  # one action
    expect(page.locator("#count")).to_contain_text("observations match")
    page.locator(".observation summary").first.click()  # two
    expect(page.locator(".observation pre", has_text="nox -s").first).to_be_visible()


@SIZES
def test_the_publisher_finds_where_each_format_works_and_a_badge_to_embed(open_page: Open, size: ViewportSize) -> None:
    page = open_page(size=size)
    page.get_by_role("link", name="Publish").click()
    row = page.locator(".formats tbody tr", has_text="TF2 SavedModel")
    expect(row).to_be_in_viewport()
    expect(row).to_contain_text("Works since 1.15")
    row.get_by_text("Embed it").click()
    expect(row.locator("pre")).to_contain_text("badges/format-tf2-savedmodel.json")


@SIZES
def test_the_stuck_engineer_pastes_an_error_and_is_answered(open_page: Open, size: ViewportSize) -> None:
    page = open_page(size=size)
    answer = page.locator("#answer")
    for case, (pasted, right) in ERRORS.items():
        page.locator("#say").fill("")
        expect(answer.locator("h2"), case).to_have_count(0)
        page.locator("#say").fill(pasted)  # one action
        expect(answer.locator("h2"), case).to_be_in_viewport()
        expect(answer, case).to_contain_text(right)
        expect(answer, case).not_to_contain_text("Not known")
        expect(page.locator("#tables article.claim").first).to_be_attached()  # nothing else is blanked
        assert page.evaluate("document.documentElement.scrollWidth") <= size["width"], case
