from __future__ import annotations

from conformance.environments.catalogue import Releases
from conformance.reporting.installing import install_errors


def test_what_a_pins_reason_quotes_is_known_for_the_releases_that_need_it(releases: Releases) -> None:
    found = {one.pin: one for one in install_errors(releases, ("1.13", "2.5", "2.6", "2.21"))}
    assert found["protobuf<3.21"].text == "Descriptors cannot be created directly"
    assert found["protobuf<3.21"].releases == ("1.13", "2.5")
    assert found["h5py<3"].text == "'str' object has no attribute 'decode"[1:]
    assert found["setuptools<81"].text == "No module named 'pkg_resources'"
    assert "numpy<2" not in found  # of the releases that are shown none needs it
