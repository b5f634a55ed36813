"""Which files of ours a module of probes runs, found by following imports in the sources.

Imports are read from the source and not from what a collection imports, because some stand within a function, which
only a running probe calls.
"""

from __future__ import annotations

import ast
import hashlib
from collections.abc import Iterable, Iterator
from pathlib import Path

import msgspec

PACKAGE = "conformance"


class SourceFile(msgspec.Struct, frozen=True):
    """One file."""

    digest: str  # of its contents
    imports: frozenset[str]  # the modules of ours that it may import, anywhere in it


class Sources:
    """The sources below `root`, the checkout; each is read once."""

    def __init__(self, root: Path) -> None:
        self._root = root
        self._read: dict[Path, SourceFile] = {}

    def closure(self, *paths: Path) -> frozenset[Path]:
        """Those files and every file of ours that importing them may run."""
        found: set[Path] = set()
        waiting = list(paths)
        while waiting:
            path = waiting.pop()
            if path not in found:
                found.add(path)
                waiting += self._above(path)
                for name in self._source(path).imports:
                    waiting += self._files_of(name)
        return frozenset(found)

    def digests(self, paths: Iterable[Path]) -> dict[str, str]:
        """The digest of each file, by its path within the checkout."""
        return {path.relative_to(self._root).as_posix(): self._source(path).digest for path in sorted(paths)}

    def _source(self, path: Path) -> SourceFile:
        if path not in self._read:
            self._read[path] = read_source(path)
        return self._read[path]

    def _files_of(self, module: str) -> Iterator[Path]:
        """The file of a module; none where `module` is a name within one."""
        place = self._root.joinpath(*module.split("."))
        return (path for path in (place.with_suffix(".py"), place / "__init__.py") if path.is_file())

    def _above(self, path: Path) -> Iterator[Path]:
        """What importing a module runs first: the packages that it is in."""
        folders = (folder / "__init__.py" for folder in path.parents if folder.is_relative_to(self._root / PACKAGE))
        return (init for init in folders if init.is_file())


def read_source(path: Path) -> SourceFile:
    """Reads one file; one that does not parse imports nothing."""
    raw = path.read_bytes()
    try:
        nodes = list(ast.walk(ast.parse(raw, filename=str(path))))
    except (SyntaxError, ValueError):  # pytest.ini, or a file that a collection refuses with a better message
        nodes = []
    names = (name for node in nodes for name in _imports(node))
    return SourceFile(
        digest=hashlib.sha256(raw).hexdigest(),
        imports=frozenset(name for name in names if name.split(".")[0] == PACKAGE),
    )


def _imports(node: ast.AST) -> Iterator[str]:
    if isinstance(node, ast.Import):
        yield from (alias.name for alias in node.names)
    elif isinstance(node, ast.ImportFrom) and node.module:  # never relative: the style check forbids that
        yield node.module
        yield from (f"{node.module}.{alias.name}" for alias in node.names)
