"""What a model computed in each cell, read back and compared. A foreign program wrote the files: nothing is trusted."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import msgspec
import numpy as np

from conformance.inside.own_model.values import packed as pack

RELATIVE, ABSOLUTE = 1e-3, 1e-4  # published models were seen to drift so far between releases, without any error
_LARGEST_FILE = 256 * 1024**2
_NUMBERS = frozenset("biufc")
# The distance of the numbers next to 1 in kinds of fewer bits, of which outputs may be some apart: each release adds up
# in an order of its own.
_SPACING = {"float16": 2.0**-10, "bfloat16": 2.0**-7}
_STEPS = 4


class PackedOutput(msgspec.Struct, frozen=True):
    """An output as conformance/inside/own_model/values.py packs it: of very many elements, only some."""

    shape: tuple[int, ...]
    dtype: str
    data: str
    kept_as: str = ""

    def elements(self) -> np.ndarray[Any, Any]:
        """The elements that were kept, in a row."""
        try:
            raw = base64.b64decode(self.data, validate=True)
        except binascii.Error as error:
            raise ValueError(str(error)) from error
        if self.dtype == "string":
            texts: list[str] = msgspec.json.decode(raw, type=list[str])
            return np.array([text.encode("latin-1", "replace") for text in texts], dtype=object)
        kind = np.dtype(self.kept_as)
        if kind.kind not in _NUMBERS:
            raise ValueError(f"{self.kept_as} is no kind of number")
        return np.frombuffer(raw, kind)


class Computed(msgspec.Struct, frozen=True):
    """What one probe computed."""

    probe: str
    outputs: dict[str, PackedOutput]


class OutputDifference(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How two outputs differ.

    Attributes:
        largest: the largest absolute difference; null where shapes or kinds differ.
        same: whether they are the same within the tolerances.
    """

    output: str
    largest: float | None
    same: bool
    what: str


def computed_in(folder: Path, cell_id: str) -> dict[str, Computed]:
    """What was computed in a cell, by probe: the last of each; lines that cannot be read are left out."""
    path = folder / f"{cell_id}.jsonl"
    found: dict[str, Computed] = {}
    try:
        if path.is_symlink() or path.stat().st_size > _LARGEST_FILE:
            return {}
        lines = path.read_bytes().splitlines()
    except OSError:
        return {}
    for line in lines:
        try:
            one = msgspec.json.decode(line, type=Computed)
        except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
            continue
        found[one.probe] = one
    return found


def packed(array: np.ndarray[Any, Any]) -> PackedOutput:
    """An array that the user expects, packed like those that come from the inside."""
    return msgspec.convert(pack(array), PackedOutput)


def differences(got: Mapping[str, PackedOutput], expected: Mapping[str, PackedOutput]) -> tuple[OutputDifference, ...]:
    """How the outputs of two calls differ, of those that both have; where each has but one, that is compared."""
    names = [(name, name) for name in expected if name in got]
    if not names and len(got) == len(expected) == 1:
        names = [(next(iter(got)), next(iter(expected)))]
    return tuple(_difference(name, got[name], expected[other]) for name, other in names)


def _difference(name: str, got: PackedOutput, expected: PackedOutput) -> OutputDifference:
    if got.shape != expected.shape:
        return OutputDifference(name, None, False, f"has the shape {list(got.shape)}, and not {list(expected.shape)}")
    try:
        ours, theirs = got.elements(), expected.elements()
    except (ValueError, TypeError, msgspec.MsgspecError) as error:
        return OutputDifference(name, None, False, f"cannot be compared ({error})")
    if ours.shape != theirs.shape or (ours.dtype == object) != (theirs.dtype == object):
        return OutputDifference(name, None, False, f"is of {got.dtype}, and not of {expected.dtype}")
    if ours.dtype == object or (ours.dtype.kind in "biu" and theirs.dtype.kind in "biu"):
        count = int(np.sum(ours != theirs))
        return OutputDifference(name, float(count), count == 0, f"differs in {count} of {ours.size} elements")
    coarse = _STEPS * max(_SPACING.get(one.dtype, 0.0) for one in (got, expected))
    with np.errstate(all="ignore"):
        apart = np.abs(ours.astype(np.complex128) - theirs.astype(np.complex128))
        scale = float(np.nanmax(np.abs(np.where(np.isfinite(theirs), theirs, 0)), initial=0.0))
        relative, absolute = max(RELATIVE, coarse), max(ABSOLUTE, coarse * scale / _STEPS)
        same = np.isclose(ours, theirs, rtol=relative, atol=absolute, equal_nan=True)
    finite = apart[np.isfinite(apart)]
    largest = float(finite.max()) if finite.size else 0.0
    return OutputDifference(name, largest, bool(same.all()), f"differs by up to {largest:.3g}")
