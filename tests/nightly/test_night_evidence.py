"""Evidence that a night lacks, and nights as the history keeps them."""

from __future__ import annotations

import hashlib
import lzma
import re

import pytest

from conformance.errors import ExitCode
from conformance.history.retracing import retrace
from conformance.history.today import Today
from conformance.judging.judge import Rules
from conformance.night import Status, exit_code
from conformance.words import Outcome
from tests.judging.cases import CLAIMS, expecting
from tests.nightly.fakes import (
    CANDIDATE,
    FIRST,
    NIGHTLY,
    ONE,
    REFERENCE,
    RELEASES,
    SECOND,
    THIRD,
    Defect,
    Nights,
    only_finding,
)


@pytest.mark.parametrize("defect", [Defect.INDEX_UNREACHABLE, Defect.NO_SOLUTION])
def test_without_a_resolution_the_night_is_incomplete_and_the_release_is_measured(
    nights: Nights, defect: Defect
) -> None:
    nights.run(FIRST)
    nights.driver.defects.add(defect)

    done = nights.run(SECOND)

    assert exit_code(done.night) is ExitCode.INCOMPLETE
    assert {one.cell for one in done.night.unmeasured} == set(done.night.reference)
    assert {one.last for one in done.night.unmeasured} == {FIRST}
    assert {row.cell for row in done.results.observations} == {REFERENCE}
    assert done.night.findings == ()


def test_a_cell_is_compared_with_the_last_night_that_measured_it(nights: Nights) -> None:
    nights.driver.outcomes[ONE] = Outcome.FAILED
    nights.run(FIRST)
    nights.driver.unavailable[NIGHTLY] = "tensorflow does not import."
    assert exit_code(nights.run(SECOND).night) is ExitCode.INCOMPLETE
    nights.driver.unavailable.clear()

    night = nights.run(THIRD).night

    assert (night.previous[NIGHTLY], night.previous[CANDIDATE]) == (FIRST, SECOND)
    assert (only_finding(night).status, only_finding(night).since) == (Status.STANDING, FIRST)


def test_an_interrupted_night_reports_what_it_has(nights: Nights) -> None:
    nights.driver.defects.add(Defect.INTERRUPTED_MEASURING)

    night = nights.run(FIRST).night

    assert exit_code(night) is ExitCode.INCOMPLETE
    assert {one.reason for one in night.unmeasured} == {"no record"}
    assert night.plain.seen.unobserved == "the night was interrupted"
    assert nights.driver.repeated == []


def test_an_install_that_was_interrupted_is_not_observed(nights: Nights) -> None:
    nights.driver.defects.add(Defect.INTERRUPTED_INSTALLING)

    assert nights.run(FIRST).night.plain.seen.unobserved == "the night was interrupted"


def test_a_damaged_night_is_passed_over_and_named(nights: Nights) -> None:
    nights.run(FIRST)
    nights.run(SECOND)
    (damaged,) = nights.history.folder.glob(f"*.{SECOND}.*")
    damaged.write_bytes(damaged.read_bytes()[:-20])

    night = nights.run(THIRD).night

    assert set(night.previous.values()) == {FIRST}
    assert any(damaged.name in line for line in nights.noted)
    assert damaged.exists()


def test_a_night_comes_back_as_it_was_whatever_it_observed(nights: Nights) -> None:
    nights.driver.defects.add(Defect.INTERRUPTED_MEASURING)
    whole, empty = nights.run(FIRST).night, nights.run(SECOND, only=(CANDIDATE,)).night

    assert [stored.night for stored in nights.history.nights_before(THIRD)] == [empty, whole]
    assert [stored.night for stored in nights.history.nights_before(SECOND)] == [whole]
    assert list(nights.history.nights_before(FIRST)) == []


def test_of_a_night_that_was_run_twice_the_later_run_counts(nights: Nights, monkeypatch: pytest.MonkeyPatch) -> None:
    for hour in ("11", "09"):
        monkeypatch.setattr("conformance.nightly.run._now", lambda hour=hour: f"2026-11-24T{hour}:00:00+00:00")
        nights.run(FIRST)

    assert [stored.night.finished[11:13] for stored in nights.history.nights_before(SECOND)] == ["11", "09"]


def test_a_night_that_observed_nothing_new_is_stored_and_is_no_run_of_the_history_page(nights: Nights) -> None:
    nights.run(FIRST)
    nights.run(SECOND)  # the fake's cells began at the same time again: as if all of them had been reused

    assert len(nights.history.runs()) == 2
    assert len(retrace(nights.history, Today(Rules(CLAIMS, RELEASES, expecting())), pytest.fail).runs) == 1


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"[]", "is damaged"),
        (b"night/9", 'is of schema "night/9", but this version reads "night/1"'),
    ],
)
def test_a_stored_night_that_cannot_be_used_is_named(nights: Nights, content: bytes, said: str) -> None:
    nights.run(FIRST)
    (path,) = nights.history.folder.iterdir()
    raw = lzma.decompress(path.read_bytes()).replace(b"night/1", content) if content == b"night/9" else content
    path.unlink()
    digest = hashlib.sha256(raw).hexdigest()[:12]
    path = path.with_name(re.sub(r"[0-9a-f]{12}(?=\.json\.xz)", digest, path.name))
    path.write_bytes(lzma.compress(raw))

    assert list(nights.history.nights_before(SECOND)) == []
    assert said in nights.noted[0]
    assert path.exists()
