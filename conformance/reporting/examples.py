"""Keeps the generated models that failed: records are replaced by later runs, and what a deep run found must not be."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import msgspec

from conformance.results import Results

EXAMPLES = "failing-examples.jsonl"
_NOTED = "fails for "  # as the property-based probes note it; what follows can be typed in again


class FailingExample(msgspec.Struct, frozen=True):
    """A generated model that failed in a cell, in the form in which `kept_examples.py` takes it."""

    example: str
    probe: str
    cell: str
    observed: str
    reproduce: str


def failing_examples(results: Results) -> Iterator[FailingExample]:
    """The generated models that failed in a run."""
    for row in results.observations:
        for note in row.notes:
            if note.startswith(_NOTED):
                example = note.removeprefix(_NOTED)
                yield FailingExample(example, row.probe, row.cell, results.run.finished, row.reproduce)


def with_those_kept(path: Path, results: Results) -> bytes:
    """The lines of `path` as they are, and a line for each failing example of the run that is not among them."""
    kept = path.read_bytes() if path.is_file() else b""
    known = {(one.example, one.probe, one.cell) for line in kept.splitlines() if (one := _read(line))}
    new = [one for one in failing_examples(results) if (one.example, one.probe, one.cell) not in known]
    return kept + b"".join(msgspec.json.encode(one) + b"\n" for one in new)


def _read(line: bytes) -> FailingExample | None:
    """A line; None for one that is damaged, which is kept as it is."""
    try:
        return msgspec.json.decode(line, type=FailingExample)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return None
