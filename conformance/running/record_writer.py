"""Writes the host's lines of a record: those before and after the ones that come from inside the cell."""

from __future__ import annotations

import os
from pathlib import Path

import msgspec

from conformance import json_file
from conformance.evidence import Header, Line


class RecordWriter:
    """A record while it is being written, at `path`; it becomes the cell's record when it is published."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def begin(self, header: Header, *lines: Line) -> None:
        """Starts the record anew, with what is known of it already.

        All at once: a partial record that stands here may be where that comes from.
        """
        json_file.replace({self.path: b"".join(map(_encoded, (header, *lines)))})

    def restate(self, header: Header) -> None:
        """Puts another header above the lines that are there."""
        _, _, lines = self.path.read_bytes().partition(b"\n")
        json_file.replace({self.path: _encoded(header) + lines})

    def append(self, line: Line) -> None:
        """Adds a line that is on the disk when this returns."""
        self._drop_torn_line()
        with self.path.open("ab") as file:
            file.write(_encoded(line))
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


def _encoded(line: Line) -> bytes:
    return msgspec.json.encode(line) + b"\n"
