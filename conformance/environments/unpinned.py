"""The unpinned installation: what it brings on a day, without any version or pin, and whether that imports."""

from __future__ import annotations

from pathlib import Path

import msgspec

from conformance.environments.catalogue import Pin, Releases
from conformance.environments.importing import try_import
from conformance.environments.lock_file import LockRequest, read_lock
from conformance.environments.locking import resolve
from conformance.environments.unavailable import UnavailableError
from conformance.environments.virtualenv import install

REQUIREMENTS = ("tensorflow", "tensorflow_hub")
COMMAND = f"pip install {' '.join(REQUIREMENTS)}"


class UnpinnedInstall(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What a user got on that day who followed the first line of every guide.

    Attributes:
        python: the Python it was tried on ("3.13").
        packages: what the line resolves to, by normalized name; empty where that could not be found out.
        versions: what was imported, by name; empty where the import failed.
        error: the line that says why the import failed; empty where it did not.
        unobserved: why nothing is known (no index, no interpreter, no room); empty where something is.
    """

    python: str
    packages: dict[str, str] = {}
    versions: dict[str, str] = {}
    error: str = ""
    unobserved: str = ""

    @property
    def imports(self) -> bool:
        """Whether TensorFlow and tensorflow_hub could be imported and used a little."""
        return bool(self.versions)


def newest_python(releases: Releases) -> str:
    """The newest Python that a release is tried on."""
    return max((release.python for release in releases.releases), key=lambda text: tuple(map(int, text.split("."))))


def observe_unpinned(python: str, folder: Path, *, as_of: str = "") -> UnpinnedInstall:
    """Resolves, installs and imports the unpinned installation in a virtualenv of its own, below `folder`.

    It is resolved by uv, which like pip takes no pre-release unless asked.

    Args:
        as_of: the ISO date of a day after which nothing may have been uploaded; empty where as of now.
    """
    path = folder / "plain.txt"
    request = LockRequest("plain", python, tuple(Pin(one, "") for one in REQUIREMENTS), (), ())
    packages: dict[str, str] = {}
    try:
        resolve(request, path, as_of=as_of)
        lock = read_lock(path)
        packages = lock.packages
        imported = try_import(install(lock, folder / "plain"))
    except UnavailableError as error:
        return UnpinnedInstall(python, packages, unobserved=str(error))
    return UnpinnedInstall(python, packages, imported.versions, imported.error)
