from __future__ import annotations

import os
from pathlib import Path

import msgspec
import pytest

from conformance import json_file
from conformance.errors import EvidenceError, ExitCode, UsageError


class Sample(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    schema: str
    number: int = 0


def read(path: Path) -> Sample:
    return json_file.read(path, Sample, "sample/1", remedy="Make it again.")


def test_what_is_written_reads_back_the_same(tmp_path: Path) -> None:
    path = tmp_path / "new folder" / "sample.json"
    json_file.replace({path: json_file.encode(Sample("sample/1", 7))})
    assert read(path) == Sample("sample/1", 7)
    assert path.stat().st_mode & 0o777 == 0o644


@pytest.mark.parametrize(
    ("content", "what"),
    [
        pytest.param(None, "cannot be read", id="missing"),
        pytest.param(b"", "is damaged", id="empty"),
        pytest.param(b"[]", "is damaged", id="another kind of file"),
        pytest.param(b'{"schema": "sample/1", "number"', "is damaged", id="truncated"),
        pytest.param(b'{"schema": "\xff"}', "is damaged", id="not UTF-8"),
        pytest.param(b'{"schema": 1}', "is damaged", id="schema of another type"),
        pytest.param(b"{}", 'is of schema ""', id="no schema"),
        pytest.param(b'{"schema": "sample/9", "new": 1}', 'is of schema "sample/9"', id="newer"),
        pytest.param(b'{"schema": "sample/1", "numbr": 1}', "does not follow its schema", id="unknown key"),
        pytest.param(b'{"schema": "sample/1", "number": "x"}', "does not follow its schema", id="wrong type"),
    ],
)
def test_a_file_that_cannot_be_used_is_refused_by_name(tmp_path: Path, content: bytes | None, what: str) -> None:
    path = tmp_path / "sample.json"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(EvidenceError, match=what) as refused:
        read(path)
    assert refused.value.where == str(path)
    assert refused.value.remedy == "Make it again."
    assert refused.value.exit_code is ExitCode.INCOMPLETE


def test_all_files_are_replaced_or_none(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "a").write_bytes(b"old")
    written = []

    def full_at_the_second(descriptor: int, mode: int) -> None:
        written.append(descriptor)
        if len(written) == 2:
            raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fchmod", full_at_the_second)
    with pytest.raises(UsageError, match=r"the page cannot be written .No space left on device"):
        json_file.replace_files(tmp_path, {"a": b"new", "b": b"new"}, what="the page", remedy="Free some.")
    assert [(path.name, path.read_bytes()) for path in tmp_path.iterdir()] == [("a", b"old")]
