from __future__ import annotations

import pytest

from conformance.claims.catalogue import PAGE_FILE, Catalogue, load_claims
from conformance.environments.catalogue import Releases, load_releases


@pytest.fixture(scope="session")
def claims() -> Catalogue:
    return load_claims(PAGE_FILE)


@pytest.fixture(scope="session")
def releases() -> Releases:
    return load_releases()
