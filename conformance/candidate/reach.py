"""Which probes reach which statements of tensorflow_hub and of SavedModel's code in a cell: traced once, then kept."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

import msgspec

from conformance import json_file
from conformance.errors import EvidenceError, UsageError
from conformance.evidence import Record
from conformance.running.places import Places
from conformance.trial.planted import REACH, Trace, traced_in, traced_lines

SCHEMA = "reach/3"
_TRACED = ("tensorflow_hub.*", "tensorflow.python.saved_model.*", "keras", "tf_keras")
PLANTED = REACH + ",".join(_TRACED)
# The files whose changes can be told; of TensorFlow, there are far too many.
_FOLDER = {"tensorflow": "tensorflow/python/saved_model"}
_REMAKE = "Make it anew: `nox -s candidate -- --map --only {}`."


class MappedProbe(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A probe of a cell, as it was when it was traced."""

    id: str
    seconds: float
    claims: tuple[str, ...]
    fixture: str


class NoMapError(UsageError):
    """There is no map of a cell, or it is out of date."""


class ReachMap(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What the probes of a cell reach; files are named relative to site-packages."""

    schema: str
    cell: str
    keys: dict[str, str]  # what the cell's evidence depended on when this was made, as in a record
    probes: tuple[MappedProbe, ...]
    sources: dict[str, str]  # the text of each file that may change; some are not traced
    reached: dict[str, dict[int, tuple[int, ...]]]  # file -> line of a statement in a function -> probes, by index
    imported: dict[str, tuple[int, ...]]  # file -> the lines that are reached while no probe runs


def reach_of(cell_id: str, keys: Mapping[str, str], trace: Trace, record: Record | None, virtualenv: Path) -> ReachMap:
    """Reads a trace, and the record of the cell that was traced.

    Raises:
        EvidenceError: it says nothing, or the cell was not observed to its end.
    """
    trouble = trace.trouble or ("" if trace.reached else "no probe reached any function")
    if trouble or record is None or not record.complete:
        raise EvidenceError(
            f"{cell_id} was not traced to its end{f': {trouble}' if trouble else ''}.",
            where=str(virtualenv),
            remedy="Read its log in reports/candidate-maps/reach/; on a slow machine, give a longer --cell-limit.",
        )
    site_packages = next(virtualenv.glob("lib/python*/site-packages"))
    files = {name: path.relative_to(site_packages).as_posix() for name, path in traced_in(virtualenv, _TRACED).items()}
    sources = {
        path.relative_to(site_packages).as_posix(): path.read_text(encoding="utf-8")
        for folder in sorted({_FOLDER.get(package, package) for package in {one.partition(".")[0] for one in files}})
        for path in sorted((site_packages / folder).rglob("*.py"))
        if not path.name.endswith("_test.py")
    }
    probes = tuple(
        MappedProbe(one.probe, one.seconds, tuple(claim.id for claim in one.claims), one.fixture)
        for one in record.observations
    )
    numbers = {probe.id: number for number, probe in enumerate(probes)}
    reached = {
        file: {line: set[int]() for line in traced_lines(module, sources[file].encode())}
        for module, file in files.items()
    }
    imported: dict[str, set[int]] = {file: set() for file in files.values()}
    for module, line, probe in map(_place, trace.reached):
        if module in files:
            if probe in numbers:
                reached[files[module]][line].add(numbers[probe])
            else:
                imported[files[module]].add(line)
    return ReachMap(
        schema=SCHEMA,
        cell=cell_id,
        keys=dict(keys),
        probes=probes,
        sources=sources,
        reached={
            file: {line: tuple(sorted(found)) for line, found in sorted(of.items())} for file, of in reached.items()
        },
        imported={file: tuple(sorted(lines)) for file, lines in imported.items()},
    )


def save(reach: ReachMap, places: Places) -> Path:
    """Keeps a map; those of all cells are in one folder below .nox."""
    path = file_of(reach.cell, places)
    json_file.replace_files(path.parent, {path.name: json_file.encode(reach)}, remedy="Make the folder writable.")
    return path


def load(cell_id: str, keys: Callable[[], Mapping[str, str]], places: Places) -> ReachMap:
    """The map of a cell, if it was made under the keys of today.

    Raises:
        NoMapError: there is none, or its packages or probes were others.
    """
    path, remedy = file_of(cell_id, places), _REMAKE.format(cell_id)
    if not path.is_file():
        raise NoMapError(f"there is no map of {cell_id}.", where="candidate, --impacted", remedy=remedy)
    out_of_date = NoMapError(
        f"the map of {cell_id} was made with other packages or probes, or by another version.",
        where="candidate, --impacted",
        remedy=remedy,
    )
    try:
        reach = json_file.read(path, ReachMap, SCHEMA, remedy=remedy)
    except EvidenceError as error:
        raise out_of_date from error
    if reach.keys != keys():
        raise out_of_date
    return reach


def file_of(cell_id: str, places: Places) -> Path:
    """Where the map of a cell is kept."""
    return places.work / "reach" / f"{cell_id}.json"


def _place(line: str) -> tuple[str, int, str]:
    """Of "MODULE:LINE PROBE" the module, the line and the probe; "" where none ran."""
    place, _, probe = line.partition(" ")
    module, _, number = place.partition(":")
    return module, int(number), probe
