"""Finds the records that count: a cut-short one counts where it is newer than the complete one."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path

from conformance.environments.catalogue import Cell
from conformance.errors import EvidenceError
from conformance.evidence import Record, read_record
from conformance.running.places import Places


def latest_records(cells: Iterable[Cell], places: Places, *, since: datetime | None = None) -> list[Record]:
    """The latest record of each cell that has one; with `since`, only of runs that started then or later.

    Raises:
        EvidenceError: a record is damaged.
    """
    paths = [path for cell in cells if (path := _latest(cell.id, places))]
    records = [read_record(path) for path in paths]
    return [record for record in records if since is None or _started(record) >= since]


def earlier_seconds(cells: Iterable[Cell], places: Places) -> dict[str, float]:
    """How long each cell took the last time, by cell id, where that is known; for estimates, so never an error."""
    seconds: dict[str, float] = {}
    for cell in cells:
        try:
            footer = read_record(places.record(cell.id)).footer
        except (OSError, EvidenceError):
            continue
        if footer:
            seconds[cell.id] = footer.seconds
    return seconds


def end_of_log(path: Path, lines: int = 15) -> str:
    """The last lines of a log; "" if there is none."""
    try:
        with path.open(encoding="utf-8", errors="replace") as file:
            return "".join(deque(file, maxlen=lines)).rstrip()
    except OSError:
        return ""


def _latest(cell_id: str, places: Places) -> Path | None:
    there = [path for path in (places.record(cell_id), places.partial(cell_id)) if path.is_file()]
    return max(there, key=lambda path: path.stat().st_mtime_ns, default=None)


def _started(record: Record) -> datetime:
    try:
        started = datetime.fromisoformat(record.header.started)
    except ValueError as error:
        raise EvidenceError(
            f'states the time "{record.header.started}", which is not ISO 8601.',
            where=str(record.path),
            remedy="Remove it and run its cell again; the other records are untouched.",
        ) from error
    return started if started.tzinfo else started.replace(tzinfo=UTC)
