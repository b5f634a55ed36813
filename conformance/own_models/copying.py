"""Makes the copy of a model that is run, so that nothing that happens to it reaches the model itself."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

from conformance.inspecting.files import ModelFileError, size_of

_MOST_FILES = 100_000


def copy_model(folder: Path, target: Path) -> None:
    """Copies the regular files of a model, read-only; a link is copied as what it leads to, if that is a file."""
    count = 0
    for place, folders, files in os.walk(folder):
        folders.sort()
        into = target / Path(place).relative_to(folder)
        into.mkdir(parents=True)
        for name in sorted(files):
            count += 1
            path = Path(place, name)
            if count > _MOST_FILES:
                raise ModelFileError(f"has more than {_MOST_FILES:,} files.", where=str(folder))
            if path.is_file():  # no pipe, no device, no link to nothing
                _copy(path, into / name)


def _copy(path: Path, target: Path) -> None:
    size = size_of(path)
    if size > shutil.disk_usage(target.parent).free // 2:
        raise ModelFileError(f"has {size:,} bytes, for which there is not enough space.", where=str(path))
    try:
        shutil.copyfile(path, target)
    except OSError as error:
        raise ModelFileError(f"cannot be copied ({error.strerror or error}).", where=str(path)) from error
    target.chmod(0o444)
