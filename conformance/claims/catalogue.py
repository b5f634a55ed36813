"""The claims: the page's own, read from `page.toml`, and those of its companions, from `companions/*.toml`."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from functools import cache, cached_property
from itertools import chain
from pathlib import Path

import msgspec
from packaging.specifiers import SpecifierSet

from conformance.data_file import (
    check_keys,
    data_files,
    load_toml,
    read_rows,
    require_known,
    require_specifiers,
    require_unique_across,
)
from conformance.errors import DataError
from conformance.words import Column, Format, Level, Mode, Operation, Source

PAGE_FILE = Path(__file__).with_name("page.toml")
COMPANIONS_FOLDER = Path(__file__).with_name("companions")
SCHEMA = "claims/1"


class Place(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A place of the page that states something: a table cell, a note, the floor or the footnote."""

    id: str
    title: str
    operation: Operation
    column: Column
    format: Format | None = None  # the footnote speaks of both


class Claim(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One atomic statement of the page.

    Attributes:
        source: who states it; a companion of the page (any other source) never changes the page's verdicts.
        reference: which guide, file or thread states a companion, e.g. "tf1_hub_module" or "tensorflow/hub#416".
        call: the call form; empty where none is given.
        tf: a version specifier for the TensorFlow releases it speaks of, e.g. ">=1.15".
        ways: for a claim tried in several ways, each with its own verdict: way -> what is called.
        instead: for ways that are mistakes: way -> what to call instead, which the same probe tries.
        control: claims whose probes must be green in the same cell before a "not supported" may agree;
            the first of them that was tried there counts.
    """

    id: str
    place: str
    level: Level
    statement: str
    modes: tuple[Mode, ...]
    source: Source = Source.PAGE
    reference: str = ""
    call: str = ""
    condition: str = ""
    tf: str = ""
    ways: dict[str, str] = {}
    instead: dict[str, str] = {}
    control: tuple[str, ...] = ()

    def applies_to(self, tf: str, mode: Mode) -> bool:
        """Whether the claim speaks of TensorFlow `tf` (a version) in `mode`."""
        return mode in self.modes and _covers(self.tf, tf)

    def ways_or_itself(self) -> tuple[str, ...]:
        """The ways that get a verdict each; ("",) for a claim that is tried in one way only."""
        return tuple(self.ways) or ("",)


@cache  # a few pairs, asked for tens of thousands of times
def _covers(specifier: str, tf: str) -> bool:
    return SpecifierSet(specifier).contains(tf, prereleases=True)


class Catalogue(msgspec.Struct, frozen=True, dict=True):
    """All places and claims, in the page's order."""

    places: tuple[Place, ...]
    claims: tuple[Claim, ...]

    @cached_property
    def claim_by_id(self) -> dict[str, Claim]:
        """The claims, found by their ids."""
        return {claim.id: claim for claim in self.claims}

    @cached_property
    def place_by_id(self) -> dict[str, Place]:
        """The places, found by their ids."""
        return {place.id: place for place in self.places}

    def place_of(self, claim: Claim) -> Place:
        """Where the page makes the claim."""
        return self.place_by_id[claim.place]

    def at(self, place: Place) -> tuple[Claim, ...]:
        """The claims that the page makes there."""
        return tuple(claim for claim in self.claims if claim.place == place.id)

    def applying_to(self, tf: str, mode: Mode) -> tuple[Claim, ...]:
        """The claims that speak of TensorFlow `tf` (a version) in `mode`."""
        return tuple(claim for claim in self.claims if claim.applies_to(tf, mode))

    def selects(self, claim: Claim, formats: Collection[Format], operations: Collection[Operation]) -> bool:
        """Whether a selection by format and operation includes the claim; an empty one selects everything.

        A claim whose place speaks of both formats is part of either.
        """
        place = self.place_of(claim)
        return (not formats or place.format is None or place.format in formats) and (
            not operations or place.operation in operations
        )

    def with_controls(self, claims: Iterable[Claim]) -> tuple[Claim, ...]:
        """The claims and whatever their verdicts need to have been tried in the same cell, in the page's order."""
        needed = {claim_id for claim in claims for claim_id in (claim.id, *claim.control)}
        return tuple(claim for claim in self.claims if claim.id in needed)


def load_claims(*paths: Path) -> Catalogue:
    """Reads and cross-checks the claims of these files; of the page and its companions if none are named."""
    paths = paths or (PAGE_FILE, *data_files(COMPANIONS_FOLDER))
    tables = {path: load_toml(path, SCHEMA) for path in paths}
    for path, data in tables.items():
        check_keys(path, data, {"place", "claim"})
    claims = {path: read_rows(path, data, "claim", Claim) for path, data in tables.items()}
    places = {path: read_rows(path, data, "place", Place) for path, data in tables.items()}
    require_unique_across("place", {path: [place.id for place in of_file] for path, of_file in places.items()})
    require_unique_across("claim", {path: [claim.id for claim in of_file] for path, of_file in claims.items()})
    catalogue = Catalogue(
        places=tuple(chain.from_iterable(places.values())),
        claims=tuple(chain.from_iterable(claims.values())),
    )
    for path, of_file in claims.items():
        for claim in of_file:
            _check_claim(path, claim, catalogue.place_by_id.keys(), catalogue.claim_by_id.keys())
    return catalogue


def _check_claim(path: Path, claim: Claim, places: Iterable[str], claims: Iterable[str]) -> None:
    where = f'[[claim]] "{claim.id}"'
    require_known(path, f"{where}, key `place`", claim.place, set(places))
    for control in claim.control:
        require_known(path, f"{where}, key `control`", control, set(claims))
    for way in claim.instead:
        require_known(path, f"{where}, key `instead`", way, set(claim.ways))
    if not claim.modes:
        raise DataError(
            "names no mode, so it would be tried nowhere.",
            where=f"{path}, {where}, key `modes`",
            remedy=f"Name at least one of: {', '.join(Mode)}.",
        )
    if claim.id in claim.control:
        raise DataError(
            "is its own `control`, so it could vouch for itself.",
            where=f"{path}, {where}, key `control`",
            remedy="Name another claim, one that works where the cell is sound.",
        )
    if claim.level is Level.NOT_SUPPORTED and not claim.control:
        raise DataError(
            'says "not-supported" but names no `control`.',
            where=f"{path}, {where}",
            remedy="Name the claim that must be green in the same cell before a failure may count as agreement.",
        )
    if (claim.source is Source.PAGE) == bool(claim.reference):
        raise DataError(
            "`reference` goes with a source other than the page, and only with it.",
            where=f"{path}, {where}",
            remedy="Name the guide, file or thread that states the claim, or drop it.",
        )
    if (claim.level is Level.CONDITIONAL) != bool(claim.condition):
        raise DataError(
            "`condition` goes with the level `conditional`, and only with it.",
            where=f"{path}, {where}",
            remedy="Add the condition, or drop it.",
        )
    require_specifiers(path, f"{where}, key `tf`", claim.tf)
