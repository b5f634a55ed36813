"""What the committed matrix says of models of a format: the outcomes that were last reviewed, per call form."""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

from conformance.cells import release_order
from conformance.claims.catalogue import Catalogue, Claim
from conformance.environments.catalogue import Releases
from conformance.judging.baseline import Baseline
from conformance.snapshot import CellSnapshot
from conformance.words import Format, Level, Mode, Operation, Outcome, Source, Standing

_OPERATIONS = (Operation.LOAD, Operation.FINE_TUNE)


class MeasuredCall(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A call form of the page, and the releases in which it was observed with our own small models of that format.

    Attributes:
        claim: its id; `nox -s history -- --claim` and the report show the evidence.
        works: the releases in which it worked in every cell, oldest first.
        in_part: those in which it worked in some cells only (with one tensorflow_hub or Keras, say).
        fails: those in which it worked in none.
    """

    claim: str
    operation: Operation
    modes: tuple[Mode, ...]
    call: str
    works: tuple[str, ...]
    in_part: tuple[str, ...]
    fails: tuple[str, ...]

    @property
    def releases(self) -> tuple[str, ...]:
        """The releases in which it was tried."""
        return (*self.works, *self.in_part, *self.fails)


def measured_calls(
    format: Format | None, baseline: Baseline, claims: Catalogue, releases: Releases
) -> tuple[MeasuredCall, ...]:
    """What was observed of a format; nothing where the page does not speak of it."""
    if format is None:
        return ()
    release_of = {environment.id: environment.release.tf for environment in releases.environments}
    return tuple(
        found
        for claim in claims.claims
        if _is_asked(claim, claims, format) and (found := _measured(claim, claims, baseline, release_of))
    )


def _is_asked(claim: Claim, claims: Catalogue, format: Format) -> bool:
    place = claims.place_of(claim)
    # Where loading is said not to be supported, it matters whether it was seen to fail.
    promised = claim.level is not Level.NOT_SUPPORTED or place.operation is Operation.LOAD
    return claim.source is Source.PAGE and place.format is format and place.operation in _OPERATIONS and promised


def _measured(claim: Claim, claims: Catalogue, baseline: Baseline, release_of: dict[str, str]) -> MeasuredCall | None:
    worked: dict[str, list[bool]] = {}
    for environment, snapshot in baseline.snapshots.items():
        literal = {
            probe
            for probe, tested in snapshot.probes.items()
            if any(one.id == claim.id and one.standing is Standing.LITERAL for one in tested)
        }
        for cell in snapshot.cells:
            outcomes = _outcomes(cell, literal)
            if outcomes and environment in release_of and claim.applies_to(cell.tf, cell.mode):
                worked.setdefault(release_of[environment], []).append(set(outcomes) == {Outcome.WORKS})
    if not worked:
        return None
    ordered = sorted(worked, key=release_order)
    return MeasuredCall(
        claim=claim.id,
        operation=claims.place_of(claim).operation,
        modes=claim.modes,
        call="; ".join(line.strip() for line in claim.call.strip().splitlines()),
        works=tuple(release for release in ordered if all(worked[release])),
        in_part=tuple(release for release in ordered if any(worked[release]) and not all(worked[release])),
        fails=tuple(release for release in ordered if not any(worked[release])),
    )


def _outcomes(cell: CellSnapshot, probes: Iterable[str]) -> list[Outcome]:
    wanted = set(probes)
    return [outcome for outcome, names in cell.outcomes.items() if not wanted.isdisjoint(names)]
