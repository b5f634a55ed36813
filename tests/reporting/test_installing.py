from __future__ import annotations

from conformance.environments.catalogue import Releases
from conformance.reporting.installing import needed_pins


def test_a_pin_is_known_for_the_releases_that_need_it(releases: Releases) -> None:
    found = {one.pin: one.releases for one in needed_pins(releases, ("1.13", "2.5", "2.6", "2.21"))}
    assert found["protobuf<3.21"] == ("1.13", "2.5")
    assert "numpy<2" not in found  # of the releases that are shown none needs it
