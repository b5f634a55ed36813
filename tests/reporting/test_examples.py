"""The generated models that failed stay on the disk, whatever later runs find."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest

from conformance.claims.catalogue import PAGE_FILE, Catalogue, load_claims
from conformance.reporting.examples import EXAMPLES, FailingExample, failing_examples, with_those_kept
from conformance.reporting.writing import write_reports
from conformance.results import Results
from tests.reporting.sample import full_run

FAILED = "fails for Blueprint(signature='serve', batches=(0,))"


@pytest.fixture(scope="module")
def claims() -> Catalogue:
    return load_claims(PAGE_FILE)


@pytest.fixture(scope="module")
def clean(claims: Catalogue) -> Results:
    return full_run(claims)


def failing(results: Results, note: str = FAILED) -> Results:
    first = msgspec.structs.replace(results.observations[0], notes=("something else", note))
    return msgspec.structs.replace(results, observations=(first, *results.observations[1:]))


def test_a_failing_example_is_found_with_how_to_see_it_again(clean: Results) -> None:
    first = clean.observations[0]
    assert list(failing_examples(failing(clean))) == [
        FailingExample(
            "Blueprint(signature='serve', batches=(0,))", first.probe, first.cell, clean.run.finished, first.reproduce
        )
    ]


def test_it_is_kept_once_and_stays_when_it_no_longer_fails(clean: Results, tmp_path: Path) -> None:
    path = tmp_path / EXAMPLES
    for results in (failing(clean), failing(clean), clean, failing(clean, FAILED + "2")):
        path.write_bytes(with_those_kept(path, results))
    examples = [msgspec.json.decode(line)["example"] for line in path.read_bytes().splitlines()]
    assert examples == ["Blueprint(signature='serve', batches=(0,))", "Blueprint(signature='serve', batches=(0,))2"]


def test_a_damaged_line_is_left_as_it_is(clean: Results, tmp_path: Path) -> None:
    path = tmp_path / EXAMPLES
    path.write_bytes(b'{"example": \n')
    assert with_those_kept(path, failing(clean)).startswith(b'{"example": \n{"example":"Blueprint')


def test_it_lies_beside_the_reports_only_where_there_is_one(clean: Results, claims: Catalogue, tmp_path: Path) -> None:
    write_reports(clean, claims, tmp_path)
    assert not (tmp_path / EXAMPLES).exists()
    write_reports(failing(clean), claims, tmp_path)
    write_reports(clean, claims, tmp_path)
    assert len((tmp_path / EXAMPLES).read_bytes().splitlines()) == 1
