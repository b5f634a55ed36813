"""Finds the records of cells, and reads each once."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable
from pathlib import Path

import msgspec

from conformance.environments.catalogue import Cell
from conformance.errors import EvidenceError
from conformance.evidence import Record, read_record
from conformance.running.places import Places

Stamp = tuple[int, int, int]  # inode, size and time: distinguishes a file from the one that takes its place


class EarlierRecords(msgspec.Struct, frozen=True):
    """The records that a cell had when a run began.

    Attributes:
        records: the complete one, and after it the one that was cut short: where there is one, it is the later.
        damaged: what is wrong with those that cannot be read, each as a paragraph.
        stamps: of the files, readable or not.
    """

    records: tuple[Record, ...] = ()
    damaged: tuple[str, ...] = ()
    stamps: dict[Path, Stamp] = {}

    @property
    def keyed(self) -> bool:
        """Whether any of them says what its observations depend on."""
        return any(record.header.keys for record in self.records)


def earlier_records(cell_id: str, places: Places) -> EarlierRecords:
    """Reads the records of a cell; a damaged one is no error here, since the cell can be observed again."""
    records: list[Record] = []
    damaged: list[str] = []
    stamps: dict[Path, Stamp] = {}
    for path in (places.record(cell_id), places.partial(cell_id)):
        if stamp := _stamp(path):
            stamps[path] = stamp
            try:
                records.append(read_record(path))
            except EvidenceError as error:
                damaged.append(str(error))
    return EarlierRecords(tuple(records), tuple(damaged), stamps)


def record_since(cell_id: str, places: Places, earlier: EarlierRecords) -> Record | None:
    """The record that was written since those were read; None if there is none.

    Raises:
        EvidenceError: it is damaged.
    """
    for path in (places.record(cell_id), places.partial(cell_id)):
        stamp = _stamp(path)
        if stamp and stamp != earlier.stamps.get(path):
            return read_record(path)
    return None


def latest_records(cells: Iterable[Cell], places: Places) -> list[Record]:
    """The latest record of each cell that has one: a cut-short one where it is newer than the complete one.

    Raises:
        EvidenceError: a record is damaged.
    """
    return [read_record(path) for cell in cells if (path := _latest(cell.id, places))]


def end_of_log(path: Path, lines: int = 15) -> str:
    """The last lines of a log; "" if there is none."""
    try:
        with path.open(encoding="utf-8", errors="replace") as file:
            return "".join(deque(file, maxlen=lines)).rstrip()
    except OSError:
        return ""


def _latest(cell_id: str, places: Places) -> Path | None:
    """A complete record takes the place of the partial one, so where there is a partial one, it is the later.

    No time of a file is asked: a clock that was set back between two runs would make the older one count.
    """
    there = [path for path in (places.partial(cell_id), places.record(cell_id)) if path.is_file()]
    return there[0] if there else None


def _stamp(path: Path) -> Stamp | None:
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_ino, found.st_size, found.st_mtime_ns
