"""Says of what looks broken as soon as it is observed, while the cells still run; it is measured again afterwards."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import contextmanager

from conformance.claims.catalogue import Catalogue
from conformance.comparing.direction import SeenOutcome, outcome_change, promises
from conformance.comparing.error_texts import one_line
from conformance.errors import EvidenceError
from conformance.evidence import Observation, Record, read_record
from conformance.running.places import Places
from conformance.running.progress import duration
from conformance.words import Change

_EVERY = 2.0  # seconds between looks
_OURS = "conformance.inside.probe."  # begins the names of our own exceptions
_MOST = 5  # announcements of each cell; the result has them all


class Announcer:
    """Compares what cells have observed so far with what they observe without the candidate."""

    def __init__(
        self, without: Sequence[Record], places: Places, claims: Catalogue, say: Callable[[str], None]
    ) -> None:
        self._before = {
            record.header.cell: {one.probe: SeenOutcome.of(one) for one in record.observations} for record in without
        }
        self._places = places
        self._promises = {claim.id for claim in claims.claims if promises(claim.level)}
        self._say = say
        self._announced: dict[str, set[str]] = {cell: set() for cell in self._before}
        self._started = time.monotonic()

    @contextmanager
    def running(self) -> Iterator[None]:
        """Looks again and again, as long as the context lasts."""
        ended = threading.Event()

        def look_on() -> None:
            while not ended.wait(_EVERY):
                self.look()

        thread = threading.Thread(target=look_on, daemon=True)
        thread.start()
        try:
            yield
        finally:
            ended.set()
            thread.join()

    def look(self) -> None:
        """Says of each cell what is newly found to be broken."""
        for cell, before in self._before.items():
            try:
                record = read_record(self._places.partial(cell))
            except EvidenceError:  # it has not begun, or has ended
                continue
            said = self._announced[cell]
            for one in record.observations:
                was = before.get(one.probe)
                if one.probe not in said and was and _is_broken(one, was, self._promises):
                    said.add(one.probe)
                    if len(said) <= _MOST:
                        self._say(self._line(cell, one, was))

    def _line(self, cell: str, one: Observation, was: SeenOutcome) -> str:
        seconds = duration(time.monotonic() - self._started)
        error = f": {one_line(one.error).removeprefix(_OURS)}" if one.error else ""
        return f"  after {seconds}: looks broken in {cell}: {one.probe}: {was.outcome} → {one.outcome}{error}"


def _is_broken(one: Observation, was: SeenOutcome, promising: Collection[str]) -> bool:
    promised = any(tested.id in promising for tested in one.claims)
    return outcome_change(was, SeenOutcome.of(one), promised=promised) is Change.REGRESSION
