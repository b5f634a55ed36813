"""Reads the arrays that a user gives: inputs to try a model on, or the outputs that he expects."""

from __future__ import annotations

import hashlib
import json
import zipfile
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import numpy as np

from conformance.errors import UsageError, near_miss

Arrays = Mapping[str, "np.ndarray[Any, Any]"]

_LARGEST = 2 * 1024**3  # bytes of all arrays of a file


def read_arrays(path: Path, option: str) -> Arrays:
    """Reads an .npz file, or a .json file of an object: name -> number, text or nested lists of them."""
    try:
        found = _of_json(path) if path.suffix == ".json" else _of_npz(path)
    except (OSError, ValueError, zipfile.BadZipFile, EOFError, KeyError, RecursionError) as error:
        raise UsageError(
            f"{path} cannot be read ({error}).",
            where=option,
            remedy="Give an .npz file (numpy.savez) or a .json object: name -> number, text or nested lists of them.",
        ) from error
    for name, array in found.items():
        if array.dtype.kind not in "biufcSU":
            raise UsageError(
                f'{path}: "{name}" is neither numbers nor texts of one shape.',
                where=option,
                remedy="Give arrays whose rows all have the same length.",
            )
    return found


def require_names(arrays: Arrays, known: Iterable[str], option: str) -> None:
    """Refuses names that the model does not have."""
    names = tuple(dict.fromkeys(known))
    for name in arrays:
        if name not in names:
            raise UsageError(f'the model has no "{name}".', where=option, remedy=near_miss(name, names))


def write_arrays(arrays: Arrays, path: Path) -> str:
    """Writes them for the inside; gives the digest of their content."""
    digest = hashlib.sha256()
    for name, array in sorted(arrays.items()):
        digest.update(f"{name} {array.dtype.str} {array.shape}\n".encode())
        digest.update(np.ascontiguousarray(array).tobytes())
    with path.open("wb") as file:
        np.savez(file, **dict(arrays))  # type: ignore[arg-type]
    return digest.hexdigest()


def _of_npz(path: Path) -> dict[str, np.ndarray[Any, Any]]:
    with zipfile.ZipFile(path) as packed:
        if (size := sum(one.file_size for one in packed.infolist())) > _LARGEST:
            raise ValueError(f"it holds {size:,} bytes; no more than {_LARGEST:,} are read")
    with np.load(path, allow_pickle=False) as file:
        return {name: file[name] for name in file.files}


def _of_json(path: Path) -> dict[str, np.ndarray[Any, Any]]:
    if path.stat().st_size > _LARGEST:
        raise ValueError("it is too large")
    data = json.loads(path.read_text(encoding="utf-8"))
    if not isinstance(data, dict):
        raise ValueError("it is no object")
    return {name: np.asarray(value) for name, value in data.items()}
