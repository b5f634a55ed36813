"""The lines of a record, as conformance.evidence reads them, and the file they are appended to."""

from __future__ import annotations

import json
import os
from typing import Any, Dict, Sequence

Line = Dict[str, Any]  # a mapping with a "kind", as conformance.evidence decodes it


class RecordFile:
    """The record of the cell, to which whole lines are appended; whatever was appended survives a crash."""

    def __init__(self, path: str) -> None:
        self._file = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o644)

    def append(self, line: Line) -> None:
        """Writes `line` with one call and waits until it is on the disk."""
        data = (json.dumps(line, ensure_ascii=True, allow_nan=False) + "\n").encode("ascii")
        written = os.write(self._file, data)
        if written != len(data):
            raise OSError("only {} of {} bytes of a line could be written to the record".format(written, len(data)))
        os.fsync(self._file)

    def close(self) -> None:
        """Closes the file."""
        os.close(self._file)


def plan(probes: Sequence[str]) -> Line:
    """The probes that will run."""
    return {"kind": "plan", "probes": list(probes)}


def setting(tf: str, hub: str, python: str, keras_version: str, packages: dict[str, str]) -> Line:
    """The versions in force."""
    return {
        "kind": "setting",
        "tf": tf,
        "hub": hub,
        "python": python,
        "keras_version": keras_version,
        "packages": packages,
    }


def unavailable(stage: str, reason: str, detail: str, error: dict[str, str] | None = None) -> Line:
    """Why there is nothing to observe."""
    return {"kind": "unavailable", "stage": stage, "reason": reason, "detail": detail, "error": error}


def error(type_: str, message: str, origin: str, traceback: str = "") -> dict[str, str]:
    """What a probe raised, or how its process ended."""
    return {"type": type_, "message": message, "origin": origin, "traceback": traceback}


def observation(
    about: dict[str, Any],
    outcome: str,
    error: dict[str, str] | None,
    notes: Sequence[str],
    seconds: float,
    attempt: int,
    errors_met: Sequence[dict[str, str]] = (),
) -> Line:
    """What was observed of the probe that `about` (see conformance.inside.item) describes."""
    return {
        "kind": "observation",
        "probe": about["probe"],
        "claims": about["claims"],
        "fixture": about["fixture"],
        "outcome": outcome,
        "error": error,
        "errors_met": list(errors_met),
        "notes": list(notes),
        "seconds": round(seconds, 3),
        "attempt": attempt,
        "steps": about["steps"],
    }
