"""Spare fresh processes, forked from the probes' process when it has imported TensorFlow and has run nothing yet.

A fork at that moment has what an interpreter of its own has after the same import, and costs a hundredth: two take
0.02 to 0.04 CPU seconds, an import 1.4 to 5.4. It never sees what a probe makes later; a fork after the first op would,
and hangs.
"""

from __future__ import annotations

import multiprocessing
import os
import socket
import stat
import subprocess
import tempfile
from multiprocessing.connection import Connection
from pathlib import Path
from typing import NamedTuple

from conformance.inside import setting
from conformance.inside.fresh import child

# One for the probes that share it, and one for the first that needs another setting, or dies.
_KEPT = 2


class Started(NamedTuple):
    """A child that was started: its process, our end of the connection, and its folder."""

    process: subprocess.Popen[bytes] | _Forked
    connection: Connection
    folder: Path


class Spares:
    """The spare processes of a cell."""

    def __init__(self) -> None:
        self._left: list[Started] = []

    def fork(self, libraries: setting.Libraries, to_answer: float) -> None:
        """Forks them; no thread of ours may hold a lock, nor have a time-out of faulthandler to wait for."""
        for _ in range(_KEPT):
            self._left.append(_fork(libraries, to_answer))

    def take(self) -> Started | None:
        """One of them, which is the caller's from now on; None where none is left."""
        return self._left.pop(0) if self._left else None

    def take_all(self) -> list[Started]:
        """All that are left."""
        left, self._left = self._left, []
        return left


def _fork(libraries: setting.Libraries, to_answer: float) -> Started:
    foreign = _pipes_and_sockets()
    folder = Path(tempfile.mkdtemp(prefix="fresh-"))
    ours, theirs = socket.socketpair()
    with ours, theirs:
        arguments = (theirs.fileno(), folder, to_answer, libraries, [*foreign, ours.fileno()])
        process = multiprocessing.get_context("fork").Process(target=_serve, args=arguments, daemon=True)
        process.start()
        return Started(_Forked(process), Connection(ours.detach()), folder)


def _serve(handle: int, folder: Path, to_answer: float, libraries: setting.Libraries, foreign: list[int]) -> None:
    # Who reads from the other ends waits until nobody holds these any more: so that a dead worker is noticed.
    for one in foreign:
        os.close(one)
    child.serve(Connection(handle), folder, to_answer, libraries)
    child.leave()


def _pipes_and_sockets() -> list[int]:
    """The open ones of this process, beside stdin, stdout and stderr."""
    listing = next(folder for folder in ("/proc/self/fd", "/dev/fd") if os.path.isdir(folder))  # Linux, macOS
    found = []
    for name in os.listdir(listing):
        try:
            mode = os.fstat(int(name)).st_mode
        except OSError:  # the listing's own
            continue
        if int(name) > 2 and (stat.S_ISFIFO(mode) or stat.S_ISSOCK(mode)):
            found.append(int(name))
    return found


class _Forked:
    """What a subprocess.Popen does, of a forked process."""

    def __init__(self, process: multiprocessing.process.BaseProcess) -> None:
        self._process = process

    def wait(self, timeout: float | None = None) -> int:
        """The exit code, or the signal with a minus sign."""
        self._process.join(timeout)
        if self._process.exitcode is None:
            raise subprocess.TimeoutExpired("a forked process", timeout or 0.0)
        return self._process.exitcode

    def kill(self) -> None:
        """Ends it at once."""
        self._process.kill()
