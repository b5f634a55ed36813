"""Follows a record while its cell writes it."""

from __future__ import annotations

import os
from collections import Counter
from pathlib import Path

import msgspec

from conformance.evidence import Line, Observation, Plan, Unavailable


class Watch:
    """How far a cell is, read from what its record has so far."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._forget()

    def _forget(self) -> None:
        self._read = 0
        self._file = 0  # its inode
        self._planned: set[str] = set()
        self._outcomes: dict[str, str] = {}
        self.unavailable = ""

    @property
    def planned(self) -> int:
        """How many probes the cell will run; 0 until it knows."""
        return len(self._planned)

    @property
    def observed(self) -> int:
        """How many probes have ended."""
        return len(self._outcomes)

    @property
    def outcomes(self) -> Counter[str]:
        """How many probes had each outcome."""
        return Counter(self._outcomes.values())

    def look(self, path: Path | None = None) -> None:
        """Reads the whole lines that have been added; `path`, where the record has been moved since."""
        try:
            with (path or self._path).open("rb") as file:
                found = os.fstat(file.fileno())
                if found.st_ino != self._file or found.st_size < self._read:  # begun anew: what was read is of another
                    self._forget()
                self._file = found.st_ino
                file.seek(self._read)
                added = file.read()
        except OSError:
            return
        whole = added[: added.rfind(b"\n") + 1]
        self._read += len(whole)
        for raw in whole.splitlines():
            self._take(raw)

    def _take(self, raw: bytes) -> None:
        try:
            line = msgspec.json.decode(raw, type=Line)
        except msgspec.MsgspecError:
            return  # progress is no judge: whoever reads the record afterwards says what is wrong with it
        if isinstance(line, Plan):
            self._planned.update(line.probes)
        elif isinstance(line, Observation):
            self._outcomes[line.probe] = str(line.outcome)
        elif isinstance(line, Unavailable):
            self.unavailable = line.reason
