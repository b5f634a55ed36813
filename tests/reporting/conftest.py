"""What the tests of the reports share; the full run is made once, since nothing changes it."""

from __future__ import annotations

import pytest

from conformance.claims.catalogue import PAGE_FILE, Catalogue, load_claims
from conformance.reporting.model import Report, build_report
from conformance.results import Results
from tests.reporting import sample


@pytest.fixture(scope="session")
def claims() -> Catalogue:
    """The page's own claims; companions come and go, and a test that is about them makes its own."""
    return load_claims(PAGE_FILE)


@pytest.fixture(scope="session")
def full_run(claims: Catalogue) -> Results:
    return sample.full_run(claims)


@pytest.fixture(scope="session")
def report(full_run: Results, claims: Catalogue) -> Report:
    return build_report(full_run, claims)
