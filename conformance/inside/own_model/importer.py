"""Imports TensorFlow once for all models that are tried in a cell: `python -m <this module> FOLDER MODE KERAS`.

An import costs more than what most models do. So this process imports TensorFlow, runs nothing of any model, and forks
whenever pytest-xdist starts a worker (`worker.py`): the fork becomes that worker, under its limits and with its
variables. One runs at a time, and what it leaves running is ended before the next.

No model can reach another: what runs cannot ask for a fork, since the socket is there only while nothing runs, and
cannot look into this process.
"""

from __future__ import annotations

import ctypes
import json
import os
import resource
import select
import signal
import socket
import sys
import tempfile
from contextlib import suppress
from multiprocessing import reduction
from multiprocessing.connection import Connection
from typing import Any, NoReturn

SOCKET = "importer.socket"  # in FOLDER, while nothing runs
_LIMITS = (resource.RLIMIT_AS, resource.RLIMIT_FSIZE, resource.RLIMIT_CPU)
_STDIN, _STREAMS = 0, 3  # stdin, and how many there are with stdout and stderr
_POLL = 0.01  # seconds
_PR_SET_DUMPABLE = 4  # of <linux/prctl.h>


def main(folder: str, mode: str, keras: str) -> None:
    """Serves until stdin is closed."""
    _import_libraries(mode, keras)
    _let_others_look_into_us(False)
    listener = _listen(folder)
    while listener.fileno() in select.select([listener.fileno(), _STDIN], [], [])[0]:
        accepted, _ = listener.accept()
        listener.close()
        os.unlink(os.path.join(folder, SOCKET))
        streams = reduction.recvfds(accepted, _STREAMS)
        with Connection(accepted.detach()) as connection:
            status = _run(connection, streams)
            listener = _listen(folder)
            with suppress(OSError):  # whoever asked may have gone
                connection.send_bytes(str(status).encode())


def _import_libraries(mode: str, keras: str) -> None:
    from conformance.inside import setting
    from conformance.words import Keras, Mode

    with suppress(setting.LibraryError):  # which a worker meets as well, and reports
        setting.load(Mode(mode), Keras(keras))
    import pytest  # noqa: F401 - workers need it


def _listen(folder: str) -> socket.socket:
    listener, here = socket.socket(socket.AF_UNIX), os.getcwd()
    os.chdir(folder)  # the path of a socket has to be short
    listener.bind(SOCKET)
    os.chdir(here)
    listener.listen(1)
    return listener


def _run(connection: Connection, streams: list[int]) -> int:
    """Forks the worker that is asked for; gives its status, as of os.waitpid, when it has ended.

    Where nobody waits for it any more, it is ended.
    """
    wanted = json.loads(connection.recv_bytes().decode())
    child = os.fork()
    if child == 0:
        connection.close()
        _become(wanted, streams)
    for stream in streams:
        os.close(stream)
    ended, status = 0, 0
    while not ended and not connection.poll(_POLL):  # nothing more is ever said: it would have been closed
        ended, status = os.waitpid(child, os.WNOHANG)
    _end_what_is_left(child)
    return status


def _become(wanted: dict[str, Any], streams: list[int]) -> NoReturn:
    """Turns this fork into the process that is asked for: `python ... -c PROGRAM`."""
    os.setsid()
    _let_others_look_into_us(True)
    for place, stream in enumerate(streams):
        os.dup2(stream, place)
        os.close(stream)
    for which, most in zip(_LIMITS, wanted["limits"]):
        _, hard = resource.getrlimit(which)
        if most >= 0 and not 0 <= hard <= most:
            resource.setrlimit(which, (most, most))
    os.environ.clear()
    os.environ.update(wanted["variables"])
    os.chdir(wanted["folder"])
    tempfile.tempdir = None  # it is another one now
    sys.stdin, sys.stdout, sys.stderr = open(0), open(1, "w"), open(2, "w")  # noqa: SIM115 - they stay open
    sys.argv = ["-c"]
    try:
        exec(wanted["program"], {"__name__": "__main__"})  # noqa: S102 - that is what it was started for
    except SystemExit:
        pass
    except BaseException:
        sys.excepthook(*sys.exc_info())
        os._exit(1)
    os._exit(0)


def _end_what_is_left(worker: int) -> None:
    """Ends all that a worker left running, and the worker itself where it runs."""
    with suppress(ProcessLookupError):
        if os.getpid() == 1:  # of a namespace of our own, in which nothing else is
            os.kill(-1, signal.SIGKILL)
        else:
            os.killpg(worker, signal.SIGKILL)
    with suppress(ChildProcessError):
        while True:
            os.waitpid(-1, 0)


def _let_others_look_into_us(may: bool) -> None:
    """Whether processes of the same user may read and write our memory."""
    with suppress(OSError, AttributeError):  # only Linux has it
        ctypes.CDLL(None).prctl(_PR_SET_DUMPABLE, int(may), 0, 0, 0)


if __name__ == "__main__":
    main(*sys.argv[1:])
