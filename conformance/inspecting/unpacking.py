"""Unpacks archives that nobody vouches for: nothing is written outside of the folder, and no more than is sensible."""

from __future__ import annotations

import gzip
import shutil
import tarfile
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path, PurePosixPath
from typing import IO, Any

import msgspec

from conformance.inspecting.files import ModelFileError, size_of

TAR, TAR_GZ, ZIP = ".tar", (".tar.gz", ".tgz"), ".zip"

_REMEDY = "Unpack it yourself if you trust it, and give the folder."
_MOST_AT_ONCE = 16 * 1024**2  # bytes; a header that is longer was made to fill the memory
_DAMAGED = (tarfile.TarError, zipfile.BadZipFile, zlib.error, EOFError, UnicodeError, NotImplementedError, ValueError)


class UnpackLimits(msgspec.Struct, frozen=True):
    """How much an archive may hold; both are far above what models have."""

    bytes: int = 16 * 1024**3
    members: int = 100_000


class _Member(msgspec.Struct, frozen=True):
    """One entry of an archive; `content` is None for a folder."""

    name: str
    size: int
    content: IO[bytes] | None


def is_archive(path: Path) -> bool:
    """Whether the name is that of an archive that can be unpacked."""
    return path.name.lower().endswith((TAR, *TAR_GZ, ZIP))


def unpack(archive: Path, folder: Path, limits: UnpackLimits | None = None) -> None:
    """Unpacks an archive into a folder that exists and is empty.

    Raises:
        ModelFileError: it is damaged, holds more than the limits allow, or has an entry that is neither a file nor a
            folder within it. What was unpacked by then stays in the folder.
    """
    limits = limits or UnpackLimits()
    size_of(archive)  # a pipe would make us wait
    total = 0
    try:
        for count, member in enumerate(_members(archive), start=1):
            total += member.size
            if count > limits.members:
                raise _refused(archive, f"has more than {limits.members:,} entries.")
            if total > limits.bytes or member.size > shutil.disk_usage(folder).free:
                raise _refused(archive, f"would take more than {min(total, limits.bytes):,} bytes.")
            _write(member, folder, archive)
    except _DAMAGED as error:
        raise ModelFileError(f"is damaged, or is no archive ({error}).", where=str(archive)) from error
    except RuntimeError as error:  # what zipfile says of a password
        raise _refused(archive, f"cannot be unpacked ({error}).") from error
    except OSError as error:
        raise _refused(archive, f"cannot be unpacked ({error.strerror or error}).") from error


def _write(member: _Member, folder: Path, archive: Path) -> None:
    name = PurePosixPath(member.name)
    inside = not name.is_absolute() and ".." not in name.parts and not set(member.name) & {"\0", "\\"}
    if not inside or ":" in (name.parts or ("",))[0]:
        raise _refused(archive, f"has the entry {member.name!r}, which lies outside of it.")
    path = folder.joinpath(*name.parts)
    if member.content is None:
        path.mkdir(parents=True, exist_ok=True)
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("xb") as file:  # "x": the same name twice is an error
        shutil.copyfileobj(member.content, file)


def _members(archive: Path) -> Iterator[_Member]:
    name = archive.name.lower()
    if name.endswith(ZIP):
        yield from _of_zip(archive)
    elif name.endswith(TAR):
        with archive.open("rb") as file:
            yield from _of_tar(file, archive)
    else:
        with gzip.open(archive) as unzipped:
            yield from _of_tar(unzipped, archive)


def _of_tar(file: Any, archive: Path) -> Iterator[_Member]:
    in_parts: Any = _InSmallParts(file, archive)
    with tarfile.open(fileobj=in_parts, mode="r:") as tar:
        for entry in tar:
            if entry.isdir():
                yield _Member(entry.name, 0, None)
            elif entry.isreg() and not entry.issparse():
                yield _Member(entry.name, entry.size, tar.extractfile(entry))
            else:
                raise _refused(archive, f"has the entry {entry.name!r}, which is neither a file nor a folder.")


def _of_zip(archive: Path) -> Iterator[_Member]:
    with zipfile.ZipFile(archive) as packed:
        for entry in packed.infolist():
            kind = (entry.external_attr >> 16) & 0o170000
            if kind not in (0, 0o100000, 0o040000):
                raise _refused(archive, f"has the entry {entry.filename!r}, which is neither a file nor a folder.")
            if entry.is_dir():
                yield _Member(entry.filename, 0, None)
            else:
                with packed.open(entry) as content:
                    yield _Member(entry.filename, entry.file_size, content)


class _InSmallParts:
    """A file that refuses to be read in one large part, which tarfile would do with a header that says so."""

    def __init__(self, file: Any, archive: Path) -> None:
        self._file, self._archive = file, archive
        self.seek, self.tell = file.seek, file.tell

    def read(self, size: int) -> bytes:
        if size > _MOST_AT_ONCE:
            raise _refused(self._archive, f"has a header of {size:,} bytes.")
        content: bytes = self._file.read(size)
        return content


def _refused(archive: Path, what: str) -> ModelFileError:
    return ModelFileError(what, where=str(archive), remedy=_REMEDY)
