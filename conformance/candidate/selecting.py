"""Which cells a candidate is tried in."""

from __future__ import annotations

from collections.abc import Sequence

from conformance.claims.catalogue import Catalogue
from conformance.environments.catalogue import Cell, Environment, Releases
from conformance.running.selection import Selection, select


def cells_for(selection: Selection, *, whole_matrix: bool, releases: Releases, claims: Catalogue) -> tuple[Cell, ...]:
    """The selected cells; by default, those of the quick selection, each with the newest tensorflow_hub of its release.

    That is what a release of the candidate would take the place of: an older tensorflow_hub differs from it anyway.
    """
    if whole_matrix or selection.only:
        return select(selection, releases, claims)
    quick = select(Selection(quick=True, mode=selection.mode), releases, claims)
    wanted = {(cell.environment.release.tf, cell.mode, cell.keras) for cell in quick}
    newest = set(newest_environments(releases))
    return tuple(
        cell
        for cell in releases.cells
        if cell.environment.id in newest and (cell.environment.release.tf, cell.mode, cell.keras) in wanted
    )


def newest_environments(releases: Releases) -> Sequence[str]:
    """Of each release the environment with its newest tensorflow_hub."""
    of_release: dict[str, Environment] = {one.release.tf: one for one in releases.environments}
    return [one.id for one in of_release.values()]
