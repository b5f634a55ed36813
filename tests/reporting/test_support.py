"""support.json: intervals that machines read, as its published schema says."""

from __future__ import annotations

import jsonschema
import msgspec
import pytest

from conformance.claims.catalogue import Catalogue
from conformance.environments.catalogue import Releases
from conformance.json_file import json_schema
from conformance.reporting.model import Report, build_report
from conformance.reporting.support import SCHEMA, Support, SupportedSetting, support_of
from conformance.reporting.timeline import MarkState
from conformance.words import Package, Source
from tests.reporting import sample


@pytest.fixture(scope="module")
def support(report: Report) -> Support:
    return support_of(report)


def settings_of(support: Support, claim: str, way: str = "") -> dict[tuple[str, str], SupportedSetting]:
    return {(each.hub, each.keras): each for each in support.claims[claim].support if each.way == way}


def test_what_is_written_follows_the_published_schema(support: Support) -> None:
    plain = msgspec.json.decode(msgspec.json.encode(support))
    jsonschema.validate(plain, json_schema(Support, SCHEMA))
    assert plain["schema"] == SCHEMA
    assert msgspec.json.decode(msgspec.json.encode(plain), type=Support) == support


@pytest.mark.parametrize("defect", [{"schema": "support/0"}, {"claims": 3}, {"surprise": True}])
def test_what_does_not_follow_it_is_refused(support: Support, defect: dict[str, object]) -> None:
    plain = {**msgspec.json.decode(msgspec.json.encode(support)), **defect}
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(plain, json_schema(Support, SCHEMA))


def test_an_interval_that_reaches_the_newest_release_has_no_end(support: Support) -> None:
    default = settings_of(support, "tf2-savedmodel.fine-tune.tf1.estimator")["", "default"]
    held, broken = default.intervals
    assert (held.first, held.last, held.state) == ("1.15", "2.15", MarkState.AGREES)
    assert (broken.first, broken.last, broken.state) == ("2.16", None, MarkState.CONTRADICTS)
    assert (broken.expectation, broken.blame) == ("estimator-removed", Package.TENSORFLOW)
    assert broken.cause == sample.ESTIMATOR_GONE.reason
    assert broken.releases[0] == "2.16"
    assert broken.releases[-1] == "nightly"
    assert all(cell.endswith("-keras3") for cell in broken.cells)


def test_hub_lines_and_keras_flavours_have_their_own_intervals_where_they_differ(support: Support) -> None:
    hubs = settings_of(support, "tf1-hub.load.tf1.module")
    assert set(hubs) == {("<0.16", "default"), (">=0.16", "")}
    assert [each.state for each in hubs["<0.16", "default"].intervals] == [MarkState.AGREES]
    flavours = settings_of(support, "tf2-savedmodel.fine-tune.tf1.fit")
    assert {keras for _, keras in flavours} == {"default", "legacy"}


def test_what_to_do_instead_is_there_where_it_is_proved(support: Support) -> None:
    (broken,) = settings_of(support, "tf1-hub.load.tf1.module")[">=0.16", ""].intervals
    assert broken.instead == ("Stay on tensorflow_hub 0.15.",)


def test_each_claim_leads_to_its_evidence(support: Support) -> None:
    for claim_id, claim in support.claims.items():
        assert claim.evidence == f"index.html#claim-{claim_id}"
        assert claim.source is Source.PAGE


def test_companions_are_there_and_say_whose_they_are(claims: Catalogue, releases: Releases) -> None:
    both = sample.with_companion(claims)
    cell = releases.cell("tf2.15-hub0.15-tf1-compat")
    run = sample.results([cell], [sample.setting(cell)], verdicts=[sample.verdict(cell, both.claims[-1])])
    companion = support_of(build_report(run, both)).claims[both.claims[-1].id]
    assert (companion.source, companion.reference) == (Source.GUIDE, "tf1_hub_module")
    assert companion.support[0].intervals[0].first == "2.15"
