"""The library of planted defects, read from `defects.toml`; what plants them runs inside an environment."""

from __future__ import annotations

from collections.abc import Iterable
from fnmatch import fnmatchcase
from pathlib import Path

import msgspec

from conformance.data_file import check_keys, load_toml, read_rows, require_known, require_unique
from conformance.environments.catalogue import Releases
from conformance.errors import UsageError, matching
from conformance.words import Package

DEFECTS_FILE = Path(__file__).with_name("defects.toml")
SCHEMA = "defects/1"


class Defect(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One way in which an installed package misbehaves; `defects.toml` explains the fields."""

    id: str
    breaks: str
    package: Package
    cells: tuple[str, ...]
    claims: tuple[str, ...]
    subtle: bool = False
    quick: bool = False
    seconds: float | None = None

    def concerns(self, claim_id: str) -> bool:
        """Whether the claim is one of those that it should show in."""
        return any(fnmatchcase(claim_id, pattern) for pattern in self.claims)


def load_defects(releases: Releases, path: Path = DEFECTS_FILE) -> tuple[Defect, ...]:
    """Reads and checks the library."""
    data = load_toml(path, SCHEMA)
    check_keys(path, data, {"defect"})
    defects = read_rows(path, data, "defect", Defect)
    require_unique(path, "defect", [defect.id for defect in defects])
    known = {cell.id for cell in releases.cells}
    for defect in defects:
        for cell_id in defect.cells:
            require_known(path, f'defect "{defect.id}"', cell_id, known)
    return defects


def choose(
    defects: Iterable[Defect], *, only: Iterable[str] = (), cells: Iterable[str] = (), quick: bool = False
) -> tuple[Defect, ...]:
    """The defects that were asked for, each with those of its cells that were asked for."""
    defects, only, cells = tuple(defects), tuple(only), tuple(cells)
    names = [defect.id for defect in defects]
    wanted = matching(only, names, what="defect", where="trial, --only") if only else set(names)
    all_cells = {cell_id for defect in defects for cell_id in defect.cells}
    wanted_cells = matching(cells, all_cells, what="cell", where="trial, --cell") if cells else all_cells
    chosen = [
        msgspec.structs.replace(defect, cells=left)
        for defect in defects
        if (left := tuple(one for one in defect.cells if one in wanted_cells))
        and defect.id in wanted
        and (defect.quick or not quick)
    ]
    if not chosen:
        raise UsageError("no defect is left.", where="trial", remedy="Drop or widen --only, --cell or --quick.")
    return tuple(chosen)
