"""What a night looks at: the environments that float, and the newest release as the measure of them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from conformance.environments.catalogue import Cell, Environment, Releases, cells_of
from conformance.errors import matching


def subjects(releases: Releases) -> tuple[Cell, ...]:
    """The cells that a night is about: candidates and nightlies, with each tensorflow_hub to try with them."""
    floating = (one for one in releases.environments if one.release.floating)
    return tuple(cell for one in (*floating, *releases.nightly_environments) for cell in cells_of(one))


def choose(patterns: Iterable[str], releases: Releases) -> tuple[Cell, ...]:
    """Those of the night's cells whose id matches any of the shell-style patterns."""
    known = subjects(releases)
    chosen = matching(patterns, [cell.id for cell in known], what="cell of a nightly run", where="nightly, --only")
    return tuple(cell for cell in known if cell.id in chosen)


def reference(releases: Releases) -> Environment:
    """The newest release that is neither a candidate nor a nightly, with its newest tensorflow_hub."""
    return [one for one in releases.environments if not one.release.floating][-1]


def pair(cells: Sequence[Cell], measure: Environment) -> dict[str, Cell]:
    """The cells by id, each with the cell of `measure` that has the same mode and Keras, if there is one."""
    of_traits = {(cell.mode, cell.keras): cell for cell in cells_of(measure)}
    return {cell.id: of_traits[cell.mode, cell.keras] for cell in cells if (cell.mode, cell.keras) in of_traits}
