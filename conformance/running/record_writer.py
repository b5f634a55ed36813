"""Writes the host's lines of a record: those before and after the ones that come from inside the cell."""

from __future__ import annotations

import os
from pathlib import Path

import msgspec

from conformance.evidence import Header, Line


class RecordWriter:
    """A record while it is being written, at `path`; it becomes the cell's record when it is published."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def begin(self, header: Header) -> None:
        """Starts the record anew."""
        self.path.parent.mkdir(parents=True, exist_ok=True)
        self.path.write_bytes(b"")
        self.append(header)

    def append(self, line: Line) -> None:
        """Adds a line that is on the disk when this returns."""
        self._drop_torn_line()
        with self.path.open("ab") as file:
            file.write(msgspec.json.encode(line) + b"\n")
            file.flush()
            os.fsync(file.fileno())

    def publish(self, path: Path) -> None:
        """Puts the record in the place of the one before it."""
        self.path.replace(path)

    def _drop_torn_line(self) -> None:
        """Removes a last line that a killed writer left unfinished: another line after it would damage the record."""
        contents = self.path.read_bytes()
        whole = contents.rfind(b"\n") + 1
        if whole != len(contents):
            os.truncate(self.path, whole)
