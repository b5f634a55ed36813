"""Finds the models that a user means: a folder, an archive, a handle in the local cache, or a folder of several."""

from __future__ import annotations

import hashlib
import os
import re
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import msgspec

from conformance.errors import UsageError
from conformance.inspecting.saved_model import is_saved_model
from conformance.inspecting.unpacking import is_archive, unpack

_DEEPEST = 6  # folders below the one that was given
_MOST_FOLDERS = 20_000
_MOST_MODELS = 1_000
_LONGEST_NAME = 80
_ARCHIVE_ENDING = re.compile(r"\.(tar\.gz|tgz|tar|zip)$", re.IGNORECASE)
_SAYS_NOTHING = re.compile(r"(saved_?|my_?)?models?|export(ed)?|savedmodel|\d+", re.IGNORECASE)
_HANDLE = re.compile(r"https?://\S+", re.IGNORECASE)


class FoundModel(msgspec.Struct, frozen=True):
    """A model to look at.

    Attributes:
        name: what its reports are called; fit for a file name.
    """

    name: str
    folder: Path


@contextmanager
def found_models(typed: str, environ: Mapping[str, str] = os.environ) -> Iterator[tuple[FoundModel, ...]]:
    """The models that are meant, as long as the context lasts; what had to be unpacked is then removed."""
    if _HANDLE.fullmatch(typed):
        yield _in(_cached(typed, environ), typed)
        return
    path = Path(typed)
    try:
        is_folder, is_file = path.is_dir(), path.is_file()
    except (OSError, ValueError):  # no name of a file: too long, or with a null character
        is_folder = is_file = False
    if is_folder:
        yield _in(path, _telling(path.resolve()))
    elif is_file and is_archive(path):
        with tempfile.TemporaryDirectory(prefix="model-") as scratch:
            unpack(path, Path(scratch))
            yield _in(Path(scratch), _ARCHIVE_ENDING.sub("", path.name), typed)
    elif is_file and is_saved_model(path.parent) and path.name.startswith("saved_model."):
        yield _in(path.parent, _telling(path.resolve().parent))
    else:
        what = "is no folder and no .tar.gz, .tgz, .tar or .zip archive." if is_file else "does not exist."
        raise UsageError(what, where=typed, remedy="Give the folder that saved_model.pb lies in, or an archive of it.")


def _in(folder: Path, name: str, typed: str = "") -> tuple[FoundModel, ...]:
    if is_saved_model(folder):
        return (FoundModel(_file_name(name), folder),)
    folders = list(_below(folder))
    if not folders:
        raise UsageError(
            "holds no SavedModel: no folder in it has a saved_model.pb or saved_model.pbtxt.",
            where=typed or str(folder),
            remedy="Give the folder that saved_model.pb lies in. (A .h5 or .keras file is no SavedModel.)",
        )
    if len(folders) == 1:
        return (FoundModel(_file_name(name), folders[0]),)
    names: dict[str, Path] = {}
    for each in folders:
        wanted = _file_name("-".join(each.relative_to(folder).parts))
        free = next(one for one in (wanted, *(f"{wanted}-{number}" for number in range(2, 9999))) if one not in names)
        names[free] = each
    return tuple(FoundModel(name, each) for name, each in names.items())


def _below(folder: Path) -> Iterator[Path]:
    """The folders of models below one, in the order of their names; links are not followed, which could go round."""
    models = 0
    top = len(folder.parts)
    for seen, (place, folders, _) in enumerate(os.walk(folder), start=1):
        path = Path(place)
        if is_saved_model(path):
            models += 1
            folders.clear()  # what lies in a model belongs to it
            yield path
        if len(path.parts) - top >= _DEEPEST:
            folders.clear()
        folders.sort()
        if seen > _MOST_FOLDERS or models > _MOST_MODELS:
            raise UsageError(
                f"has more than {_MOST_MODELS:,} models, or more than {_MOST_FOLDERS:,} folders.",
                where=str(folder),
                remedy="Give a part of it.",
            )


def _cached(handle: str, environ: Mapping[str, str]) -> Path:
    """The folder in which tensorflow_hub keeps the model of a handle."""
    cache = Path(environ.get("TFHUB_CACHE_DIR") or Path(tempfile.gettempdir()) / "tfhub_modules")
    folder = cache / hashlib.sha1(handle.encode(), usedforsecurity=False).hexdigest()
    if not folder.is_dir():
        raise UsageError(
            f"is not in the local cache ({cache}); nothing is downloaded here.",
            where=handle,
            remedy="Load it once with tensorflow_hub (TFHUB_CACHE_DIR names its cache), or give a folder.",
        )
    return folder


def _telling(folder: Path) -> str:
    """The folder's name; with that of the one above it where many are called so, as reports would replace others'."""
    return f"{folder.parent.name}-{folder.name}" if _SAYS_NOTHING.fullmatch(folder.name) else folder.name


def _file_name(name: str) -> str:
    """A name that is safe as one of a file and in a page."""
    return re.sub(r"[^A-Za-z0-9._-]+", "-", name).strip(".-")[:_LONGEST_NAME] or "model"
