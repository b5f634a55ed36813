"""Where a run keeps its files."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

import msgspec

from conformance.errors import writing

ROOT = Path(__file__).resolve().parents[2]
CELLS = "cells"


class Places(msgspec.Struct, frozen=True):
    """The folders of a run.

    Attributes:
        root: the checkout.
        reports: what the run leaves behind.
        narrowed: whether less than all is tried in each cell. Such records are kept apart, so that trying one probe
            again does not replace what a whole run observed.
        cells: the folder of the virtualenvs below `work`; candidates have one of their own.
    """

    root: Path
    reports: Path
    narrowed: bool = False
    cells: str = CELLS

    @property
    def records(self) -> Path:
        """One record per cell."""
        return self.reports / ("narrowed" if self.narrowed else "records")

    @property
    def logs(self) -> Path:
        """What each cell's processes printed."""
        return self.reports / "logs"

    @property
    def plan(self) -> Path:
        """What the latest matrix run set out to do."""
        return self.reports / "plan.json"

    @property
    def baseline(self) -> Path:
        """The reviewed baseline, committed."""
        return self.root / "conformance" / "judging" / "baseline"

    @property
    def known_errors(self) -> Path:
        """What the run knew of errors that the baseline was made of, committed."""
        return self.root / "conformance" / "explaining" / "known_errors.json"

    @property
    def work(self) -> Path:
        """Virtualenvs, resolutions and locks of the checkout: safe to delete, never to commit."""
        return self.root / ".nox"

    @property
    def virtualenvs(self) -> Path:
        """One virtualenv per cell, named after it."""
        return self.work / self.cells

    @property
    def resolutions(self) -> Path:
        """Locks of the floating releases, resolved at run time."""
        return self.work / "locks"

    def record(self, cell_id: str) -> Path:
        """The record of `cell_id`'s latest run that ended."""
        return self.records / f"{cell_id}.jsonl"

    def partial(self, cell_id: str) -> Path:
        """The record of `cell_id` while it is being written, or where its run was cut short."""
        return self.records / f"{cell_id}.jsonl.partial"

    def log(self, cell_id: str) -> Path:
        """What `cell_id`'s processes printed."""
        return self.logs / f"{cell_id}.log"

    def prepare(self) -> None:
        """Makes the folders and proves that they can be written to, before any work is done for them."""
        remedy = "Correct its permissions, or name another folder with --reports."
        for folder in (self.reports, self.records, self.logs):
            with writing(folder, kept="nothing was run", remedy=remedy):
                folder.mkdir(parents=True, exist_ok=True)
                handle, name = tempfile.mkstemp(prefix=".writable-", dir=folder)
                os.close(handle)
                Path(name).unlink()


def default_places(reports: Path | None = None, *, narrowed: bool = False, cells: str = CELLS) -> Places:
    """The places of this checkout."""
    return Places(ROOT, (reports or ROOT / "reports").absolute(), narrowed, cells)
