"""A pytest plugin that writes down every probe that was collected, with its claims."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from conformance.inside import item

VARIABLE = "PROBES_LISTING"


def pytest_collection_finish(session: pytest.Session) -> None:
    """Writes them to the file that the environment variable names."""
    Path(os.environ[VARIABLE]).write_text(json.dumps([item.describe(one) for one in session.items]), encoding="utf-8")
