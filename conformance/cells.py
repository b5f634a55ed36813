"""The cells of a run and the releases they span: the axis of every timeline."""

from __future__ import annotations

import re
from collections.abc import Collection

import msgspec

from conformance.results import Results
from conformance.words import Keras, Mode, Word

FLOATING = ("rc", "nightly")  # releases without a number, in the order in which they follow the numbered ones
_NEXT_MAJOR: dict[tuple[int, ...], tuple[int, ...]] = {(1, 15): (2, 0)}  # TensorFlow 1.15 was the last of its line
_CELL_ID = re.compile(
    r"tf(?P<release>[^-]+)-hub(?P<hub>nightly|\d+(?:\.\d+)*)-(?P<mode>tf1-compat|tf1|tf2)(?:-(?P<keras>keras3|legacy))?"
)


class CellStatus(Word):
    """Whether a planned cell was observed."""

    OBSERVED = "observed"
    UNAVAILABLE = "unavailable"
    MISSING = "missing"


class CellInfo(msgspec.Struct, frozen=True):
    """A planned cell and what became of it."""

    id: str
    release: str
    tf: str  # the TensorFlow version, where it is known
    hub: str
    mode: Mode
    keras: Keras
    status: CellStatus
    reason: str = ""  # why there is nothing, or not everything, to see


class ReleaseAxis(msgspec.Struct, frozen=True):
    """The releases of a report, oldest first.

    Attributes:
        numbers: release -> its TensorFlow minor, e.g. (2, 15); a floating release's is what it resolved to, if known.
    """

    releases: tuple[str, ...]
    numbers: dict[str, tuple[int, ...]]

    @property
    def newest_numbered(self) -> str:
        """The newest release that is neither a candidate nor a nightly; the newest of all if there is no other."""
        numbered = [release for release in self.releases if release not in FLOATING]
        return (numbered or list(self.releases))[-1]

    def position(self, release: str) -> int:
        """Where a release stands."""
        return self.releases.index(release)

    def adjacent(self, earlier: str, later: str) -> bool:
        """Whether no release lies between the two, neither in the report nor in TensorFlow's numbering."""
        if self.position(later) != self.position(earlier) + 1:
            return False
        old, new = self.numbers.get(earlier, ()), self.numbers.get(later, ())
        if not old or not new:
            return later in FLOATING  # it resolved to nothing: nothing can be said of it
        return new in (old, _NEXT_MAJOR.get(old), (*old[:-1], old[-1] + 1))

    def span(self, first: str, last: str) -> str:
        """An interval of releases in words: "1.15 to 2.15", or "since 2.16" where it reaches the newest."""
        if first == last:
            return first
        return f"since {first}" if last == self.releases[-1] else f"{first} to {last}"


def cells_of(results: Results) -> tuple[CellInfo, ...]:
    """Every cell that was planned or observed, in the order of releases; a planned one without a record is missing."""
    cells = {
        row.cell: CellInfo(
            id=row.cell,
            release=row.release,
            tf=row.tf,
            hub=row.hub,
            mode=row.mode,
            keras=row.keras,
            status=_status(row.unavailable, results.run.cells_missing.get(row.cell, "")),
            reason=row.unavailable or results.run.cells_missing.get(row.cell, ""),
        )
        for row in results.environments
    }
    for cell_id in (*results.run.cells_planned, *results.run.cells_missing):
        if cell_id not in cells and (parsed := _cell_of(cell_id, results.run.cells_missing.get(cell_id, "no record"))):
            cells[cell_id] = parsed
    return tuple(sorted(cells.values(), key=lambda cell: release_order(cell.release)))


def axis_of(cells: Collection[CellInfo]) -> ReleaseAxis:
    """The releases that the cells span."""
    numbers = {cell.release: number for cell in cells if (number := minor_of(cell.tf) or minor_of(cell.release))}
    return ReleaseAxis(releases=tuple(sorted({cell.release for cell in cells}, key=release_order)), numbers=numbers)


def release_order(release: str) -> tuple[int, tuple[int, ...], str]:
    """Sorts numbered releases by number, and the floating ones behind them."""
    if release in FLOATING:
        return 1, (FLOATING.index(release),), release
    numbers = tuple(int(part) for part in release.split(".") if part.isdigit())
    return (0, numbers, release) if numbers else (2, (), release)


def _status(unavailable: str, missing: str) -> CellStatus:
    if unavailable:
        return CellStatus.UNAVAILABLE
    return CellStatus.MISSING if missing else CellStatus.OBSERVED


def _cell_of(cell_id: str, reason: str) -> CellInfo | None:
    """What the id of a cell without a record says; None for an id that no release of ours makes."""
    found = _CELL_ID.fullmatch(cell_id)
    if not found:
        return None
    return CellInfo(
        id=cell_id,
        release=found["release"],
        tf="" if found["release"] in FLOATING else found["release"],
        hub=found["hub"],
        mode=Mode(found["mode"]),
        keras=Keras(found["keras"] or Keras.BUNDLED),
        status=CellStatus.MISSING,
        reason=reason,
    )


def minor_of(version: str) -> tuple[int, ...]:
    """The minor that a version is of; empty for a text that is no version."""
    found = re.match(r"(\d+)\.(\d+)", version)
    return (int(found[1]), int(found[2])) if found else ()
