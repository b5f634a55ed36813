"""The library of planted defects, read from `defects.toml`; what plants them runs inside an environment."""

from __future__ import annotations

from collections.abc import Iterable
from fnmatch import fnmatchcase
from pathlib import Path

import msgspec

from conformance.data_file import check_keys, load_toml, read_rows, require_unique
from conformance.environments.catalogue import Releases
from conformance.errors import DataError, UsageError, near_miss
from conformance.words import Word

DEFECTS_FILE = Path(__file__).with_name("defects.toml")
SCHEMA = "defects/1"


class Culprit(Word):
    """The packages that a defect can be planted in."""

    HUB = "tensorflow_hub"
    TENSORFLOW = "tensorflow"
    KERAS = "keras"


class Defect(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One way in which an installed package misbehaves; `defects.toml` explains the fields."""

    id: str
    breaks: str
    package: Culprit
    cells: tuple[str, ...]
    claims: tuple[str, ...]
    subtle: bool = False
    quick: bool = False
    seconds: float | None = None

    def concerns(self, claim_id: str) -> bool:
        """Whether the claim is one of those that it should show in."""
        return any(fnmatchcase(claim_id, pattern) for pattern in self.claims)


def load_defects(releases: Releases, path: Path = DEFECTS_FILE) -> tuple[Defect, ...]:
    """Reads and checks the library.

    Raises:
        DataError: the file is broken, or names a cell that does not exist.
    """
    data = load_toml(path, SCHEMA)
    check_keys(path, data, {"defect"})
    defects = read_rows(path, data, "defect", Defect)
    require_unique(path, "defect", [defect.id for defect in defects])
    known = {cell.id for cell in releases.cells}
    for defect in defects:
        for cell_id in defect.cells:
            if cell_id not in known:
                raise DataError(
                    f'the cell "{cell_id}" does not exist.',
                    where=f'{path}, defect "{defect.id}"',
                    remedy=near_miss(cell_id, known),
                )
    return defects


def choose(
    defects: Iterable[Defect], *, only: Iterable[str] = (), cells: Iterable[str] = (), quick: bool = False
) -> tuple[Defect, ...]:
    """The defects that were asked for, each with those of its cells that were asked for.

    Raises:
        UsageError: a glob matches nothing, or nothing is left.
    """
    defects, only, cells = tuple(defects), tuple(only), tuple(cells)
    _require_matches("--only", only, [defect.id for defect in defects])
    _require_matches("--cell", cells, [cell_id for defect in defects for cell_id in defect.cells])
    chosen = []
    for defect in defects:
        left = tuple(one for one in defect.cells if not cells or _matches(one, cells))
        if left and (not only or _matches(defect.id, only)) and (defect.quick or not quick):
            chosen.append(msgspec.structs.replace(defect, cells=left))
    if not chosen:
        raise UsageError("no defect is left.", where="trial", remedy="Drop or widen --only, --cell or --quick.")
    return tuple(chosen)


def _require_matches(option: str, globs: Iterable[str], known: Iterable[str]) -> None:
    known = tuple(known)
    for glob in globs:
        if not any(fnmatchcase(name, glob) for name in known):
            raise UsageError(f'nothing matches "{glob}".', where=f"trial, {option}", remedy=near_miss(glob, known))


def _matches(name: str, globs: Iterable[str]) -> bool:
    return any(fnmatchcase(name, glob) for glob in globs)
