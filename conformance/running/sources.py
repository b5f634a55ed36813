"""What the code that runs inside an environment depends on, read from its source: the host cannot import it."""

from __future__ import annotations

import ast
import hashlib
from collections.abc import Iterable, Iterator
from pathlib import Path

import msgspec

PACKAGE = "conformance"


class Source(msgspec.Struct, frozen=True):
    """One file, as far as it matters to what a probe shows.

    Attributes:
        digest: of its contents.
        imports: the modules of ours that it may import, anywhere in it.
        texts: the string literals in it: the claims and the fixture models that it names are among them.
        reads: the attributes that it reads, as "examples" of `cell.examples`.
        unclear: whether it cannot be told which claims it names, because it does not parse or computes one.
    """

    digest: str
    imports: frozenset[str] = frozenset()
    texts: frozenset[str] = frozenset()
    reads: frozenset[str] = frozenset()
    unclear: bool = False


class Sources:
    """The sources below `root`, the checkout; each is read once."""

    def __init__(self, root: Path) -> None:
        self._root = root
        self._read: dict[Path, Source] = {}

    def source(self, path: Path) -> Source:
        """What that file says."""
        if path not in self._read:
            self._read[path] = read_source(path)
        return self._read[path]

    def closure(self, *paths: Path) -> frozenset[Path]:
        """Those files and every file of ours that importing them may run."""
        found: set[Path] = set()
        waiting = list(paths)
        while waiting:
            path = waiting.pop()
            if path not in found:
                found.add(path)
                waiting += self._above(path)
                for name in self.source(path).imports:
                    waiting += self._files_of(name)
        return frozenset(found)

    def digests(self, paths: Iterable[Path]) -> dict[str, str]:
        """The digest of each file, by its path within the checkout."""
        return {path.relative_to(self._root).as_posix(): self.source(path).digest for path in sorted(paths)}

    def _files_of(self, module: str) -> Iterator[Path]:
        """The file of a module; none where `module` is a name within one."""
        place = self._root.joinpath(*module.split("."))
        return (path for path in (place.with_suffix(".py"), place / "__init__.py") if path.is_file())

    def _above(self, path: Path) -> Iterator[Path]:
        """What importing a module runs first: the packages that it is in."""
        folders = (folder / "__init__.py" for folder in path.parents if folder.is_relative_to(self._root / PACKAGE))
        return (init for init in folders if init.is_file())


def read_source(path: Path) -> Source:
    """Reads one file."""
    raw = path.read_bytes()
    digest = hashlib.sha256(raw).hexdigest()
    try:
        nodes = list(ast.walk(ast.parse(raw, filename=str(path))))
    except (SyntaxError, ValueError):  # somebody is editing it; whoever collects it will say so
        return Source(digest, unclear=True)
    return Source(
        digest=digest,
        imports=frozenset(name for node in nodes for name in _imports(node) if name.split(".")[0] == PACKAGE),
        texts=frozenset(node.value for node in nodes if isinstance(node, ast.Constant) and isinstance(node.value, str)),
        reads=frozenset(
            node.attr for node in nodes if isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Load)
        ),
        unclear=any(_computes_claim(node) for node in nodes),
    )


def _imports(node: ast.AST) -> Iterator[str]:
    if isinstance(node, ast.Import):
        yield from (alias.name for alias in node.names)
    elif isinstance(node, ast.ImportFrom) and node.module:  # never relative: the style check forbids that
        yield node.module
        yield from (f"{node.module}.{alias.name}" for alias in node.names)


def _computes_claim(node: ast.AST) -> bool:
    """Whether it marks a probe with a claim that no literal names."""
    if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "probe"):
        return False
    claims = [*node.args[:1], *(keyword.value for keyword in node.keywords if keyword.arg in ("claim", None))]
    return not all(isinstance(claim, ast.Constant) for claim in claims)
