"""Which probes reach which functions of tensorflow_hub and of SavedModel's code in a cell: measured once, then kept.

A trace says so (see `trial/planted.py`). With it, the probes that reach what a candidate changed can be run alone.
"""

from __future__ import annotations

import zipfile
from collections.abc import Collection, Iterable, Mapping
from pathlib import Path

import msgspec

from conformance import json_file
from conformance.candidate.sources import OUTSIDE, digests_of, function_at, lines_of
from conformance.errors import EvidenceError, UsageError
from conformance.grouping import grouped
from conformance.running.places import Places
from conformance.trial.planted import Trace, modules_in

SCHEMA = "reach/1"
PLANTED = "reach:tensorflow_hub.*,tensorflow.python.saved_model.*"
_REMAKE = "Make it anew: `nox -s candidate -- --map --only {}`."
# Says the version, which differs in every build and which no probe reads.
_NO_MATTER = ("version.py",)


class ReachMap(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What the probes of a cell reach.

    Attributes:
        keys: what the cell's evidence depended on when this was made, as in a record.
        digests: file, relative to site-packages -> function -> digest of it (see `digests_of`).
        reached: file -> function -> the probes that reach it; "" stands for no probe, but an import.
    """

    schema: str
    cell: str
    keys: dict[str, str]
    digests: dict[str, dict[str, str]]
    reached: dict[str, dict[str, tuple[str, ...]]]

    def of_file(self, file: str) -> frozenset[str]:
        """The probes that reach any function of a file."""
        return frozenset(probe for probes in self.reached.get(file, {}).values() for probe in probes if probe)

    def of_changes(self, changes: Mapping[str, Collection[str]]) -> frozenset[str] | None:
        """The probes that reach what was changed (file -> functions); None where that is not known.

        What stands outside of functions may matter to each of them, and so does what only an import reaches. Of a file
        that nothing of is known to be reached, nobody can say who would notice.
        """
        found: set[str] = set()
        for file, functions in changes.items():
            if file not in self.reached:
                return None
            for function in functions:
                probes = self.reached[file].get(function, ())
                found.update(self.of_file(file) if function == OUTSIDE or "" in probes else probes)
        return frozenset(found)


def reach_of(cell_id: str, keys: Mapping[str, str], trace: Trace, virtualenv: Path) -> ReachMap:
    """Reads a trace.

    Raises:
        EvidenceError: it says nothing.
    """
    globs = PLANTED.partition(":")[2].split(",")
    site_packages = next(virtualenv.glob("lib/python*/site-packages"))
    files = {
        name: path.relative_to(site_packages).as_posix()
        for glob in globs
        for name, path in modules_in(virtualenv, [glob]).items()
    }
    if trace.trouble or not trace.reached:
        raise EvidenceError(
            f"no function of {cell_id} was traced: {trace.trouble or 'no probe reached any'}.",
            where=str(virtualenv),
            remedy="Read the log of the cell beside the map; what it names is to be repaired first.",
        )
    lines = {name: lines_of((site_packages / file).read_bytes()) for name, file in files.items()}
    pairs = (_at(line, files, lines) for line in trace.reached)
    reached = grouped(pair for pair in pairs if pair)
    of_files: dict[str, dict[str, tuple[str, ...]]] = {file: {} for file in sorted(files.values())}
    for (file, function), probes in sorted(reached.items()):
        of_files[file][function] = tuple(sorted(set(probes)))
    sources = (
        path for file in {Path(file).parts[0] for file in files.values()} for path in _sources(site_packages / file)
    )
    digests = {path.relative_to(site_packages).as_posix(): digests_of(path.read_bytes()) for path in sources}
    return ReachMap(SCHEMA, cell_id, dict(keys), digests, of_files)


def changed_in(wheel: Path, reach: ReachMap) -> dict[str, tuple[str, ...]] | None:
    """The functions in which a wheel differs from what the map was made of, by file; None where it says nothing of it.

    A file that is new is reached through another that has changed, and one that is gone as well.
    """
    with zipfile.ZipFile(wheel) as archive:
        sources = {name: archive.read(name) for name in archive.namelist() if ".dist-info/" not in name}
    packages = {name.partition("/")[0] for name in sources}
    known = {file: functions for file, functions in reach.digests.items() if file.partition("/")[0] in packages}
    if not known or any(not name.endswith((".py", "/")) for name in sources):
        return None
    changes: dict[str, tuple[str, ...]] = {}
    for file, before in known.items():
        if file.endswith(_NO_MATTER):
            continue
        after = _digests(sources.get(file))
        if after is None:
            return None
        if changed := tuple(name for name in before if before[name] != after.get(name)):
            changes[file] = changed
    return changes


def save(reach: ReachMap, places: Places) -> Path:
    """Keeps a map; those of all cells are in one folder below .nox."""
    path = file_of(reach.cell, places)
    json_file.replace_files(path.parent, {path.name: json_file.encode(reach)}, remedy="Make the folder writable.")
    return path


def load(cell_id: str, keys: Mapping[str, str], places: Places) -> ReachMap:
    """The map of a cell.

    Raises:
        UsageError: there is none, or its packages or probes were others.
    """
    path = file_of(cell_id, places)
    if not path.is_file():
        raise UsageError(
            f"there is no map of {cell_id}.", where="candidate, --impacted", remedy=_REMAKE.format(cell_id)
        )
    reach = json_file.read(path, ReachMap, SCHEMA, remedy=_REMAKE.format(cell_id))
    if reach.keys != keys:
        raise UsageError(
            f"the map of {cell_id} was made with other packages or probes.",
            where="candidate, --impacted",
            remedy=_REMAKE.format(cell_id),
        )
    return reach


def file_of(cell_id: str, places: Places) -> Path:
    """Where the map of a cell is kept."""
    return places.work / "reach" / f"{cell_id}.json"


def _at(
    line: str, files: Mapping[str, str], lines: Mapping[str, Mapping[str, tuple[int, int]]]
) -> tuple[tuple[str, str], str] | None:
    """Of "MODULE:LINE PROBE" the file, the function and the probe; None for a module that was not asked for."""
    place, _, probe = line.partition(" ")
    module, _, number = place.partition(":")
    if module not in files:
        return None
    return (files[module], function_at(lines[module], int(number))), probe


def _sources(package: Path) -> Iterable[Path]:
    """The files whose changes can be told; those of TensorFlow are far too many, and are not traced either."""
    folders = [package] if package.name == "tensorflow_hub" else [*package.glob("python/saved_model")]
    return (path for folder in folders for path in sorted(folder.glob("*.py")))


def _digests(source: bytes | None) -> dict[str, str] | None:
    """None for a file that is gone, or that this Python cannot read."""
    try:
        return digests_of(source) if source is not None else None
    except (SyntaxError, ValueError):
        return None
