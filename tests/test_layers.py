"""The packages in layers, as CONTRIBUTING.md draws them: imports lead downward only."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PACKAGE = ROOT / "conformance"

LAYERS = (
    ("__main__",),
    ("commands",),
    ("reporting",),
    ("own_models",),
    ("explaining",),
    ("candidate",),
    ("alarms", "bisecting", "nightly", "sharding", "trial"),
    ("exchange", "history"),
    ("running",),
    ("comparing", "editor_schemas"),
    ("inspecting",),
    ("judging",),
    ("cells", "corpus", "fixtures", "night", "snapshot"),
    ("results",),
    ("changes", "claims", "command_line", "environments", "markdown"),
    ("data_file", "evidence", "inside", "json_file", "plain_text"),
    ("snippets",),
    ("errors", "grouping", "limits", "words"),
)
LEVELS = {name: level for level, names in enumerate(LAYERS) for name in names}


def names() -> list[str]:
    return sorted(path.stem for path in PACKAGE.iterdir() if path.suffix == ".py" or (path / "__init__.py").exists())


def imports_of(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom) and node.module == "conformance":
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and (node.module or "").startswith("conformance."):
            yield (node.module or "").split(".")[1]
        elif isinstance(node, ast.Import):
            yield from (alias.name.split(".")[1] for alias in node.names if alias.name.startswith("conformance."))


def test_each_package_has_its_layer() -> None:
    assert sorted(LEVELS) == [name for name in names() if name != "__init__"]


@pytest.mark.parametrize("name", LEVELS)
def test_imports_lead_downward(name: str) -> None:
    files = (PACKAGE / name).rglob("*.py") if (PACKAGE / name).is_dir() else [PACKAGE / f"{name}.py"]
    for path in files:
        for imported in imports_of(path):
            assert imported == name or LEVELS[imported] > LEVELS[name], f"{path.relative_to(ROOT)} imports {imported}"


def test_contributing_draws_the_same_layers() -> None:
    drawn = [tuple(line.split()) for line in (ROOT / "CONTRIBUTING.md").read_text().splitlines()]
    assert [layer for layer in drawn if layer in LAYERS] == list(LAYERS[1:])
