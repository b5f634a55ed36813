"""Where what was observed of a model is not what its files let expect."""

from __future__ import annotations

from typing import Any

import pytest

from conformance.environments.catalogue import Releases
from conformance.evidence import Record
from conformance.inspecting.inspection import KnownOfRelease
from conformance.inspecting.loading import Loads
from conformance.own_models.contradictions import Contradiction, contradictions
from conformance.own_models.results import tried
from conformance.running.enclosure import Enclosure
from conformance.words import Outcome
from tests.own_models.making import KERAS3, LAST, OLD, REFUSED, observed, record

WORKS = Outcome.WORKS
LOADER = {"loads": Loads.IN_PART, "only_in_session": True}


def answer(release: str, loads: Loads = Loads.NOTHING_AGAINST, refused: bool = False, **more: Any) -> KnownOfRelease:
    return KnownOfRelease(release=release, tensorflow="", loads=loads, obstacles=(), refused=refused, **more)


def found(releases: Releases, answers: dict[str, dict[str, Any]], *records: Record) -> tuple[Contradiction, ...]:
    trial = tried(observed(releases, *records), "2.15.0", {}, "--quick", Enclosure.LIMITS)
    return contradictions(
        trial, [answer(release, **{"loads": Loads.NOTHING_AGAINST} | what) for release, what in answers.items()]
    )


def test_what_was_said_to_load_and_does_not_is_said_once_for_all_such_releases(releases: Releases) -> None:
    [one] = found(releases, {"1.15": {}, "2.15": {}}, record(OLD, keras_layer=REFUSED), record(LAST, call=REFUSED))

    assert one.releases == ("1.15", "2.15")
    assert one.sentence(("1.15", "2.0", "2.15")) == (
        "In 1.15, 2.15, by its files it can load, and yet no call of it works (ValueError: Only instances of"
        " `keras.Layer` can be added to a Sequential model.)."
    )


@pytest.mark.parametrize("said", [{"loads": Loads.NO}, {"refused": True}])
def test_what_was_said_not_to_load_and_does(said: dict[str, Any], releases: Releases) -> None:
    [one] = found(releases, {"2.15": said}, record(LAST, call=WORKS, signature=REFUSED))

    assert (one.expected, one.seen) == ("it cannot load", "hub.load(model)(...) loads it")


def test_what_only_the_loader_was_said_to_load(releases: Releases) -> None:
    [one] = found(releases, {"2.15": LOADER}, record(LAST, call=WORKS))
    assert one.expected == "only tf.compat.v1.saved_model.loader can load it"
    assert found(releases, {"1.15": LOADER}, record(OLD, loader=WORKS, graph_load=REFUSED)) == ()


def test_where_both_agree_or_nothing_was_seen_nothing_is_said(releases: Releases) -> None:
    answers: dict[str, dict[str, Any]] = {"1.15": {"loads": Loads.NO}, "2.15": {}, "2.21": {}}
    blocked = record(KERAS3, call=Outcome.BLOCKED, signature=REFUSED)
    records = record(OLD, keras_layer=REFUSED), record(LAST, call=WORKS), blocked
    assert found(releases, answers, *records) == ()
    assert found(releases, {"2.15": {}}, record(LAST, call=Outcome.WRONG_VALUES)) == ()
    assert found(releases, {"2.15": {"loads": Loads.IN_PART}}, record(LAST, call=REFUSED)) == ()
