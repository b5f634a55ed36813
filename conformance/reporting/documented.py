"""The documented tables, laid out as the page does: a table per format, a row per operation, a column per mode."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from conformance.reporting import legend
from conformance.reporting.model import PlaceView
from conformance.words import Column, Format, Operation

ROWS = (Operation.LOAD, Operation.FINE_TUNE, Operation.CREATE)


class TableCell(msgspec.Struct, frozen=True):
    """A cell of a documented table: what it says itself, and its notes."""

    heading: str
    places: tuple[PlaceView, ...]
    notes: tuple[PlaceView, ...]


class TableRow(msgspec.Struct, frozen=True):
    """A row of a documented table."""

    heading: str
    cells: tuple[TableCell, ...]


class DocumentedTable(msgspec.Struct, frozen=True):
    """One of the two documented tables; `floor` is what stands above it."""

    heading: str
    columns: tuple[str, ...]
    floor: tuple[PlaceView, ...]
    rows: tuple[TableRow, ...]


def documented_tables(places: Sequence[PlaceView]) -> tuple[DocumentedTable, ...]:
    """Both tables."""
    return tuple(_table(places, fmt) for fmt in Format)


def footnotes(places: Sequence[PlaceView]) -> tuple[PlaceView, ...]:
    """The places outside of the tables."""
    return tuple(view for view in places if view.place.operation is Operation.MODE)


def _table(places: Sequence[PlaceView], fmt: Format) -> DocumentedTable:
    mine = [view for view in places if view.place.format is fmt]

    def cell(row: Operation, column: Column) -> TableCell:
        here = [view for view in mine if (view.place.operation, view.place.column) == (row, column)]
        return TableCell(
            heading=legend.COLUMNS[fmt, column],
            places=tuple(view for view in here if not _is(view, "note") and not _is(view, "floor")),
            notes=tuple(view for view in here if _is(view, "note")),
        )

    return DocumentedTable(
        heading=f"Compatibility of {'the ' if fmt is Format.TF1_HUB else ''}{legend.FORMATS[fmt]}",
        columns=tuple(legend.COLUMNS[fmt, column] for column in Column),
        floor=tuple(view for view in mine if _is(view, "floor")),
        rows=tuple(
            TableRow(heading=legend.OPERATIONS[row], cells=tuple(cell(row, column) for column in Column))
            for row in ROWS
        ),
    )


def _is(view: PlaceView, kind: str) -> bool:
    """Whether a place is a note or the floor: its id ends so."""
    return view.place.id.rpartition(".")[2] == kind
