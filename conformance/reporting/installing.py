"""The pins without which a TensorFlow does not import, for the cards of errors that come of leaving them out."""

from __future__ import annotations

from collections.abc import Collection, Iterator

import msgspec

from conformance.environments.catalogue import Releases


class NeededPin(msgspec.Struct, frozen=True):
    """A requirement that releases need.

    Attributes:
        releases: those that need it.
    """

    pin: str
    why: str
    releases: tuple[str, ...]


def needed_pins(known: Releases, shown: Collection[str]) -> Iterator[NeededPin]:
    """Those that a release needs which is shown."""
    for name, pin in known.pins.items():
        if releases := tuple(one.tf for one in known.releases if name in one.pins and one.tf in shown):
            yield NeededPin(pin.requirement, pin.why, releases)
