"""A class name denotes one class, so that a reader who has met it knows it everywhere."""

from __future__ import annotations

import ast
from collections import Counter

from conformance.running.places import ROOT

PACKAGE = ROOT / "conformance"

# Written against TensorFlow: probes define small models beside their use, and patches imitate what they replace.
LOCAL_CLASSES = ("inside/probes/", "inside/models/", "trial/inside/")


def shared_names() -> set[str]:
    defined = Counter(
        node.name
        for path in PACKAGE.rglob("*.py")
        if not path.relative_to(PACKAGE).as_posix().startswith(LOCAL_CLASSES)
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.ClassDef)
    )
    return {name for name, count in defined.items() if count > 1}


def test_a_class_name_denotes_one_class() -> None:
    assert shared_names() == set()
