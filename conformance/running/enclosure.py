"""Runs a program that nobody vouches for within bounds: a model is one.

Always: limits on memory, processor time and the size of files, a scratch home, no variables of the user's shell, and a
session of its own, which can be ended as a whole. Where the system lets us (`unshare` and `setpriv` of util-linux), in
namespaces of its own: it has no network, sees no process but its own, and can write to no file but those in a few
folders. Yet it can read what the user can, and shares the kernel: whoever expects an attack uses a virtual machine.
"""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path

import msgspec

from conformance.words import Word

_GIB = 1024**3
_KEPT_VARIABLES = ("PATH", "LANG", "LC_ALL", "LD_LIBRARY_PATH", "COVERAGE_PROCESS_START")
_SECONDS_TO_TRY = 20


class EnclosureLimits(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How much each of the processes may take: bytes, bytes, seconds."""

    memory: int = 16 * _GIB  # of addresses: TensorFlow asks for several times what it uses
    file: int = 4 * _GIB
    processor: int = 3600


class Enclosure(Word):
    """How far a program is shut in."""

    NAMESPACES = "namespaces"
    NETWORK = "network"
    LIMITS = "limits"

    @property
    def sentence(self) -> str:
        """What that means, for people."""
        return {
            Enclosure.NAMESPACES: "without a network, and with nothing it can write to but a scratch folder (unshare)",
            Enclosure.NETWORK: "without a network (unshare); it can write wherever you can",
            Enclosure.LIMITS: "with limits on time and memory only: this system offers no namespaces (unshare), so it"
            " can use the network, and write wherever you can",
        }[self]


class _Way(msgspec.Struct, frozen=True):
    enclosure: Enclosure
    command: tuple[str, ...]  # what stands before the folders, where there are any, and the program


# Mounts the writable folders onto themselves, then makes every other mount read-only. Who is root could write to disks
# by their devices, so these are gone.
_CLOSE = r"""
set -e
mount --make-rprivate /
kept=/dev/shm
while [ "$1" != -- ]; do mount --bind "$1" "$1"; kept="$kept
$1"; shift; done
shift
if mount -t tmpfs -o mode=755 tmpfs /dev; then
  { mknod -m 666 /dev/null c 1 3 && mknod -m 666 /dev/zero c 1 5 && mknod -m 666 /dev/full c 1 7 &&
    mknod -m 666 /dev/random c 1 8 && mknod -m 666 /dev/urandom c 1 9 &&
    ln -s /proc/self/fd /dev/fd; } 2>&- || umount /dev
fi
mkdir -p /dev/shm
mount -t tmpfs tmpfs /dev/shm
cat /proc/self/mounts | while read -r _ place _; do
  place=$(printf %b "$place")
  case "
$kept
" in *"
$place
"*) continue;; esac
  mount -o remount,bind,ro "$place" 2>/dev/null || [ "$place" != / ]
done
exec setpriv --bounding-set=-all --no-new-privs -- "$@"
"""


def enclosed(command: Sequence[str], writable: Sequence[Path], limits: EnclosureLimits) -> list[str]:
    """The command line that runs `command`, shut in as far as this system lets us."""
    way = _way()
    launcher = Path(__file__).with_name("limited.py")
    limited = [sys.executable, "-I", str(launcher), *map(str, msgspec.structs.astuple(limits)), *command]
    folders = [*(str(folder.resolve()) for folder in writable), "--"] if way.enclosure is Enclosure.NAMESPACES else []
    return [*way.command, *folders, *limited]


def available() -> Enclosure:
    """How far a program can be shut in on this system."""
    return _way().enclosure


def few_variables(base: Mapping[str, str], home: Path) -> dict[str, str]:
    """Those of the user's variables that a program needs, and a home of its own."""
    return {name: base[name] for name in _KEPT_VARIABLES if name in base} | {"HOME": str(home)}


@cache
def _way() -> _Way:
    """The best way that works, found by trying."""
    for user in ((), ("--user", "--map-root-user")):
        network = ("unshare", *user, "--net")
        spaces = (*network, "--mount", "--ipc", "--pid", "--fork", "--kill-child", "--mount-proc")
        closed = (*spaces, "sh", "-c", _CLOSE, "enclosed")
        if _works((*closed, "--", "true")):
            return _Way(Enclosure.NAMESPACES, closed)
        if _works((*network, "true")):
            return _Way(Enclosure.NETWORK, network)
    return _Way(Enclosure.LIMITS, ())


def _works(command: Sequence[str]) -> bool:
    try:
        done = subprocess.run(
            command, stdin=subprocess.DEVNULL, capture_output=True, check=False, timeout=_SECONDS_TO_TRY
        )
    except (OSError, subprocess.TimeoutExpired):
        return False
    return done.returncode == 0
