"""In which releases something was met, in words, for each way of setting TensorFlow up."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence

from conformance.cells import CellInfo, ReleaseAxis, minor_of
from conformance.words import Keras, Mode

_MODES = {Mode.TF1: "TF1", Mode.TF1_COMPAT: "TF1 compat mode", Mode.TF2: "TF2"}
_KERAS = {Keras.BUNDLED: "", Keras.KERAS3: "Keras 3", Keras.LEGACY: "TF_USE_LEGACY_KERAS=1"}


class Lanes:
    """The cells of a run by how TensorFlow is set up in them: mode, hub and Keras."""

    def __init__(self, cells: Sequence[CellInfo], axis: ReleaseAxis) -> None:
        self._cells = {cell.id: cell for cell in cells}
        self._axis = axis
        self._releases: dict[str, list[str]] = {}  # lane -> the releases that it has
        for cell in cells:
            self._releases.setdefault(_lane(cell), []).append(cell.release)

    def intervals(self, cells: Iterable[str]) -> list[tuple[str, str]]:
        """Lanes and, for each, the intervals of releases: ("TF2, hub 0.16, Keras 3", "since 2.16")."""
        by_lane: dict[str, set[str]] = {}
        for cell in map(self._cells.__getitem__, cells):
            by_lane.setdefault(_lane(cell), set()).add(cell.release)
        lanes_by_interval: dict[str, list[str]] = {}
        for lane in self._releases:
            if lane in by_lane:
                lanes_by_interval.setdefault(spans(self._axis, self._releases[lane], by_lane[lane]), []).append(lane)
        return [("; ".join(lanes), interval) for interval, lanes in lanes_by_interval.items()]

    def releases(self, cells: Iterable[str]) -> str:
        """The intervals of releases, whatever the lane."""
        return spans(self._axis, self._axis.releases, {self._cells[cell].release for cell in cells})


def spans(axis: ReleaseAxis, known: Iterable[str], met: Collection[str]) -> str:
    """Intervals of neighbours among the known releases, in words."""
    found: list[list[str]] = []
    neighbour = False
    for release in dict.fromkeys(known):
        if release not in met:
            neighbour = False
            continue
        if neighbour:
            found[-1][1] = release
        else:
            found.append([release, release])
        neighbour = True
    return ", ".join(axis.span(first, last) for first, last in found)


def _lane(cell: CellInfo) -> str:
    hub = ".".join(map(str, minor_of(cell.hub))) or cell.hub
    return ", ".join(part for part in (_MODES[cell.mode], f"hub {hub}", _KERAS[cell.keras]) if part)
