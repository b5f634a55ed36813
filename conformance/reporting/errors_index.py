"""Numbers the errors of a run, so that each is shown once however many observations met it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import msgspec

from conformance.comparing.error_texts import alike_but_for_numbers
from conformance.evidence import Error
from conformance.grouping import grouped
from conformance.plain_text import without_machine_paths
from conformance.results import ObservationRow

TRACEBACK_LIMIT = 1_500  # characters of a traceback's end that are shown; results.json holds all of it
MESSAGE_LIMIT = 1_000
BUDGET = 600_000  # characters of messages and tracebacks in one report; beyond it the rarest errors are shortened
SHORT_MESSAGE = 200


class ErrorEntry(msgspec.Struct, frozen=True):
    """One error as shown: the first of its kind, with the number of observations that met it.

    Attributes:
        cell: where the traceback was seen.
    """

    id: str
    error: Error
    message: str
    traceback: str
    shortened: bool
    cell: str
    count: int
    cells: tuple[str, ...]


class ErrorIndex:
    """All errors of a run by kind: same type, same origin, and same message but for addresses, paths and numbers."""

    def __init__(self, observations: Iterable[ObservationRow]) -> None:
        self._met = grouped((_kind(row.error), row) for row in observations if row.error)
        self._ids = {kind: f"error-{number}" for number, kind in enumerate(self._met, start=1)}

    def id_of(self, error: Error) -> str:
        """The anchor of the entry that shows this error."""
        return self._ids[_kind(error)]

    def entries(self) -> tuple[ErrorEntry, ...]:
        """The errors in the order in which they were first met."""
        return tuple(_entry(self._ids[kind], rows) for kind, rows in self._met.items())


def within(entries: Sequence[ErrorEntry], budget: int = BUDGET) -> tuple[ErrorEntry, ...]:
    """The entries in their order; where they are too many, the rarest lose their traceback and most of the message."""
    left = budget - SHORT_MESSAGE * len(entries)
    whole: set[str] = set()
    for entry in sorted(entries, key=lambda entry: -entry.count):
        left -= len(entry.message) + len(entry.traceback)
        if left < 0:
            break
        whole.add(entry.id)
    return tuple(entry if entry.id in whole else _in_short(entry) for entry in entries)


def _kind(error: Error) -> tuple[str, str, str]:
    return error.type, error.origin, alike_but_for_numbers(error.message)


def _in_short(entry: ErrorEntry) -> ErrorEntry:
    return msgspec.structs.replace(entry, message=entry.message[:SHORT_MESSAGE], traceback="", shortened=True)


def _entry(entry_id: str, rows: list[ObservationRow]) -> ErrorEntry:
    error = next(row.error for row in rows if row.error is not None)
    message, traceback = without_machine_paths(error.message), without_machine_paths(error.traceback)
    return ErrorEntry(
        id=entry_id,
        error=error,
        message=message[:MESSAGE_LIMIT],
        traceback=traceback[-TRACEBACK_LIMIT:],
        shortened=len(traceback) > TRACEBACK_LIMIT or len(message) > MESSAGE_LIMIT,
        cell=rows[0].cell,
        count=len(rows),
        cells=tuple(dict.fromkeys(row.cell for row in rows)),
    )
