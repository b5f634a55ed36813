"""The probes' names, read from their source: the host cannot import them, for they import TensorFlow."""

from __future__ import annotations

import ast
from collections.abc import Iterable
from pathlib import Path

from conformance.inside.cell import glob_matches
from conformance.running.places import ROOT

PROBES = ROOT / "conformance" / "inside" / "probes"
PREFIX = "test_"


def probe_names(folder: Path = PROBES) -> tuple[str, ...]:
    """Every probe as "<module>.<function>", without the parameters that it gets when it runs."""
    return tuple(
        f"{path.stem.removeprefix(PREFIX)}.{node.name.removeprefix(PREFIX)}"
        for path in sorted(folder.glob(f"{PREFIX}*.py"))
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"), filename=str(path)))
        if isinstance(node, ast.FunctionDef) and node.name.startswith(PREFIX)
    )


def may_match(glob: str, names: Iterable[str]) -> bool:
    """Whether `glob`, which speaks of whole probe ids, can match a probe of these names; parameters are not known."""
    before_parameters = glob.split("[", 1)[0]
    return any(glob_matches(glob, name) or glob_matches(before_parameters, name) for name in names)
