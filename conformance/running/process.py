"""Starts and ends the processes that run for long: the one place where this package does so, and the tests' seam."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from types import FrameType
from typing import IO

INTERRUPTED = 130  # the exit code of a command that Ctrl-C ended, as shells have it


def start(
    command: Sequence[str],
    *,
    environment: Mapping[str, str],
    folder: Path,
    output: IO[bytes] | int | None = None,
    stdin: int = subprocess.DEVNULL,
) -> subprocess.Popen[bytes]:
    """Starts `command` as leader of a session of its own, so that it can be ended with all that it starts.

    A Ctrl-C in the terminal does not reach it: whoever started it has to end it.
    """
    return subprocess.Popen(
        command,
        env=dict(environment),
        cwd=folder,
        stdin=stdin,
        stdout=output,
        stderr=subprocess.STDOUT,
        start_new_session=True,
    )


def end(processes: Iterable[subprocess.Popen[bytes]], *, grace: float) -> None:
    """Asks the processes and what they started to stop; kills what has not stopped after `grace` seconds."""
    chosen = list(processes)
    for process in chosen:
        _signal_group(process, signal.SIGINT)
    deadline = time.monotonic() + grace
    for process in chosen:
        with suppress(subprocess.TimeoutExpired):
            process.wait(timeout=max(0.0, deadline - time.monotonic()))
    for process in chosen:
        _signal_group(process, signal.SIGKILL)  # also where the leader has gone: what it started may have stayed
        process.wait()


def _signal_group(process: subprocess.Popen[bytes], number: signal.Signals) -> None:
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, number)


@contextmanager
def interruptible() -> Iterator[None]:
    """Lets Ctrl-C, `kill` and a closed terminal all raise KeyboardInterrupt, so that all of them end us in order.

    SIGINT is included because a process started in the background inherits that it be ignored.
    """

    def interrupt(_number: int, _frame: FrameType | None) -> None:
        raise KeyboardInterrupt

    before = {number: signal.signal(number, interrupt) for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
