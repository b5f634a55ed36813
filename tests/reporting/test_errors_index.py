from __future__ import annotations

from conformance.claims.catalogue import Catalogue
from conformance.environments.catalogue import Releases
from conformance.evidence import Error
from conformance.reporting.errors_index import SHORT_MESSAGE, TRACEBACK_LIMIT, ErrorIndex, within
from tests.reporting import sample


def index_of(releases: Releases, claims: Catalogue, *errors: Error) -> ErrorIndex:
    cells = [releases.cell("tf2.15-hub0.16-tf2"), releases.cell("tf2.14-hub0.16-tf2")]
    return ErrorIndex(
        sample.observation(cells[number % 2], claims.claims[0], error=error) for number, error in enumerate(errors)
    )


def test_errors_that_differ_only_in_what_varies_are_shown_once(releases: Releases, claims: Catalogue) -> None:
    one = Error("ValueError", "object at 0x7f00aa in /tmp/a1/cells/x/file.py: layer_7", "keras", "first")
    same = Error("ValueError", "object at 0x7f11bb in /tmp/b2/cells/y/file.py: layer_9", "keras", "second")
    other = Error("ValueError", "another text", "keras")
    index = index_of(releases, claims, one, same, other)
    assert index.id_of(one) == index.id_of(same) != index.id_of(other)
    first = index.entries()[0]
    assert (first.count, first.traceback, len(first.cells)) == (2, "first", 2)


def test_a_long_traceback_keeps_its_end_and_says_that_it_was_shortened(releases: Releases, claims: Catalogue) -> None:
    index = index_of(releases, claims, Error("E", "m", "hub", "start" + "x" * TRACEBACK_LIMIT + "end"))
    (entry,) = index.entries()
    assert entry.shortened
    assert entry.traceback.endswith("end")
    assert len(entry.traceback) == TRACEBACK_LIMIT


def test_too_many_errors_are_reported_in_short_but_for_the_most_frequent(releases: Releases, claims: Catalogue) -> None:
    rare = [Error("E", f"{letter} " + "m" * 400, "hub", "t" * 1_000) for letter in "abc"]
    often = Error("E", "often " + "m" * 400, "hub", "t" * 1_000)
    entries = index_of(releases, claims, *rare, often, often).entries()
    assert within(entries) == entries
    shown = within(entries, 4 * SHORT_MESSAGE + 1_500)
    assert [entry.id for entry in shown] == [entry.id for entry in entries]
    assert [bool(entry.traceback) for entry in shown] == [False, False, False, True]
    assert {len(entry.message) for entry in shown if entry.shortened} == {SHORT_MESSAGE}
