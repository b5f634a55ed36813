"""The nights that were: each in a file of its own, with what it found and what it observed, and never rewritten.

A night is named after the day it stands for, which is not the day of the run where it was replayed. That is why nights
are looked up here by their date, while the history has them, as all runs, by when they ended.
"""

from __future__ import annotations

import hashlib
import lzma
from collections.abc import Callable, Iterator
from pathlib import Path

import msgspec

from conformance.errors import EvidenceError
from conformance.json_file import replace_files
from conformance.night import SCHEMA, Night
from conformance.snapshot import Snapshot

FOLDER = "nights"  # below the night's reports
_SUFFIX = ".json.xz"


class Kept(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A night of the archive: what it found, and what it observed."""

    night: Night
    snapshot: Snapshot


class Archive:
    """The nights in a folder, which need not exist before one is kept.

    Args:
        note: told of each file that is skipped, with the reason; such files are left where they are.
    """

    def __init__(self, folder: Path, note: Callable[[str], None]) -> None:
        self.folder = folder
        self._note = note

    def keep(self, night: Night, snapshot: Snapshot) -> Path:
        """Adds a night; a night that was run twice is there twice.

        Raises:
            UsageError: it cannot be written; the archive is as it was.
        """
        raw = msgspec.json.encode(Kept(night, snapshot))
        name = f"{night.date}.{hashlib.sha256(raw).hexdigest()[:12]}{_SUFFIX}"
        replace_files(
            self.folder,
            {name: lzma.compress(raw)},
            remedy="Mend the folder's permissions or free some space; the night's own reports are written already.",
        )
        return self.folder / name

    def before(self, date: str) -> Iterator[Kept]:
        """The nights of earlier days, the latest first; of one that was run twice, the later run first."""
        paths = list(self.folder.glob(f"*{_SUFFIX}"))
        dates = sorted({path.name.split(".")[0] for path in paths if path.name.split(".")[0] < date}, reverse=True)
        for day in dates:
            same = [kept for path in paths if path.name.split(".")[0] == day and (kept := self._read(path))]
            yield from sorted(same, key=lambda kept: kept.night.finished, reverse=True)

    def _read(self, path: Path) -> Kept | None:
        try:
            return read_kept(path)
        except EvidenceError as error:
            self._note(str(error))
            return None


def read_kept(path: Path) -> Kept:
    """Reads and validates a night of the archive.

    Raises:
        EvidenceError: it is damaged, or is of an older or newer schema.
    """
    try:
        kept = msgspec.json.decode(lzma.decompress(path.read_bytes()), type=Kept)
    except (OSError, lzma.LZMAError, EOFError, msgspec.MsgspecError) as error:
        what = f"cannot be read as a night ({error}); no night is compared with it."
    else:
        if kept.night.schema == SCHEMA:
            return kept
        what = f'is of schema "{kept.night.schema}", but this version reads "{SCHEMA}".'
    raise EvidenceError(what, where=str(path), remedy="Copy it anew from where it was made, or move it away.")
