from __future__ import annotations

import lzma
from pathlib import Path

import msgspec
import pytest

from conformance.errors import EvidenceError
from conformance.night import SCHEMA
from conformance.nightly.archive import Archive, read_kept
from conformance.words import Outcome
from tests.nightly.fakes import NIGHTLY, Nights

FIRST, SECOND, THIRD = "2026-10-18", "2026-10-19", "2026-10-20"


def test_a_night_comes_back_as_it_was(nights: Nights) -> None:
    nights.laboratory.outcomes[NIGHTLY, "one"] = Outcome.FAILED
    night = nights.hold(FIRST).night

    (kept,) = nights.archive.before(SECOND)

    assert kept.night == night
    assert NIGHTLY in [cell.cell for cell in kept.snapshot.cells]


def test_only_earlier_days_come_the_latest_first(nights: Nights) -> None:
    for date in (SECOND, FIRST, THIRD):
        nights.hold(date)

    assert [kept.night.date for kept in nights.archive.before(THIRD)] == [SECOND, FIRST]
    assert list(nights.archive.before(FIRST)) == []


def test_a_night_that_was_run_twice_is_there_twice_and_the_later_run_counts(
    nights: Nights, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("conformance.nightly.holding._now", lambda: "2026-11-24T11:00:00+00:00")
    nights.hold(FIRST)
    monkeypatch.setattr("conformance.nightly.holding._now", lambda: "2026-11-24T09:00:00+00:00")
    nights.hold(FIRST)

    assert [kept.night.finished[11:13] for kept in nights.archive.before(SECOND)] == ["11", "09"]


def test_a_folder_that_is_not_there_holds_no_night(tmp_path: Path) -> None:
    assert list(Archive(tmp_path / "none", print).before(FIRST)) == []


def test_a_night_of_another_schema_is_refused_by_name(nights: Nights) -> None:
    nights.hold(FIRST)
    (path,) = nights.archive.folder.iterdir()
    path.write_bytes(lzma.compress(lzma.decompress(path.read_bytes()).replace(SCHEMA.encode(), b"night/9")))

    with pytest.raises(EvidenceError, match='"night/9", but this version reads "night/1"'):
        read_kept(path)


@pytest.mark.parametrize("contents", [b"", b"nothing", lzma.compress(b"{}"), lzma.compress(msgspec.json.encode([1]))])
def test_what_is_no_night_is_left_alone_and_named(tmp_path: Path, contents: bytes) -> None:
    path = tmp_path / f"{FIRST}.0123.json.xz"
    path.write_bytes(contents)
    noted: list[str] = []

    assert list(Archive(tmp_path, noted.append).before(SECOND)) == []
    assert str(path) in noted[0]
    assert path.read_bytes() == contents
