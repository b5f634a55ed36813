"""What the host asks for: which probes it wants."""

from __future__ import annotations

from typing import Any

import pytest

from conformance.inside.cell import CellRequest, glob_matches

PROBES = {
    "t.load": ["load"],
    "t.create": ["create"],
    "t.both": ["load", "create"],
    "t.mode": ["mode"],
    "t.other": ["x"],
}


def cell(**narrower: Any) -> CellRequest:
    asked: dict[str, Any] = {
        "record": "r.jsonl",
        "cell": "c",
        "mode": "tf2",
        "keras": "bundled",
        "claims": ["load", "create", "mode"],
        "probes": None,
        "observed": [],
        "timeout": 1,
        "attempt": 1,
        "models": "models",
        "examples": 2,
    }
    return CellRequest({**asked, **narrower})


@pytest.mark.parametrize(
    ("narrower", "expected"),
    [
        ({}, ["t.load", "t.create", "t.both", "t.mode"]),
        ({"claims": ["load"]}, ["t.load", "t.both"]),
        ({"claims": []}, []),
        ({"probes": ["*.l*", "t.mode"]}, ["t.load", "t.mode"]),
        ({"probes": ["t.other"]}, []),
        ({"probes": []}, []),
        ({"observed": ["t.load", "t.other"]}, ["t.create", "t.both", "t.mode"]),
        ({"observed": ["t.load"], "probes": ["*.l*", "t.mode"]}, ["t.mode"]),
    ],
)
def test_wants(narrower: dict[str, Any], expected: list[str]) -> None:
    assert [probe for probe, claims in PROBES.items() if cell(**narrower).wants(probe, claims)] == expected


@pytest.mark.parametrize(
    ("glob", "probe", "expected"),
    [
        ("a.b[c-d]", "a.b[c-d]", True),  # brackets stand for themselves
        ("a.b[c-d]", "a.bc", False),
        ("a.*", "a.b[c]", True),
        ("a.?", "a.b", True),
        ("a.?", "a.bc", False),
        ("a", "a.b", False),
        ("b", "a.b", False),
        ("a.b", "a_b", False),
    ],
)
def test_glob(glob: str, probe: str, expected: bool) -> None:
    assert glob_matches(glob, probe) is expected
