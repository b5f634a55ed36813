"""A folder that can be read and not written, by root neither."""

import contextlib
import ctypes
import os
import stat

from conformance.inside.probe import Blocked

_VERSION = 0x20080522  # of Linux' capabilities: two words of them
_WRITES_EVERYWHERE = 1 << 1  # CAP_DAC_OVERRIDE


class _Header(ctypes.Structure):
    _fields_ = [("version", ctypes.c_uint32), ("pid", ctypes.c_int)]


class _Word(ctypes.Structure):
    _fields_ = [(name, ctypes.c_uint32) for name in ("effective", "permitted", "inheritable")]


@contextlib.contextmanager
def readable_only(folder):
    """Takes the right to write from the folder and those in it; root gives up meanwhile what sets it above rights.

    That binds this thread only, which is enough: it is the one that makes folders and locks.

    Raises:
        Blocked: this system or file system knows no such rights.
    """
    folders = [where for where, _, _ in os.walk(folder)]
    for where in folders:
        os.chmod(where, stat.S_IRUSR | stat.S_IXUSR)
    try:
        with _bound_by_rights():
            if _can_write(folder):
                raise Blocked("a folder without the right to write can be written here")
            yield
    finally:
        for where in folders:
            os.chmod(where, stat.S_IRWXU)


def _can_write(folder):
    path = os.path.join(folder, "written")
    try:
        os.mkdir(path)
    except OSError:
        return False
    os.rmdir(path)
    return True


@contextlib.contextmanager
def _bound_by_rights():
    libc = ctypes.CDLL(None, use_errno=True)
    if os.geteuid() != 0 or not hasattr(libc, "capset"):
        yield
        return
    header, words = _Header(_VERSION, 0), (_Word * 2)()
    if libc.capget(ctypes.byref(header), words):
        raise Blocked("root's capabilities cannot be read here")
    before = words[0].effective
    words[0].effective = before & ~_WRITES_EVERYWHERE
    libc.capset(ctypes.byref(header), words)
    try:
        yield
    finally:
        words[0].effective = before
        libc.capset(ctypes.byref(header), words)
