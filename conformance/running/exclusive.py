"""Refuses a second run where two would get in each other's way."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from filelock import FileLock, Timeout

from conformance.errors import UsageError, writing


@contextmanager
def only_one(path: Path, what: str) -> Iterator[None]:
    """Holds the lock file `path` while `what` runs; the system releases it even when its holder is killed."""
    lock = FileLock(path)
    with writing(path, kept="nothing was run", remedy="Correct the folder's permissions."):
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            held = lock.acquire(blocking=False)
        except Timeout as error:
            raise UsageError(
                f"{what} is running already, as process {path.read_text().strip() or 'unknown'}.",
                where=str(path),
                remedy="Wait for it to end, or end it.",
            ) from error
        path.write_text(str(os.getpid()))
    with held:
        yield
