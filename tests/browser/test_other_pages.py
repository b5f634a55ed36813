"""The pages of a candidate, an exchange and the corpus are accessible, and as wide as the screen."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest
from playwright.sync_api import ViewportSize, expect

from conformance.environments.catalogue import Releases
from conformance.evidence import Error
from conformance.exchange.causes import Causes
from conformance.exchange.promises import load_promises
from conformance.exchange.result import ExchangeEvidence, ExchangeResult, result_of
from conformance.exchange.store import Store, classes_of
from conformance.fixtures import FIXTURES
from conformance.own_models.unlike import corpus_differences
from conformance.reporting.candidate_report import render_page
from conformance.reporting.exchange_report import exchange_page
from conformance.reporting.own_model import corpus_files
from conformance.words import Keras, Mode, Outcome
from tests.browser.conftest import Open, Scheme
from tests.browser.test_accessibility import LOOKS, violations
from tests.candidate.fakes import BOTH, Trials
from tests.exchange.test_result import ABOUT, manifest, record, without
from tests.judging.cases import NIGHTLY, expectation
from tests.own_models.making import REFUSED
from tests.own_models.test_corpus import report

LONG = "a_name_without_any_space_" * 12


def candidate_page(error: str) -> str:
    """Broken, known, mended and unclear probes, and an environment that the candidate cannot be installed in."""
    trials = Trials()
    trials.cells = (*BOTH, NIGHTLY)
    trials.expectations = [expectation()]
    trials.driver.before = {"three": Outcome.FAILED}
    trials.driver.after = {"one": Outcome.FAILED, "two": Outcome.TIMED_OUT}
    result = trials.run().result
    findings = tuple(msgspec.structs.replace(one, error=error, evidence=error) for one in result.findings)
    assert findings
    return render_page(msgspec.structs.replace(result, findings=findings))


def exchange_of_all_releases(releases: Releases, folder: Path) -> ExchangeResult:
    """A model that each release makes, and that those before 2.12 refuse if it was made with 2.12 or later."""
    store = Store(folder)
    store.path("sha256:m").symlink_to(FIXTURES / "tf2-dense" / "model")
    cells = [cell for cell in releases.cells if cell.mode is Mode.TF2 and cell.keras is not Keras.LEGACY]
    names = [cell.id for cell in cells]
    late = names[next(number for number, name in enumerate(names) if name.startswith("tf2.12")) :]
    manifests = [manifest(name, "form:late" if name in late else "form:early") for name in names]
    models = classes_of(manifests, names)
    refused = Error("tensorflow.NotFoundError", f"Op type not registered 'MatMul' in binary {LONG}", "tensorflow")
    records = []
    for name in names:
        refuses = [] if name in late else [model.id for model in models if model.form == "form:late"]
        uses = {
            model.id: (Outcome.FAILED, refused) if model.id in refuses else (Outcome.WORKS, None) for model in models
        }
        records.append(record(name, {f"consume.values[{model}]": use for model, use in uses.items()}))
    evidence = ExchangeEvidence(tuple(cells), tuple(records), models, tuple(manifests))
    return result_of(evidence, load_promises(), Causes(store, without("MatMul", "2.4")), ABOUT)


def corpus_page(releases: Releases, name: str) -> str:
    """A real model that behaves unlike its fixture, and one that behaves like it."""
    fixture, like = (report(releases, each, call=Outcome.WORKS, tune_by_fit=REFUSED) for each in ("tf2-dense", "like"))
    unlike = report(releases, name, call=REFUSED, tune_by_fit=REFUSED)
    return corpus_files([like, unlike], corpus_differences([(like, fixture), (unlike, fixture)]))[
        "corpus.html"
    ].decode()


@pytest.fixture(params=["candidate", "exchange", "corpus"])
def file(request: pytest.FixtureRequest, releases: Releases, tmp_path: Path) -> Path:
    """Each page, with words in it that are wider than a phone's screen."""
    pages = {
        "candidate": lambda: candidate_page(f"ValueError: {LONG}"),
        "exchange": lambda: exchange_page(exchange_of_all_releases(releases, tmp_path)),
        "corpus": lambda: corpus_page(releases, LONG[:80]),
    }
    path = tmp_path / "page.html"
    path.write_text(pages[request.param](), encoding="utf-8")
    return path


@LOOKS
def test_each_is_accessible_and_fits(open_page: Open, file: Path, size: ViewportSize, scheme: Scheme) -> None:
    page = open_page(ready="h1", file=file, size=size, scheme=scheme)
    page.evaluate("for (const part of document.querySelectorAll('details')) part.open = true")

    found = violations(page)
    page.screenshot(path=file.with_suffix(".png"), full_page=True)
    assert (found, page.evaluate("document.documentElement.scrollWidth")) == ([], size["width"])


def test_made_with_one_used_in_another_is_answered_by_the_keyboard_alone(
    open_page: Open, releases: Releases, tmp_path: Path
) -> None:
    file = tmp_path / "exchange.html"
    file.write_text(exchange_page(exchange_of_all_releases(releases, tmp_path)), encoding="utf-8")
    page = open_page(ready="h1", file=file)

    page.get_by_label("made with").press_sequentially("2.15")
    page.get_by_label("used in").press_sequentially("2.4")
    expect(page.locator("#said")).to_contain_text("It works there if 2.11 makes it")
    page.get_by_label("used in").press("End")
    expect(page.locator("#said")).not_to_contain_text("not")
    assert page.url.endswith("#role=tf2-dense&made=2.15&used=nightly")
