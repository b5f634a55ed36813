from __future__ import annotations

from pathlib import Path

import pytest

from conformance.running.watch import Watch

PLAN = b'{"kind":"plan","probes":["one","two"]}\n'
ONE = (
    b'{"kind":"observation","probe":"one","claims":[],"fixture":"","outcome":"works","error":null,"notes":[],'
    b'"seconds":0.1}\n'
)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "record.jsonl.partial"


def test_nothing_is_known_before_there_is_a_record(path: Path) -> None:
    watch = Watch(path)
    watch.look()
    assert (watch.planned, watch.observed) == (0, 0)


def test_it_follows_what_is_added_and_waits_for_whole_lines(path: Path) -> None:
    watch = Watch(path)
    path.write_bytes(PLAN + ONE[:20])
    watch.look()
    assert (watch.planned, watch.observed) == (2, 0)
    path.write_bytes(PLAN + ONE)
    watch.look()
    assert (watch.planned, watch.observed, dict(watch.outcomes)) == (2, 1, {"works": 1})


def test_an_earlier_run_is_forgotten_when_the_record_begins_anew(path: Path) -> None:
    watch = Watch(path)
    path.write_bytes(PLAN + ONE)
    watch.look()
    path.write_bytes(PLAN)
    watch.look()
    assert (watch.planned, watch.observed) == (2, 0)


def test_garbage_does_not_stop_it(path: Path) -> None:
    watch = Watch(path)
    path.write_bytes(b"\x00garbage\n" + PLAN)
    watch.look()
    assert watch.planned == 2


def test_it_finds_the_rest_where_the_record_was_moved(path: Path) -> None:
    watch = Watch(path)
    path.write_bytes(PLAN)
    watch.look()
    moved = path.with_suffix("")
    path.write_bytes(PLAN + ONE)
    path.rename(moved)
    watch.look(moved)
    assert watch.observed == 1


def test_a_longer_record_in_the_place_of_an_earlier_one_is_read_from_its_beginning(path: Path) -> None:
    watch = Watch(path)
    path.write_bytes(PLAN + ONE)
    watch.look()
    draft = path.with_suffix(".draft")
    draft.write_bytes(PLAN + ONE.replace(b"works", b"failed") + b"\n" * 10)
    draft.replace(path)

    watch.look()

    assert dict(watch.outcomes) == {"failed": 1}
