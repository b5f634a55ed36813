"""Builds the virtualenv of a cell from its lock, and never takes a half-built one for whole."""

from __future__ import annotations

import os
import shutil
from contextlib import suppress
from pathlib import Path

from filelock import FileLock

from conformance.environments import interpreters
from conformance.environments.catalogue import Cell
from conformance.environments.command import Finished
from conformance.environments.installed import damaged
from conformance.environments.lock_file import Lock, read_lock
from conformance.environments.unavailable import UnavailableError
from conformance.environments.uv import explain, uv

# Written after everything is installed and removed before anything is touched: what it says is what is there.
MARKER = "built-from.txt"


def build(cell: Cell, *, root: Path, lock: Path | None = None, bytecode_of: Path | None = None) -> Path:
    """Makes the virtualenv of a cell be exactly what its lock says; returns the path of its Python.

    Safe against other processes that build the same cell: they wait for each other.

    Args:
        root: the folder of all cells' virtualenvs; this one's is named after the cell.
        lock: the lock to build from, where it is not the committed one (floating releases have none).
        bytecode_of: a virtualenv of much the same packages, if there is one, whose compiled files are used as well.

    Raises:
        UnavailableError: it cannot be built here; carries the stage, the reason and the remedy.
    """
    contents = read_lock(lock or cell.environment.lock)
    if contents.environment != cell.environment.id:
        raise UnavailableError(
            "lock",
            f"the lock is that of {contents.environment}.",
            where=str(contents.path),
            remedy=f"Restore the lock of {cell.environment.id} from version control.",
        )
    try:
        root.mkdir(parents=True, exist_ok=True)
        building = FileLock(root / f"{cell.id}.lock").acquire()
    except OSError as error:
        raise UnavailableError(
            "install",
            f"the folder of the virtualenvs cannot be written ({error.strerror}).",
            where=str(root),
            remedy="Check its permissions and the space on its disk, then try again.",
        ) from error
    with building:
        return install(contents, root / cell.id, bytecode_of)


def install(lock: Lock, home: Path, bytecode_of: Path | None = None) -> Path:
    """Makes the virtualenv at `home` be exactly what `lock` says; returns the path of its Python."""
    marker, python = home / MARKER, home / "bin" / "python"
    marking = f"lock {lock.digest}\npython {lock.python}\n"
    try:
        # The Python may have been uninstalled since: the virtualenv's is then a link to nothing.
        whole = marker.is_file() and marker.read_text(encoding="utf-8") == marking and python.exists()
        marker.unlink(missing_ok=True)
        # What is whole needs no index: without one, uv is done in a third of the time, and done on a train as well.
        if not (whole and _synchronize(lock, python, "--offline").code == 0):
            _create(home, lock)
            _require_success(_synchronize(lock, python), lock, "uv could not install the lock.")
            _refuse_damaged(home, lock)
            if bytecode_of:
                share_bytecode(home, bytecode_of)
        marker.write_text(marking, encoding="utf-8")
    except OSError as error:
        raise UnavailableError(
            "install",
            f"the virtualenv cannot be written ({error.strerror or error}).",
            where=str(home),
            remedy="See to the folder's permissions and the space on its disk, then try again.",
        ) from error
    return python


def share_bytecode(home: Path, other: Path) -> None:
    """Links the compiled files that another virtualenv has of the very files that `home` has.

    To compile TensorFlow takes several times as long as to import it. Two files are the same only where both are links
    into uv's cache: a time and a size, by which Python tells whether a compiled file is current, may be those of
    another file.
    """
    for compiled in other.glob("lib/python*/site-packages/**/__pycache__/*.cpython-*.pyc"):
        name, _, tag = compiled.name.partition(".")
        source, target = compiled.parent.parent / f"{name}.py", home / compiled.relative_to(other)
        mine = home / source.relative_to(other)
        with suppress(OSError):  # it is not there, or cannot be linked: Python compiles it anew
            if "pytest" not in tag and source.samefile(mine):
                target.parent.mkdir(exist_ok=True)
                os.link(compiled, target)


def forget_other_python(home: Path, version: str) -> None:
    """Has the virtualenv at `home` be built anew if another interpreter than CPython `version` made it.

    A newer patch may have been installed since, and what is measured is to be what was asked for.
    """
    try:
        about = (home / "pyvenv.cfg").read_text(encoding="utf-8")
    except OSError:  # it is not there, or is no virtualenv: whoever builds it finds that out
        return
    if f"version_info = {version}" not in about.splitlines():
        (home / MARKER).unlink(missing_ok=True)


def note_on_copies(root: Path) -> str:
    """A sentence for the user if uv has to copy its cache into each virtualenv instead of linking; "" if not."""
    try:
        asked = uv("cache", "dir")
    except UnavailableError:  # which the builds will say, each in its record
        return ""
    cache = Path(asked.out.strip())
    if asked.code != 0 or _existing(cache).stat().st_dev == _existing(root).stat().st_dev:
        return ""
    return (
        f"uv's cache ({cache}) is on another file system than the virtualenvs ({root}): each of them is a"
        " full copy of 0.5 to 1.6 GB. Set UV_CACHE_DIR to a folder on the same file system to have them share files."
    )


def _create(home: Path, lock: Lock) -> None:
    interpreter = interpreters.find(lock.python)
    if home.exists():
        shutil.rmtree(home)
    home.parent.mkdir(parents=True, exist_ok=True)
    made = uv("venv", "--quiet", "--no-project", "--python", interpreter, home)
    _require_success(made, lock, "uv could not make the virtualenv.")


def _synchronize(lock: Lock, python: Path, *options: str) -> Finished:
    return uv("pip", "sync", "--quiet", "--require-hashes", *options, "--python", python, lock.path)


def _require_success(done: Finished, lock: Lock, otherwise: str) -> None:
    if done.code != 0:
        raise explain("install", done, where=lock.environment, otherwise=otherwise)


def _refuse_damaged(home: Path, lock: Lock) -> None:
    found = damaged(home / "lib" / f"python{lock.python}" / "site-packages")
    if not found:
        return
    names = " ".join(sorted(found))
    first = next(iter(found.values()))[0]
    count = sum(map(len, found.values()))
    raise UnavailableError(
        "install",
        f"what uv's cache has of {names} is damaged: {count} installed files differ from the wheel's, the first is"
        f" {first}.",
        where=lock.environment,
        remedy=f"Have it downloaded anew: `uv cache clean {names}`, then try again.",
        detail="\n".join(f"{package}: {name}" for package, files in found.items() for name in files[:20]),
    )


def _existing(path: Path) -> Path:
    """`path`, or the nearest folder above it that is there."""
    return next(folder for folder in (path, *path.resolve().parents) if folder.exists())
