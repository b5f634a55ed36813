"""The errors of installations without a pin, as entries beside those that the probes met."""

from __future__ import annotations

from collections.abc import Sequence

from conformance.cells import ReleaseAxis, minor_of, release_order
from conformance.environments.catalogue import Releases
from conformance.environments.without_pins import Try
from conformance.evidence import Error
from conformance.explaining.alike import groups_of_alike
from conformance.explaining.index import Entry, KnownCause, Met, Remedy, printed
from conformance.explaining.intervals import spans
from conformance.grouping import grouped


def install_entries(tries: Sequence[Try], releases: Releases) -> tuple[Entry, ...]:
    """An entry for each error that an installation without a pin ended with, for the releases that need the pin."""
    of_pin = grouped((one.pin, one) for one in tries if one.pin in releases.pins)
    return tuple(entry for pin, some in of_pin.items() for entry in _entries(pin, some, releases))


def _entries(pin: str, tries: Sequence[Try], releases: Releases) -> list[Entry]:
    met = [(one, error) for one in tries for error in one.errors]
    return [
        _entry(pin, [met[number] for number in group], releases)
        for group in groups_of_alike([printed(error) for _, error in met])
    ]


def _entry(pin: str, met: Sequence[tuple[Try, Error]], releases: Releases) -> Entry:
    needed = releases.pins[pin]
    where = _releases(pin, releases)
    return Entry(
        text=printed(met[0][1]),
        classes=tuple(dict.fromkeys(error.type for _, error in met if error.type)),
        origins=tuple(dict.fromkeys(error.origin for _, error in met)),
        met=(Met(f"installed without {needed.requirement}", where),),
        steps=tuple(
            f"Install {one.environment} without {needed.requirement}: {one.brought} comes."
            for one in dict.fromkeys(one for one, _ in met)
        ),
        causes=(KnownCause(needed.blame, f"nothing holds {needed.requirement}", needed.why),),
        instead=(
            Remedy(f'Install "{needed.requirement}" beside it: every environment of these releases has it.', where),
        ),
        pin=needed.requirement,
    )


def _releases(pin: str, releases: Releases) -> str:
    known = sorted({release.tf for release in releases.releases}, key=release_order)
    axis = ReleaseAxis(tuple(known), {tf: minor_of(tf) for tf in known})
    return spans(axis, known, {release.tf for release in releases.releases if pin in release.pins})
