from __future__ import annotations

import os
from pathlib import Path

import pytest

from conformance.claims.catalogue import Catalogue
from conformance.errors import UsageError
from conformance.reporting import writing
from conformance.reporting.writing import write_reports
from conformance.results import Results, read_results
from tests.reporting import sample

FILES = {
    "index.html",
    "results.json",
    "results.schema.json",
    "summary.md",
    "junit.xml",
    "corrected-page.md",
    "corrected-page.html",
    "support.json",
    "support.schema.json",
    "badges/page.json",
    "badges/tf1-hub.tf1.json",
    "badges/tf1-hub.tf2.json",
    "badges/tf2-savedmodel.tf1.json",
    "badges/tf2-savedmodel.tf2.json",
    "badges/compat-mode.json",
    "badges/format-tf1-hub.json",
    "badges/format-tf2-savedmodel.json",
}


def contents(directory: Path) -> dict[str, bytes]:
    return {
        path.relative_to(directory).as_posix(): path.read_bytes() for path in directory.rglob("*") if path.is_file()
    }


def test_it_writes_every_report_and_leaves_nothing_else(tmp_path: Path, full_run: Results, claims: Catalogue) -> None:
    write_reports(full_run, claims, tmp_path / "new")
    assert set(contents(tmp_path / "new")) == FILES
    assert read_results(tmp_path / "new" / "results.json") == full_run
    assert (tmp_path / "new" / "index.html").stat().st_mode & 0o777 == 0o644


def test_it_leaves_other_files_alone(tmp_path: Path, claims: Catalogue) -> None:
    (tmp_path / "records").mkdir()
    (tmp_path / ".gitkeep").touch()
    write_reports(sample.results([]), claims, tmp_path)
    assert contents(tmp_path).keys() == FILES | {".gitkeep"}
    assert (tmp_path / "records").is_dir()


def test_a_rendering_error_leaves_the_earlier_reports_whole(
    tmp_path: Path, full_run: Results, claims: Catalogue, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_reports(sample.results([]), claims, tmp_path)
    before = contents(tmp_path)

    def broken(report: object) -> bytes:
        raise RuntimeError("cannot render")

    monkeypatch.setattr(writing, "render_junit", broken)
    with pytest.raises(RuntimeError):
        write_reports(full_run, claims, tmp_path)
    assert contents(tmp_path) == before


def test_a_full_disk_leaves_the_earlier_reports_whole(
    tmp_path: Path, full_run: Results, claims: Catalogue, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_reports(sample.results([]), claims, tmp_path)
    before = contents(tmp_path)

    def full(descriptor: int, mode: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fchmod", full)
    with pytest.raises(UsageError, match="No space left on device"):
        write_reports(full_run, claims, tmp_path)
    assert contents(tmp_path) == before


def test_a_folder_that_cannot_be_made_is_explained(tmp_path: Path, claims: Catalogue) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(UsageError, match="nox -s report"):
        write_reports(sample.results([]), claims, tmp_path / "file" / "reports")


def test_it_leads_to_what_other_commands_left_beside_it(tmp_path: Path, claims: Catalogue) -> None:
    page = tmp_path / "exchange" / "index.html"
    page.parent.mkdir()
    page.touch()
    write_reports(sample.results([]), claims, tmp_path)
    report = (tmp_path / "index.html").read_text(encoding="utf-8")
    assert '<a href="exchange/index.html">Made with one, used in another</a>' in report
    assert "models/corpus.html" not in report
