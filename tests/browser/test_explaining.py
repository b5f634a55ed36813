"""The page's script knows the errors that Python knows, with the very same scores."""

from __future__ import annotations

from playwright.sync_api import Browser, expect

from conformance.claims.catalogue import Catalogue
from conformance.explaining import payload
from conformance.explaining.explain import Explainer
from conformance.explaining.index import all_stated, index_of
from conformance.results import Results
from tests.browser.conftest import Open
from tests.explaining import pasted

ASK = """([data, texts]) => {
  const explain = explainer(data);
  return texts.map((text) => {
    const { match, doubt, score, nearest } = explain(text);
    return [match && match.text, doubt, score, nearest.map((entry) => entry.text)];
  });
}"""


def test_script_and_python_come_to_the_same(chromium: Browser) -> None:
    entries = pasted.index()
    texts = [*pasted.everything(), *(error for entry in entries for error in (entry.text, entry.text[40:160])), "", "?"]
    page = chromium.new_page()
    page.add_script_tag(path=payload.SCRIPT)
    found = page.evaluate(ASK, [payload.payload(entries), texts])
    explainer = Explainer(entries)
    expected = []
    for text in texts:
        one = explainer.explain(text)
        expected.append([one.match and one.match.text, one.doubt, one.score, [entry.text for entry in one.nearest]])
    assert found == expected


def test_the_page_finds_a_pasted_error(open_page: Open, full_matrix: Results, claims: Catalogue) -> None:
    text = "AttributeError: module 'tensorflow_hub' has no attribute 'create_module_spec'"
    expected = Explainer(index_of(full_matrix, all_stated(claims))).explain(text).match
    assert expected is not None
    page = open_page()
    page.locator("#say").fill(text)
    page.get_by_text("Where the probes met it").click()
    expect(page.locator("#answer pre", has_text=expected.text)).to_be_visible()
    expect(page.locator("#answer")).to_contain_text(expected.met[0].where)
