"""The generated models that failed stay on the disk, whatever later runs find."""

from __future__ import annotations

from pathlib import Path

import msgspec

from conformance.claims.catalogue import Catalogue
from conformance.reporting.examples import EXAMPLES, FailingExample, failing_examples, with_those_kept
from conformance.reporting.writing import write_reports
from conformance.results import Results

FAILED = "fails for Blueprint(signature='serve', batches=(0,))"


def failing(results: Results, note: str = FAILED) -> Results:
    first = msgspec.structs.replace(results.observations[0], notes=("something else", note))
    return msgspec.structs.replace(results, observations=(first, *results.observations[1:]))


def test_a_failing_example_is_found_with_how_to_see_it_again(full_run: Results) -> None:
    first, ended = full_run.observations[0], full_run.run.finished
    example = "Blueprint(signature='serve', batches=(0,))"
    assert list(failing_examples(failing(full_run))) == [
        FailingExample(example, first.probe, first.cell, ended, first.reproduce)
    ]


def test_it_is_kept_once_and_stays_when_it_no_longer_fails(full_run: Results, tmp_path: Path) -> None:
    path = tmp_path / EXAMPLES
    for results in (failing(full_run), failing(full_run), full_run, failing(full_run, FAILED + "2")):
        path.write_bytes(with_those_kept(path, results))
    examples = [msgspec.json.decode(line)["example"] for line in path.read_bytes().splitlines()]
    assert examples == ["Blueprint(signature='serve', batches=(0,))", "Blueprint(signature='serve', batches=(0,))2"]


def test_a_damaged_line_is_left_as_it_is(full_run: Results, tmp_path: Path) -> None:
    path = tmp_path / EXAMPLES
    path.write_bytes(b'{"example": \n')
    assert with_those_kept(path, failing(full_run)).startswith(b'{"example": \n{"example":"Blueprint')


def test_it_lies_beside_the_reports_where_there_is_one(full_run: Results, claims: Catalogue, tmp_path: Path) -> None:
    write_reports(full_run, claims, tmp_path)
    assert not (tmp_path / EXAMPLES).exists()
    write_reports(failing(full_run), claims, tmp_path)
    write_reports(full_run, claims, tmp_path)
    assert len((tmp_path / EXAMPLES).read_bytes().splitlines()) == 1
