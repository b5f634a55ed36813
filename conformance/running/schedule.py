"""In which order cells run, and how long that may take."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from statistics import median

from conformance.environments.catalogue import Cell

UNKNOWN_SECONDS = 60.0  # the guess for a cell where nothing has been measured yet


class Schedule:
    """The cells that wait for their turn: long ones first, so that none is left to run alone at the end."""

    def __init__(self, cells: Sequence[Cell], measured: Mapping[str, float], unknown: float = UNKNOWN_SECONDS) -> None:
        guess = median(measured.values()) if measured else unknown
        self.estimates = {cell.id: measured.get(cell.id, guess) for cell in cells}
        # Of equally long ones the newest first: it is what is waited for, and it is the largest to install.
        newest_first = list(reversed(cells))
        self._waiting = sorted(newest_first, key=lambda cell: self.estimates[cell.id], reverse=True)

    @property
    def waiting(self) -> tuple[Cell, ...]:
        """The cells whose turn has not come, in order."""
        return tuple(self._waiting)

    def take(self, running: Collection[Cell]) -> Cell:
        """The next cell: one of another environment than those running, if there is one.

        The first import in an environment compiles it; two at once would do each other's work again.
        """
        busy = {cell.environment.id for cell in running}
        chosen = next((cell for cell in self._waiting if cell.environment.id not in busy), self._waiting[0])
        self._waiting.remove(chosen)
        return chosen

    def drop(self, cell: Cell) -> None:
        """Leaves out a cell that cannot be measured."""
        self._waiting.remove(cell)

    def seconds_left(self, elapsed: Mapping[str, float], jobs: int) -> float:
        """How long the rest may take, given how long each running cell has been at it."""
        running = [max(0.0, self.estimates[cell_id] - seconds) for cell_id, seconds in elapsed.items()]
        waiting = [self.estimates[cell.id] for cell in self._waiting]
        return max([sum(running + waiting) / jobs, *running, *waiting], default=0.0)
