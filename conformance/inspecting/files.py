"""Reads files of a model that nobody vouches for: regular files only, none larger than it may be."""

from __future__ import annotations

import os
import stat
from pathlib import Path

from conformance.errors import EvidenceError

LARGEST_MESSAGE = 2**31 - 1  # bytes; protobuf reads no larger one
LFS_POINTER = b"version https://git-lfs.github.com/spec/"


class ModelFileError(EvidenceError):
    """A file of a model that cannot be used."""

    def __init__(self, what: str, *, where: str, remedy: str = "Export or download the model again.") -> None:
        super().__init__(what, where=where, remedy=remedy)


def size_of(path: Path) -> int:
    """The size of a regular file."""
    try:
        about = path.stat()
    except (OSError, ValueError) as error:  # ValueError: a null character in the name
        raise ModelFileError(f"cannot be read ({getattr(error, 'strerror', '') or error}).", where=str(path)) from error
    if not stat.S_ISREG(about.st_mode):
        raise ModelFileError("is no regular file.", where=str(path))
    return about.st_size


def read(path: Path, *, limit: int = LARGEST_MESSAGE) -> bytes:
    """The content of a regular file."""
    size = size_of(path)
    if size > limit:
        raise ModelFileError(f"has {size:,} bytes; no more than {limit:,} are read.", where=str(path))
    try:
        # Should something have taken the file's place since, a pipe must not make us wait.
        with os.fdopen(os.open(path, os.O_RDONLY | os.O_NONBLOCK), "rb") as file:
            content = file.read(limit + 1)
    except OSError as error:
        raise ModelFileError(f"cannot be read ({error.strerror or error}).", where=str(path)) from error
    if content.startswith(LFS_POINTER):
        raise ModelFileError(
            "is a pointer of Git LFS, and not the file itself.",
            where=str(path),
            remedy="Get the file: `git lfs pull` in the repository that it comes from.",
        )
    return content
