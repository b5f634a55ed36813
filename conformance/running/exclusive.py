"""Refuses a second run where two would get in each other's way."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from conformance.errors import UsageError


@contextmanager
def only_one(path: Path, what: str) -> Iterator[None]:
    """Holds the lock file `path` while `what` runs; the system releases it even when its holder is killed.

    Raises:
        UsageError: another process holds it, or the file cannot be made.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        held = path.open("a+")
    except OSError as error:
        raise UsageError(
            f"cannot be written to ({error.strerror}); nothing was run.",
            where=str(path),
            remedy="Mend the folder's permissions.",
        ) from error
    with held:
        try:
            fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            held.seek(0)
            raise UsageError(
                f"{what} is running already, as process {held.read().strip() or 'unknown'}.",
                where=str(path),
                remedy="Wait for it to end, or end it.",
            ) from error
        held.truncate(0)
        held.write(str(os.getpid()))
        held.flush()
        yield
