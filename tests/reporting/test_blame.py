"""Whose doing a deviation is, shown by swapping one package at a time."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from conformance.cells import axis_of, cells_of
from conformance.claims.catalogue import Catalogue
from conformance.environments.catalogue import Releases
from conformance.reporting.blame import Evidence, evidence_for, together
from conformance.results import VerdictRow
from conformance.words import Package, Verdict
from tests.reporting import sample

Seen = Callable[..., Evidence]

HUB_OLD, HUB_NEW = "tf2.15-hub0.15-tf1-compat", "tf2.15-hub0.16-tf1-compat"
KERAS3, LEGACY = "tf2.16-hub0.16-tf1-compat-keras3", "tf2.16-hub0.16-tf1-compat-legacy"
NEXT_LEGACY = "tf2.17-hub0.16-tf1-compat-legacy"


@pytest.fixture
def seen(claims: Catalogue, releases: Releases) -> Seen:
    """The evidence where one claim agrees in some cells, contradicts in others and stays open in the rest."""

    def evidence(
        *, holds: tuple[str, ...] = (), deviates: tuple[str, ...] = (), open: tuple[str, ...] = ()
    ) -> Evidence:
        rows: list[VerdictRow] = []
        for cells, verdict in (
            (holds, Verdict.AGREES),
            (deviates, Verdict.CONTRADICTS),
            (open, Verdict.INCONCLUSIVE),
        ):
            rows += [sample.verdict(releases.cell(cell), claims.claims[0], verdict=verdict) for cell in cells]
        there = [releases.cell(row.cell) for row in rows]
        axis = axis_of(cells_of(sample.results(there, [sample.setting(cell) for cell in there])))
        return evidence_for([row for row in rows if row.verdict is Verdict.CONTRADICTS], rows, axis)

    return evidence


@pytest.mark.parametrize(
    ("holds", "deviates", "points_at", "says"),
    [
        ((HUB_OLD,), (HUB_NEW,), Package.HUB, "it holds with tensorflow_hub 0.15.0, in the one cell"),
        ((LEGACY,), (KERAS3,), Package.KERAS, "it holds with TF_USE_LEGACY_KERAS=1"),
        ((HUB_NEW,), (LEGACY,), Package.TENSORFLOW, "it holds with TensorFlow 2.15.1"),
        ((NEXT_LEGACY,), (LEGACY,), Package.TENSORFLOW, "it holds with TensorFlow 2.17.1"),  # healed since
    ],
)
def test_the_swap_that_mends_a_deviation_points_at_its_package(
    seen: Seen, holds: tuple[str, ...], deviates: tuple[str, ...], points_at: Package, says: str
) -> None:
    evidence = seen(holds=holds, deviates=deviates)
    assert evidence.points_at == (points_at,)
    assert says in evidence.sentence


def test_where_two_things_changed_at_once_neither_is_blamed(seen: Seen) -> None:
    """From 2.15 to Keras 3 on 2.16 both TensorFlow and Keras change; from hub 0.15 as well."""
    assert seen(holds=(HUB_NEW, HUB_OLD), deviates=(KERAS3,)) == Evidence()
    assert seen(holds=("tf2.14-hub0.16-tf2",), deviates=(HUB_NEW,)) == Evidence()  # another mode, another column


def test_a_swap_in_vain_is_reported_as_well(seen: Seen) -> None:
    removed = seen(holds=(HUB_NEW,), deviates=(KERAS3, LEGACY))
    assert removed.points_at == (Package.TENSORFLOW,)
    assert removed.sentence.endswith("Swapping Keras alone does not.")
    assert seen(deviates=(KERAS3, LEGACY)).sentence == "Swapping Keras alone does not fix it."


def test_where_no_other_hub_is_available_the_nearest_release_with_one_decides(
    claims: Catalogue, releases: Releases
) -> None:
    def row(cell: str, verdict: Verdict) -> VerdictRow:
        return sample.verdict(releases.cell(cell), claims.claims[0], verdict=verdict)

    rows = [row(HUB_OLD, Verdict.AGREES), row(HUB_NEW, Verdict.CONTRADICTS)]
    rows += [row(cell, Verdict.CONTRADICTS) for cell in (KERAS3, LEGACY)]
    cells = [releases.cell(row.cell) for row in rows]
    axis = axis_of(cells_of(sample.results(cells, [sample.setting(cell) for cell in cells])))
    evidence = evidence_for(rows[2:], rows, axis)
    assert evidence.points_at == (Package.HUB,)
    assert evidence.sentence == (
        "No other tensorflow_hub can be installed here; on TensorFlow 2.15.1, where one can, swapping it alone fixes "
        "it: "
        "it holds with tensorflow_hub 0.15.0. Swapping Keras alone does not."
    )
    assert together([evidence, evidence]).sentence == evidence.sentence


def test_what_stayed_open_says_nothing(seen: Seen) -> None:
    assert seen(deviates=(KERAS3,), open=(LEGACY,)) == Evidence()


def test_claims_of_one_cause_are_mended_together_only_where_each_of_them_is(seen: Seen) -> None:
    fixed, not_fixed = seen(holds=(LEGACY,), deviates=(KERAS3,)), seen(deviates=(KERAS3, LEGACY))
    assert together([fixed, fixed]).points_at == (Package.KERAS,)
    both = together([fixed, not_fixed])
    assert both.points_at == ()
    assert both.sentence == "Swapping Keras alone does not fix it."
