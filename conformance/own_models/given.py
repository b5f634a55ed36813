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
from conformance.inspecting.description import TensorSpec
from conformance.inspecting.text import tensor_text

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


def require_fit(arrays: Arrays, takes: Iterable[TensorSpec], option: str) -> None:
    """Refuses names that the model does not have, and arrays of another kind or shape than it takes."""
    specs: dict[str, list[TensorSpec]] = {}
    for spec in takes:
        specs.setdefault(spec.name, []).append(spec)
    for name, array in arrays.items():
        if name not in specs:
            raise UsageError(f'the model has no "{name}".', where=option, remedy=near_miss(name, specs))
        if not any(_fits(array, spec) for spec in specs[name]):
            kind = "texts" if array.dtype.kind in "SU" else str(array.dtype)
            raise UsageError(
                f'"{name}" is of {kind} and the shape {list(array.shape)}.',
                where=option,
                remedy=f"The model takes {' or '.join(dict.fromkeys(tensor_text(spec) for spec in specs[name]))}.",
            )


def _fits(array: np.ndarray[Any, Any], spec: TensorSpec) -> bool:
    if (array.dtype.kind in "SU") is not (spec.dtype == "string"):
        return False
    if spec.shape is None:
        return True
    same = (size in (None, got) for size, got in zip(spec.shape, array.shape, strict=False))
    return len(spec.shape) == array.ndim and all(same)


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
