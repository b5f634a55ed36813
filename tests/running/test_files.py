"""The places of a run, its lock files, and the host's lines of a record."""

from __future__ import annotations

import os
from pathlib import Path

import msgspec
import pytest

from conformance.errors import ExitCode, UsageError
from conformance.evidence import SCHEMA, Footer, Header, read_record
from conformance.running.exclusive import only_one
from conformance.running.places import Places
from conformance.running.record_writer import RecordWriter
from conformance.words import Keras, Mode

HEADER = Header(SCHEMA, "a-cell", "an-environment", Mode.TF2, Keras.BUNDLED, "", "2026-01-01T00:00:00+00:00", "abc")
FOOTER = Footer(observations=0, seconds=1.0, cpu_seconds=1.0, finished="2026-01-01T00:00:01+00:00")


def test_a_folder_that_cannot_be_written_to_is_refused_by_name(tmp_path: Path) -> None:
    (tmp_path / "taken").write_text("a file")

    with pytest.raises(UsageError, match="nothing was run") as refused:
        Places(tmp_path, tmp_path / "taken" / "reports").prepare()

    assert str(tmp_path / "taken") in refused.value.where
    assert refused.value.exit_code is ExitCode.USAGE


def test_preparing_leaves_no_trace_in_the_folders(tmp_path: Path) -> None:
    places = Places(tmp_path, tmp_path / "reports")
    places.prepare()
    assert sorted(path.name for path in places.reports.rglob("*")) == ["logs", "records"]


def test_narrowed_records_are_kept_apart(tmp_path: Path) -> None:
    assert Places(tmp_path, tmp_path).record("x") != Places(tmp_path, tmp_path, narrowed=True).record("x")


def test_a_second_run_is_refused_and_names_the_first(tmp_path: Path) -> None:
    path = tmp_path / ".nox" / "matrix.lock"
    with (
        only_one(path, "a matrix"),
        pytest.raises(UsageError, match=f"a matrix is running already, as process {os.getpid()}"),
        only_one(path, "a matrix"),
    ):
        pass


def test_a_lock_is_free_again_after_its_run(tmp_path: Path) -> None:
    for _ in range(2):
        with only_one(tmp_path / "lock", "a matrix"):
            pass


def test_a_record_is_written_beside_the_old_one_and_then_takes_its_place(tmp_path: Path) -> None:
    record = tmp_path / "a-cell.jsonl"
    record.write_text("the old one")
    writer = RecordWriter(tmp_path / "a-cell.jsonl.partial")

    writer.begin(HEADER)
    assert record.read_text() == "the old one"
    writer.append(FOOTER)
    writer.publish(record)

    assert read_record(record).footer == FOOTER
    assert not writer.path.exists()


def test_a_line_after_a_torn_one_does_not_damage_the_record(tmp_path: Path) -> None:
    writer = RecordWriter(tmp_path / "a-cell.jsonl.partial")
    writer.begin(HEADER)
    with writer.path.open("ab") as file:
        file.write(b'{"kind":"observation","pro')

    writer.append(FOOTER)

    assert read_record(writer.path).footer == FOOTER


def test_a_record_begins_with_what_is_known_all_at_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where it cannot be written, the partial record that stood there stands there still."""
    path = tmp_path / "a-cell.jsonl.partial"
    path.write_text("what an earlier run observed")

    def full(descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patched:
        patched.setattr(os, "fsync", full)
        with pytest.raises(OSError, match="No space"):
            RecordWriter(path).begin(HEADER, FOOTER)
    assert path.read_text() == "what an earlier run observed"

    RecordWriter(path).begin(HEADER, FOOTER)
    assert read_record(path).footer == FOOTER


def test_a_header_can_be_put_in_the_place_of_another(tmp_path: Path) -> None:
    writer = RecordWriter(tmp_path / "a-cell.jsonl.partial")
    writer.begin(msgspec.structs.replace(HEADER, keys={"a": "1"}), FOOTER)

    writer.restate(HEADER)

    assert (read_record(writer.path).header, read_record(writer.path).footer) == (HEADER, FOOTER)
