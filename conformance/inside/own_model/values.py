"""Keeps what a model computed, in a compact form for the host to compare: a line of JSON per probe, a file per cell.

Of an output with very many elements only some are kept, which are chosen by their places.
"""

from __future__ import annotations

import base64
import json
import os
from typing import Any

import numpy as np

MOST = 16384  # elements of one output


def keep(folder, cell, probe, outputs):
    """Adds the line of a probe; `outputs` is a dict of arrays."""
    line = {"probe": probe, "outputs": {name: packed(array) for name, array in outputs.items()}}
    with open(os.path.join(folder, cell + ".jsonl"), "a", encoding="ascii") as file:
        file.write(json.dumps(line) + "\n")


def packed(array: Any) -> dict[str, Any]:
    """An array as the host unpacks it."""
    array = np.asarray(array)
    about: dict[str, Any] = {
        "shape": list(array.shape),
        "dtype": "string" if array.dtype.kind in "OSU" else str(array.dtype),
    }
    flat = array.ravel()
    flat = flat[:: max(1, -(-flat.size // MOST))]
    if about["dtype"] == "string":
        texts = [one if isinstance(one, bytes) else str(one).encode() for one in flat.tolist()]
        data = json.dumps([text.decode("latin-1") for text in texts]).encode()
    else:
        if array.dtype.kind not in "biufc":  # bfloat16 and its like, which NumPy has not
            flat = flat.astype(np.float32)
        kept = flat.astype(np.float64) if flat.dtype.kind == "f" and flat.dtype.itemsize > 8 else flat
        about["kept_as"] = kept.dtype.newbyteorder("<").str
        data = kept.astype(about["kept_as"]).tobytes()
    about["data"] = base64.b64encode(data).decode("ascii")
    return about
