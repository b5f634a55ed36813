"""Which records are evidence: matches them to the planned cells, refuses foreign ones, and says what is missing."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime

import msgspec
from packaging.version import InvalidVersion, Version

from conformance.environments.catalogue import Cell, Releases
from conformance.errors import EvidenceError, near_miss
from conformance.evidence import Record

PARTIAL = ".partial"  # ends the file name of a record that is being written, or was when its cell was interrupted


class Admitted(msgspec.Struct, frozen=True):
    """A planned cell with its record."""

    cell: Cell
    record: Record
    tf: str  # the TensorFlow version to judge by: the one imported, or else the one asked for
    hub: str  # likewise
    shortfall: str  # what keeps the record from being complete; empty where nothing does


def admit(records: Sequence[Record], planned: Sequence[Cell], releases: Releases) -> tuple[Admitted, ...]:
    """The planned cells that have a record, in the order planned; records of other cells are left aside."""
    cells = {cell.id: cell for cell in releases.every_cell}
    record_of: dict[str, Record] = {}
    for record in records:
        _refuse_foreign(record, cells)
        if earlier := record_of.get(record.header.cell):
            raise EvidenceError(
                f'is of the cell "{record.header.cell}", as {earlier.path} is.',
                where=str(record.path),
                remedy="Keep the one that counts and move the other away: a cell has one record.",
            )
        record_of[record.header.cell] = record
    return tuple(_admitted(cell, record_of[cell.id]) for cell in planned if cell.id in record_of)


def _admitted(cell: Cell, record: Record) -> Admitted:
    setting = record.setting
    return Admitted(
        cell=cell,
        record=record,
        tf=setting.tf if setting else cell.environment.release.presumed_tf,
        hub=setting.hub if setting else cell.environment.hub,
        shortfall=_shortfall(record),
    )


def _shortfall(record: Record) -> str:
    if record.unavailable:
        return ""  # there was nothing more to observe, and that is known
    planned = len(record.plan)
    if record.footer is None:
        return f"cut short after {planned - len(record.missing)} of {planned} probes" if planned else "cut short"
    return f"{len(record.missing)} of {planned} probes left no observation" if record.missing else ""


def _refuse_foreign(record: Record, cells: dict[str, Cell]) -> None:
    header = record.header
    if record.path.name.removesuffix(PARTIAL) != f"{header.cell}.jsonl":
        raise _foreign(record, f'is named after another cell than "{header.cell}", which its header states.')
    cell = cells.get(header.cell)
    if cell is None:
        raise _foreign(record, f'is of the cell "{header.cell}", which does not exist. {near_miss(header.cell, cells)}')
    for name, stated, asked in (
        ("environment", header.environment, cell.environment.id),
        ("mode", header.mode, cell.mode),
        ("Keras", header.keras, cell.keras),
    ):
        if stated != asked:
            raise _foreign(record, f'states the {name} "{stated}", but its cell has "{asked}".')
    stamps = {observation.observed for observation in record.observations if observation.observed}
    stamps |= {header.started, *([record.footer.finished] if record.footer else [])}
    versions = {"tensorflow": record.setting.tf, "tensorflow_hub": record.setting.hub} if record.setting else {}
    if problem := next(unreadable(sorted(stamps), versions), ""):
        raise _foreign(record, problem)


def unreadable(stamps: Iterable[str], versions: Mapping[str, str]) -> Iterator[str]:
    """What is no time, or, by package, no version."""
    for stamp in stamps:
        try:
            datetime.fromisoformat(stamp)
        except ValueError:
            yield f'states the time "{stamp}", which is not ISO 8601.'
    for package, version in versions.items():
        try:
            Version(version)
        except InvalidVersion:
            yield f'states the {package} version "{version}", which is none.'


def _foreign(record: Record, what: str) -> EvidenceError:
    return EvidenceError(
        what,
        where=str(record.path),
        remedy="Remove it and run its cell again; the other records are untouched.",
    )
