"""What a Python file consists of, so that two versions of it can be compared function by function."""

from __future__ import annotations

import ast
import hashlib
from collections.abc import Iterable, Iterator, Mapping

OUTSIDE = ""  # names what stands in no function: imports, constants, classes without their methods
_Function = ast.FunctionDef | ast.AsyncFunctionDef


def digests_of(source: bytes) -> dict[str, str]:
    """A digest of each function, as "Class.name", and of what stands outside; none changes with comments or docstrings.

    A function within a function is part of that one. Which methods a class has stands outside, because a new one may
    take the place of an inherited one.
    """
    tree = ast.parse(source)
    found = {name: _digest(node) for name, node in functions_of(tree)}
    return found | {OUTSIDE: _short("\n".join(_outside(tree.body)))}


def functions_of(tree: ast.Module | ast.ClassDef, within: str = "") -> Iterator[tuple[str, _Function]]:
    """The functions of a module and the methods of its classes, by name."""
    for node in tree.body:
        if isinstance(node, _Function):
            yield f"{within}{node.name}", node
        elif isinstance(node, ast.ClassDef):
            yield from functions_of(node, f"{within}{node.name}.")


def function_at(functions: Mapping[str, tuple[int, int]], line: int) -> str:
    """The function that a line stands in."""
    return next((name for name, (first, last) in functions.items() if first <= line <= last), OUTSIDE)


def lines_of(source: bytes) -> dict[str, tuple[int, int]]:
    """The first and the last line of each function, its decorators included."""
    return {
        name: (min([node.lineno, *(one.lineno for one in node.decorator_list)]), node.end_lineno or node.lineno)
        for name, node in functions_of(ast.parse(source))
    }


def _outside(body: Iterable[ast.stmt]) -> Iterator[str]:
    """What stands in no function, statement by statement; of a class, which methods it has as well."""
    for node in body:
        if isinstance(node, ast.ClassDef):
            methods = sorted(one.name for one in node.body if isinstance(one, _Function))
            head = ast.ClassDef(node.name, node.bases, node.keywords, [ast.Pass()], node.decorator_list)
            yield f"{ast.unparse(head)} {methods}"
            yield from _outside(node.body)
        elif not isinstance(node, _Function) and not _is_text(node):
            yield ast.dump(node)


def _digest(function: _Function) -> str:
    """Of what a function does: where it stands, and its docstrings, do not count."""
    copied = ast.parse(ast.unparse(function))
    for node in ast.walk(copied):
        if isinstance(node, _Function | ast.ClassDef) and _is_text(node.body[0]):
            node.body = node.body[1:] or [ast.Pass()]
    return _short(ast.dump(copied))


def _is_text(node: ast.stmt) -> bool:
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) and isinstance(node.value.value, str)


def _short(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:16]
