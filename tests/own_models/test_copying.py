from __future__ import annotations

import os
from pathlib import Path

import pytest

from conformance.inspecting.files import ModelFileError
from conformance.own_models import copying


def test_files_and_what_links_lead_to_are_copied_read_only_and_nothing_else(tmp_path: Path) -> None:
    model, copy = tmp_path / "model", tmp_path / "copy"
    (model / "variables").mkdir(parents=True)
    (model / "saved_model.pb").write_text("graph")
    (tmp_path / "blob").write_text("values")
    (model / "variables" / "data").symlink_to(tmp_path / "blob")
    (model / "around").symlink_to(model)
    (model / "nowhere").symlink_to(tmp_path / "nothing")
    os.mkfifo(model / "pipe")

    copying.copy_model(model, copy)

    files = {path.relative_to(copy).as_posix(): path for path in copy.rglob("*") if path.is_file()}
    assert {name: path.read_text() for name, path in files.items()} == {
        "saved_model.pb": "graph",
        "variables/data": "values",
    }
    assert not any(path.is_symlink() or path.stat().st_mode & 0o222 for path in files.values())


def test_too_many_files_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(copying, "_MOST_FILES", 1)
    for name in "ab":
        (tmp_path / name).write_text("")

    with pytest.raises(ModelFileError, match="more than 1 files"):
        copying.copy_model(tmp_path, tmp_path.parent / "copy")
