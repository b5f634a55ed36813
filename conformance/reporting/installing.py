"""Errors of a TensorFlow that was installed without the pins: the texts that releases.toml quotes beside each pin."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator

import msgspec

from conformance.environments.catalogue import Releases

_QUOTED = re.compile(r"\('(?P<text>.+)'\)")


class InstallError(msgspec.Struct, frozen=True):
    """What importing TensorFlow or tensorflow_hub, or the first call, ends with where a package is too new.

    Attributes:
        text: what the error says.
        pin: the requirement with which it does not come.
        releases: those that need the pin.
    """

    text: str
    pin: str
    why: str
    releases: tuple[str, ...]


def install_errors(known: Releases, shown: Collection[str]) -> Iterator[InstallError]:
    """Those of the releases that are shown, as far as a pin's reason quotes what one sees without it."""
    for name, pin in known.pins.items():
        quoted = _QUOTED.search(pin.why)
        releases = tuple(one.tf for one in known.releases if name in one.pins and one.tf in shown)
        if quoted and releases:
            yield InstallError(quoted["text"], pin.requirement, pin.why, releases)
