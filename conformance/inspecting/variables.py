"""What is stored of a model's variables, from `variables.index` and the sizes of the files beside it."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

from conformance.inspecting import messages
from conformance.inspecting.description import Variables
from conformance.inspecting.files import ModelFileError, read, size_of
from conformance.inspecting.table import TableError, read_table

_LARGEST_INDEX = 256 * 1024**2
_MOST_SHARDS = 10_000
_OBJECT_GRAPH = b"_CHECKPOINTABLE_OBJECT_GRAPH"  # no variable: what the objects are that the variables belong to
NOTHING = Variables(count=0, bytes=0, trainable=None, dtypes={})


def stored_variables(folder: Path) -> tuple[Variables, tuple[str, ...]]:
    """The variables that a SavedModel's folder stores, and what is wrong with their files.

    A folder `variables` that is missing or empty stores none.
    """
    home = folder / "variables"
    path = home / "variables.index"
    if not home.exists() or (home.is_dir() and not any(home.iterdir())):
        return NOTHING, ()
    try:
        entries = dict(read_table(read(path, limit=_LARGEST_INDEX)))
    except TableError as error:
        raise ModelFileError(f"{error}.", where=str(path)) from error
    header = messages.parse(messages.BUNDLE_HEADER, entries.pop(b"", b""), where=str(path))
    if not 0 <= header.num_shards <= _MOST_SHARDS:
        raise ModelFileError(f"says that there are {header.num_shards} files of variables.", where=str(path))
    dtypes: Counter[str] = Counter()
    total = 0
    ends = dict.fromkeys(range(header.num_shards), 0)
    for key, raw in entries.items():
        entry = messages.parse(messages.BUNDLE_ENTRY, raw, where=str(path))
        if entry.shard_id not in ends or entry.offset < 0 or entry.size < 0:
            raise ModelFileError("says that a variable lies where no file can have it.", where=str(path))
        ends[entry.shard_id] = max(ends[entry.shard_id], entry.offset + entry.size)
        if key != _OBJECT_GRAPH:
            total += entry.size
            if not key.startswith(b"\0"):  # a part of a variable that has an entry of its own
                dtypes[messages.data_type(entry.dtype)] += 1
    variables = Variables(sum(dtypes.values()), total, None, dict(sorted(dtypes.items())))
    return variables, tuple(_faults(home, ends))


def _faults(home: Path, ends: dict[int, int]) -> list[str]:
    faults = []
    for shard, end in ends.items():
        name = f"variables.data-{shard:05d}-of-{len(ends):05d}"
        try:
            size = size_of(home / name)
        except ModelFileError as error:
            faults.append(f"variables/{name} {error.what}")
            continue
        if size < end:
            faults.append(f"variables/{name} has {size:,} bytes, and the variables need {end:,}: it is truncated.")
    return faults
