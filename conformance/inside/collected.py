"""Lists the probes as pytest collects them, for the host: which claims and golden models each speaks to or tries.

The host collects them with its own Python, before any environment is built. It needs no TensorFlow for that, because no
module of probes imports it at its top.
"""

from __future__ import annotations

import json
import os
from typing import Any

import pytest

from conformance.inside import item
from conformance.inside.cell import COLLECTED_VARIABLE

pytest_plugins = ("conformance.inside.probe_fixtures",)

# The fixtures by which a probe asks for what only some probes depend on.
COUNTED_FIXTURES = ("models", "examples")


def pytest_collection_finish(session: pytest.Session) -> None:
    """Writes one row per probe to the file that the variable names."""
    with open(os.environ[COLLECTED_VARIABLE], "w", encoding="utf-8") as file:
        json.dump([_row(test) for test in session.items], file)


def _row(test: pytest.Item) -> dict[str, Any]:
    callspec = getattr(test, "callspec", None)
    parameters = callspec.params.values() if callspec else ()
    asked = getattr(test, "fixturenames", ())
    return {
        "probe": item.probe_id(test.nodeid),
        "claims": item.claims_of(test),
        "words": sorted({word for word in parameters if isinstance(word, str)}),
        "fixtures": [name for name in COUNTED_FIXTURES if name in asked],
    }
