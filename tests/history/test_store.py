from __future__ import annotations

import errno
import lzma
import os
from datetime import timedelta
from pathlib import Path

import msgspec
import pytest

from conformance.errors import EvidenceError, UsageError
from conformance.history.store import History, RunKind
from conformance.snapshot import snapshot_of
from conformance.words import Outcome
from tests.history.nights import CELL, FIRST, OTHER_CELL, PROBE, cell_snapshot, night, snapshot
from tests.reporting.sample import full_run


@pytest.fixture
def notes() -> list[str]:
    return []


@pytest.fixture
def history(tmp_path: Path, notes: list[str]) -> History:
    return History(tmp_path / "history", notes.append)


def test_a_run_is_read_back_as_it_was(history: History) -> None:
    whole = snapshot_of(full_run())

    path = history.append(whole, RunKind.MATRIX)

    (info,) = history.runs()
    assert path == info.path
    assert (info.kind, info.finished.isoformat()) == (RunKind.MATRIX, whole.finished)
    assert history.read(info) == whole


def test_a_full_run_takes_some_thirty_kilobytes_at_most(history: History) -> None:
    path = history.append(snapshot_of(full_run()), RunKind.MATRIX)

    assert path is not None
    assert path.stat().st_size < 30_000


def test_runs_come_in_the_order_in_which_they_ended_whatever_the_order_of_appending(history: History) -> None:
    for number in (3, 1, 2):
        history.append(night(number), RunKind.NIGHTLY)

    assert [info.finished.day for info in history.runs()] == [6, 7, 8]


def test_an_empty_or_absent_store_has_no_runs(history: History) -> None:
    assert history.runs() == ()


def test_the_same_run_appended_twice_is_one(history: History) -> None:
    assert history.append(night(1), RunKind.NIGHTLY) is not None
    assert history.append(night(1), RunKind.NIGHTLY) is None
    assert len(history.runs()) == 1


def test_a_run_that_observed_nothing_new_appends_nothing(history: History) -> None:
    """Its cells were all taken over from earlier runs, also from several, also judged by another harness."""
    history.append(night(1), RunKind.NIGHTLY)
    history.append(night(2, cell_id=OTHER_CELL), RunKind.NIGHTLY)
    reused = (*night(1).cells, *night(2, cell_id=OTHER_CELL).cells)

    merged = msgspec.structs.replace(night(2), cells=reused, harness="def456", selection="other words")

    assert history.append(merged, RunKind.MATRIX) is None


def test_a_run_with_one_new_cell_is_appended_whole(history: History) -> None:
    history.append(night(1), RunKind.NIGHTLY)
    cells = (*night(1).cells, *night(2, cell_id=OTHER_CELL).cells)

    assert history.append(msgspec.structs.replace(night(2), cells=cells), RunKind.NIGHTLY) is not None


def test_more_observed_in_a_cell_that_began_at_the_same_second_is_not_lost(history: History) -> None:
    begun, ended = FIRST, FIRST + timedelta(minutes=1)
    history.append(snapshot([cell_snapshot(CELL, begun, {PROBE: Outcome.WORKS})], ended), RunKind.MATRIX)
    more = snapshot([cell_snapshot(CELL, begun, {PROBE: Outcome.WORKS, "a.b[c]": Outcome.FAILED})], ended)

    assert history.append(more, RunKind.MATRIX) is not None


def test_a_run_without_a_cell_is_no_run(history: History) -> None:
    assert history.append(snapshot([], FIRST), RunKind.MATRIX) is None


def test_what_is_no_run_is_named_and_left_alone(history: History, notes: list[str]) -> None:
    history.append(night(1), RunKind.NIGHTLY)
    foreign = [history.folder / name for name in ("notes.txt", "2026-01-05T03-00-00Z.weekly.0123456789ab.json.xz")]
    for path in foreign:
        path.write_text("mine")

    assert len(history.runs()) == 1
    assert [note.split(": ")[0] for note in notes] == sorted(map(str, foreign))
    assert all(path.read_text() == "mine" for path in foreign)


def test_an_impossible_time_in_a_name_is_no_run(history: History, notes: list[str]) -> None:
    history.folder.mkdir()
    (history.folder / "2026-13-45T03-00-00Z.matrix.0123456789ab.json.xz").touch()

    assert history.runs() == ()
    assert len(notes) == 1


@pytest.mark.parametrize("damage", ["cut short", "a flipped bit", "emptied", "of another run"])
def test_a_damaged_file_is_named_skipped_and_kept(damage: str, history: History, notes: list[str]) -> None:
    good, bad = history.append(night(1), RunKind.NIGHTLY), history.append(night(2), RunKind.NIGHTLY)
    assert good is not None
    assert bad is not None
    whole = bad.read_bytes()
    flipped = whole[:100] + bytes([whole[100] ^ 1]) + whole[101:]
    contents = {"cut short": whole[:-20], "a flipped bit": flipped, "emptied": b"", "of another run": good.read_bytes()}
    bad.write_bytes(contents[damage])

    with pytest.raises(EvidenceError, match="others are untouched"):
        history.read(history.runs()[1])
    readable = [info.path for info in history.runs() if history.readable(info)]

    assert readable == [good]
    assert len(notes) == 1
    assert str(bad) in notes[0]
    assert bad.read_bytes() == contents[damage]


def test_a_damaged_file_does_not_count_as_having_observed(history: History) -> None:
    path = history.append(night(1), RunKind.NIGHTLY)
    assert path is not None
    path.rename(path.with_name(path.name.replace("nightly", "matrix")))
    (only,) = history.runs()
    only.path.write_bytes(b"damaged")

    assert history.append(night(1), RunKind.NIGHTLY) is not None


def test_a_snapshot_of_another_schema_is_skipped_with_the_reason(history: History, notes: list[str]) -> None:
    history.folder.mkdir()
    newer = history.folder / "2026-01-05T03-00-00Z.matrix.0123456789ab.json.xz"
    newer.write_bytes(lzma.compress(b'{"schema": "snapshot/9"}'))

    assert [history.readable(info) for info in history.runs()] == [None]
    assert 'schema "snapshot/9"' in notes[0]


def test_merging_takes_what_is_lacking_and_nothing_damaged(history: History, tmp_path: Path) -> None:
    noted: list[str] = []
    other = History(tmp_path / "other", noted.append)
    history.append(night(1), RunKind.NIGHTLY)
    paths = [other.append(night(number), RunKind.NIGHTLY) for number in (1, 2, 3)]
    assert paths[2] is not None
    paths[2].write_bytes(b"damaged")

    added = history.merge(other)

    assert [path.name for path in added] == [paths[1].name if paths[1] else ""]
    assert len(history.runs()) == 2
    assert "damaged" in noted[0] or str(paths[2]) in noted[0]
    assert history.merge(other) == ()


def test_a_full_disk_leaves_the_store_as_it_was(history: History, monkeypatch: pytest.MonkeyPatch) -> None:
    history.append(night(1), RunKind.NIGHTLY)

    def no_space(_descriptor: int) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, "fsync", no_space)
    with pytest.raises(UsageError, match="No space left on device"):
        history.append(night(2), RunKind.NIGHTLY)

    assert [path.name for path in history.folder.iterdir()] == [info.path.name for info in history.runs()]
    assert len(history.runs()) == 1


def test_nothing_is_ever_written_over(history: History) -> None:
    path = history.append(night(1), RunKind.NIGHTLY)
    assert path is not None
    path.write_bytes(b"damaged")

    with pytest.raises(EvidenceError, match="move it away"):
        history.append(night(1), RunKind.NIGHTLY)

    assert path.read_bytes() == b"damaged"
