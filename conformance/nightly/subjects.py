"""What a night looks at: the environments that float, and the newest release as the measure of them."""

from __future__ import annotations

from collections.abc import Sequence

from conformance.environments.catalogue import Cell, Environment, Releases, cells_of


def subjects(releases: Releases) -> tuple[Environment, ...]:
    """The environments that a night is about: candidates and nightlies, with each tensorflow_hub to try with them."""
    return (*(one for one in releases.environments if one.release.floating), *releases.nightly_environments)


def reference(releases: Releases) -> Environment:
    """The newest release that is neither a candidate nor a nightly, with its newest tensorflow_hub."""
    return [one for one in releases.environments if not one.release.floating][-1]


def pair(environments: Sequence[Environment], measure: Environment) -> dict[str, Cell]:
    """The cells of the environments by id, each with the cell of `measure` that has the same mode and Keras, if any."""
    of_traits = {(cell.mode, cell.keras): cell for cell in cells_of(measure)}
    return {
        cell.id: of_traits[cell.mode, cell.keras]
        for environment in environments
        for cell in cells_of(environment)
        if (cell.mode, cell.keras) in of_traits
    }
