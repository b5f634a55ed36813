"""What a record says about a probe before it has run: its id, claims, fixture model and steps."""

from __future__ import annotations

import inspect
import os
from typing import Any

import pytest


def probe_id(nodeid: str) -> str:
    """The stable id of a probe: "dir/test_tf1_hub.py::test_load[x]" is "tf1_hub.load[x]"."""
    path, _, name = nodeid.partition("::")
    return "{}.{}".format(_without_test(os.path.splitext(os.path.basename(path))[0]), _without_test(name))


def describe(item: pytest.Item) -> dict[str, Any]:
    """Everything about `item` that its observation repeats."""
    test = getattr(item, "function", None)
    return {
        "probe": probe_id(item.nodeid),
        "claims": claims_of(item),
        "fixture": _model_of(item),
        "steps": inspect.getdoc(test) or "",
    }


def is_probe(test: pytest.Item) -> bool:
    """Whether a test is marked as a probe of any claim, by itself or in each of its parameters."""
    tables = [mark.args[1] for mark in test.iter_markers("parametrize") if len(mark.args) > 1]
    in_parameters = any(
        all(any(mark.name == "probe" for mark in getattr(row, "marks", ())) for row in table) for table in tables
    )
    return in_parameters or next(test.iter_markers("probe"), None) is not None


def claims_of(item: pytest.Item) -> list[dict[str, str]]:
    """The claims that `item` speaks to, in the order in which they are written above it."""
    marks = [mark.args for mark in item.iter_markers("probe")]
    callspec = getattr(item, "callspec", None)
    parameters = callspec.params if callspec else {}
    return [
        {"id": claim, "standing": standing, "way": way.format(**parameters)}
        for claims, standing, way in reversed(marks)
        for claim in claims
    ]


def _without_test(name: str) -> str:
    return name[len("test_") :] if name.startswith("test_") else name


def _model_of(item: pytest.Item) -> str:
    callspec = getattr(item, "callspec", None)
    model = callspec.params.get("model", "") if callspec else ""
    return model if isinstance(model, str) else ""
