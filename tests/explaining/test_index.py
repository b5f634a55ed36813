from __future__ import annotations

import msgspec

from conformance.claims.catalogue import Catalogue
from conformance.environments.catalogue import Releases
from conformance.evidence import Error
from conformance.explaining.explain import Explainer
from conformance.explaining.index import Entry, index_of, places_of
from conformance.results import ObservationRow
from conformance.words import Outcome
from tests.reporting import sample

REFUSAL = Error("ValueError", "Unknown signature absent in /tmp/a1/model (available: serving)", "tensorflow_hub")
MISSING = Error("AttributeError", "module 'tensorflow_hub' has no attribute 'Module'", "tensorflow_hub")
OTHER = Error("AttributeError", "module 'tensorflow_hub' has no attribute 'load_module_spec'", "tensorflow_hub")
OURS = Error("conformance.inside.probe.WrongValues", "got 1, expected 2", "probe")


def index(releases: Releases, claims: Catalogue, **errors: tuple[Error | None, tuple[Error, ...]]) -> list[Entry]:
    cells = [releases.cell("tf2.14-hub0.16-tf2"), releases.cell("tf2.15-hub0.16-tf2")]
    rows: list[ObservationRow] = [
        sample.observation(cell, claims.claims[0], probe=probe, error=error, errors_met=met, outcome=Outcome.FAILED)
        for cell in cells
        for probe, (error, met) in errors.items()
    ]
    results = sample.results(cells, [sample.setting(cell) for cell in cells], rows)
    return list(index_of(results, places_of(claims)))


def test_each_error_has_one_entry_whichever_way_it_was_met(releases: Releases, claims: Catalogue) -> None:
    again = msgspec.structs.replace(REFUSAL, message=REFUSAL.message.replace("/tmp/a1", "/home/b2"))
    found = index(releases, claims, a=(None, (REFUSAL,)), b=(again, ()), c=(MISSING, (OTHER,)), d=(OURS, ()))
    assert [entry.text for entry in found] == [
        "ValueError: Unknown signature absent in <path> (available: serving)",
        "AttributeError: module 'tensorflow_hub' has no attribute 'load_module_spec'",
        "AttributeError: module 'tensorflow_hub' has no attribute 'Module'",
    ]
    assert set(found[0].probes) == {"a", "b"}
    assert found[0].origins == ("tensorflow_hub",)
    assert [(met.where, met.releases) for met in found[0].met] == [("TF2, hub 0.16", "since 2.14")]


def test_names_in_quotes_decide_between_texts_that_are_alike_but_for_them(
    releases: Releases, claims: Catalogue
) -> None:
    explainer = Explainer(index(releases, claims, a=(MISSING, (OTHER,)), b=(REFUSAL, ())))
    match = explainer.explain("module 'tensorflow_hub' has no attribute 'load_module_spec'").match
    assert match is not None
    assert match.text.endswith("'load_module_spec'")


def test_nothing_known_names_the_nearest(releases: Releases, claims: Catalogue) -> None:
    explanation = Explainer(index(releases, claims, a=(MISSING, ()))).explain("no attribute 'placeholder' here")
    assert explanation.match is None
    assert [entry.text for entry in explanation.nearest] == [f"AttributeError: {MISSING.message}"]
    assert Explainer([]).explain("anything").nearest == ()
