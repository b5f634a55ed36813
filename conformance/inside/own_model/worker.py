"""What pytest-xdist starts as the Python of its worker: has the importer fork one, and stands for it until it ends.

`python -I -S worker.py FOLDER -u -c PROGRAM`, where execnet adds what follows the folder. To cost next to nothing, it
imports little.
"""

from __future__ import annotations

import json
import os
import resource
import socket
import sys
from multiprocessing import reduction
from multiprocessing.connection import Connection

_SOCKET = "importer.socket"  # as the importer calls it, which cannot be imported from here
_LIMITS = (resource.RLIMIT_AS, resource.RLIMIT_FSIZE, resource.RLIMIT_CPU)
_STREAMS = [0, 1, 2]
_NO_IMPORTER = 70  # exit code


def main(folder: str, *arguments: str) -> int:
    """Asks, waits, and ends as the worker ended."""
    here = os.getcwd()
    asking = socket.socket(socket.AF_UNIX)
    os.chdir(folder)  # the path of a socket has to be short
    asking.connect(_SOCKET)
    os.chdir(here)
    reduction.sendfds(asking, _STREAMS)
    wanted = {
        "program": arguments[-1],
        "variables": dict(os.environ),
        "folder": here,
        "limits": [resource.getrlimit(which)[1] for which in _LIMITS],
    }
    connection = Connection(asking.detach())
    connection.send_bytes(json.dumps(wanted).encode())
    for stream in _STREAMS:  # they are the worker's: who reads from the other ends learns when it has gone
        os.close(stream)
    try:
        status = int(connection.recv_bytes())
    except (EOFError, OSError):
        return _NO_IMPORTER
    if os.WIFSIGNALED(status):
        os.kill(os.getpid(), os.WTERMSIG(status))
    return os.WEXITSTATUS(status)


if __name__ == "__main__":
    os._exit(main(*sys.argv[1:]))
