"""Where two versions of a Python file part: the lines of the earlier one at which a program meets what differs.

Comments, docstrings and the order of functions do not count. Of statements that are new, the line is that of a
neighbour that runs with them. What stands outside of functions (a constant, an import, a base class) is
met by the statements that use its name.
"""

from __future__ import annotations

import ast
from collections.abc import Collection, Iterable, Iterator, Sequence
from difflib import SequenceMatcher
from itertools import zip_longest

import msgspec

from conformance.grouping import grouped

Function = ast.FunctionDef | ast.AsyncFunctionDef
_Definition = Function | ast.ClassDef
_BLOCKS = ("body", "orelse", "finalbody", "handlers", "cases")


class SourceDifferences(msgspec.Struct, frozen=True):
    """What differs between two versions of a file.

    Attributes:
        functions: the names of the functions that are not new, as "Class.name"; "" for what stands outside of them.
        lines: of statements in functions of the earlier version.
        names: what is bound outside of functions, so that whatever uses these names may do something else.
        everywhere: whether something else differs outside of functions, which may concern the whole file.
    """

    functions: frozenset[str] = frozenset()
    lines: frozenset[int] = frozenset()
    names: frozenset[str] = frozenset()
    everywhere: bool = False

    def __bool__(self) -> bool:
        """Whether there is any."""
        return bool(self.functions or self.names)


def differences(before: bytes, after: bytes) -> SourceDifferences:
    """What differs; the two must be Python that this interpreter can parse."""
    comparison = _Comparison()
    comparison.outside(ast.parse(before).body, ast.parse(after).body, "")
    return SourceDifferences(
        frozenset(comparison.functions),
        frozenset(comparison.lines),
        frozenset(comparison.names),
        comparison.everywhere,
    )


def functions_of(source: bytes) -> dict[str, tuple[int, int]]:
    """The first and the last line of each function, its decorators included; of an inner one, those of the outer."""
    return dict(_functions(ast.parse(source).body, ""))


def users_of(names: frozenset[str], source: bytes) -> frozenset[int]:
    """The lines of the statements that mention one of the names, or what is computed from one outside of functions."""
    body = ast.parse(source).body
    outside = list(_outside(body))
    known = set(names)
    while found := {name for node in outside if _mentions(ast.walk(node), known) for name in _bound(node)} - known:
        known |= found
    return frozenset(_users(known, body))


def first_line(node: ast.stmt) -> int:
    """Of a statement, its decorators included."""
    decorators = node.decorator_list if isinstance(node, _Definition) else []
    return min([node.lineno, *(one.lineno for one in decorators)])


def _functions(body: Iterable[ast.stmt], within: str) -> Iterator[tuple[str, tuple[int, int]]]:
    for node in body:
        if isinstance(node, Function):
            yield f"{within}{node.name}", (first_line(node), node.end_lineno or node.lineno)
        elif isinstance(node, ast.ClassDef):
            yield from _functions(node.body, f"{within}{node.name}.")
        else:
            for name in _BLOCKS[:3]:
                yield from _functions(getattr(node, name, ()), within)


def _outside(body: Iterable[ast.stmt]) -> Iterator[ast.stmt]:
    """The statements that stand in no function."""
    for node in body:
        if isinstance(node, ast.ClassDef):
            yield from _outside(node.body)
        elif not isinstance(node, Function):
            yield node


def _mentions(nodes: Iterable[ast.AST], names: Collection[str]) -> bool:
    """Whether any node reads a variable or an attribute of such a name, or imports it."""
    return any(
        (isinstance(node, ast.Name) and node.id in names and isinstance(node.ctx, ast.Load))
        or (isinstance(node, ast.Attribute) and node.attr in names)
        or (isinstance(node, ast.alias) and node.name.rpartition(".")[2] in names)
        for node in nodes
    )


def _users(names: Collection[str], body: Iterable[ast.stmt]) -> Iterator[int]:
    for node in body:
        blocks = list(_blocks(node))
        inner = {id(one) for block in blocks for statement in block for one in ast.walk(statement)}
        if _mentions((one for one in ast.walk(node) if id(one) not in inner), names):
            yield first_line(node)
            if isinstance(node, _Definition):  # its default, its decorator, its base: met by whoever runs it
                yield from _runs_of(node)
        for block in blocks:
            yield from _users(names, block)


def _runs_of(node: _Definition) -> Iterator[int]:
    """The first statement of a function; of a class, of each of its methods."""
    if isinstance(node, Function):
        yield first_line(_without_text(node.body)[0])
        return
    for one in node.body:
        if isinstance(one, _Definition):
            yield from _runs_of(one)


class _Comparison:
    """Goes through two versions side by side, and collects what differs."""

    def __init__(self) -> None:
        self.functions: set[str] = set()
        self.lines: set[int] = set()
        self.names: set[str] = set()
        self.everywhere = False

    def outside(self, before: Sequence[ast.stmt], after: Sequence[ast.stmt], within: str) -> None:
        """Compares what stands outside of functions: definitions by name, the rest statement by statement."""
        was, now = _definitions(before), _definitions(after)
        for name in was.keys() | now.keys():  # of one name there may be several: a property's getter and its setter
            for one, other in zip_longest(was.get(name, ()), now.get(name, ())):
                self._definition(one, other, within)
        for one, other in _unlike(_others(before), _others(after)):
            bound = {name for node in (one, other) if node for name in _bound(node)}
            self.functions.add("")
            self.names |= bound
            self.everywhere = self.everywhere or not bound

    def _definition(self, was: _Definition | None, now: _Definition | None, within: str) -> None:
        name = f"{within}{(was or now).name}"  # type: ignore[union-attr]  # one of them is there
        if was is None or now is None or type(was) is not type(now):
            self.names.add(name.rpartition(".")[2])  # what called another of that name before calls this one now
            if was is not None:
                self.functions.add(name)
                self.lines.update(_runs_of(was))
            return
        if _own(was) != _own(now):
            self.functions.add(name)
            self.lines.update(_runs_of(was))
        if isinstance(was, ast.ClassDef):
            assert isinstance(now, ast.ClassDef)
            if _own(was) != _own(now):
                self.names.add(was.name)
            if _definitions(was.body).keys() != _definitions(now.body).keys():  # one may take an inherited one's place
                self.lines.update(_runs_of(was))
            self.outside(was.body, now.body, f"{name}.")
        elif found := set(_changed(_without_text(was.body), _without_text(now.body), first_line(was.body[-1]))):
            self.functions.add(name)
            self.lines |= found


def _changed(before: Sequence[ast.stmt], after: Sequence[ast.stmt], around: int) -> Iterator[int]:
    """The lines of two blocks of statements at which they part.

    Args:
        around: the line that stands for a block in which there is nothing else.
    """
    matcher = SequenceMatcher(None, [_text(one) for one in before], [_text(one) for one in after], autojunk=False)
    for tag, first, last, new_first, new_last in matcher.get_opcodes():
        if tag == "equal":
            continue
        if tag == "insert":  # what runs before it, or else after it
            neighbour = before[first - 1] if first else before[0] if before else None
            yield first_line(neighbour) if neighbour else around
            continue
        for one, other in zip_longest(before[first:last], after[new_first:new_last]):
            if one is not None:
                yield from _statement(one, other)


def _statement(one: ast.stmt, other: ast.stmt | None) -> Iterator[int]:
    """The lines of one statement at which it and the one in its place part."""
    if other is None or _own(one) != _own(other):
        yield first_line(one)
        return
    for block, its in zip(_blocks(one), _blocks(other), strict=True):
        yield from _changed(block, its, first_line(one))


def _own(node: ast.stmt) -> str:
    """What a statement says by itself, without the statements in it; how many blocks it has counts."""
    parts = []
    for name, value in ast.iter_fields(node):
        if name in ("body", "orelse", "finalbody"):
            parts.append(f"{name}: {bool(value)}")
        elif name in ("handlers", "cases"):
            heads = [
                [ast.dump(part) for field, part in ast.iter_fields(one) if field != "body" and part] for one in value
            ]
            parts.append(f"{name}: {heads}")
        else:
            parts.append(f"{name}: {_dump(value)}")
    return f"{type(node).__name__} {parts}"


def _dump(value: object) -> str:
    if isinstance(value, list):
        return str([_dump(one) for one in value])
    return ast.dump(value) if isinstance(value, ast.AST) else repr(value)


def _text(node: ast.stmt) -> str:
    """All that a statement says; docstrings of inner functions do not count."""
    return _own(node) + "".join(f"\n{name}" for block in _blocks(node) for name in map(_text, _without_text(block)))


def _blocks(node: ast.stmt) -> Iterator[list[ast.stmt]]:
    for name in ("body", "orelse", "finalbody"):
        if block := getattr(node, name, None):
            yield _without_text(block)
    for part in (*getattr(node, "handlers", ()), *getattr(node, "cases", ())):
        yield part.body


def _without_text(block: list[ast.stmt]) -> list[ast.stmt]:
    """A block without its docstring, or whatever else is a text and nothing else; never empty."""
    return [node for node in block if not _is_text(node)] or block[-1:]


def _is_text(node: ast.stmt) -> bool:
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) and isinstance(node.value.value, str)


def _definitions(body: Iterable[ast.stmt]) -> dict[str, list[_Definition]]:
    return grouped((node.name, node) for node in body if isinstance(node, _Definition))


def _others(body: Iterable[ast.stmt]) -> list[ast.stmt]:
    return [node for node in body if not isinstance(node, _Definition) and not _is_text(node)]


def _unlike(before: Sequence[ast.stmt], after: Sequence[ast.stmt]) -> Iterator[tuple[ast.stmt | None, ast.stmt | None]]:
    """The statements that only one side has, in pairs."""
    matcher = SequenceMatcher(None, list(map(_text, before)), list(map(_text, after)), autojunk=False)
    for tag, first, last, new_first, new_last in matcher.get_opcodes():
        if tag != "equal":
            yield from zip_longest(before[first:last], after[new_first:new_last])


def _bound(node: ast.stmt) -> Iterator[str]:
    """The names that a statement binds."""
    for one in ast.walk(node):
        if isinstance(one, ast.alias):
            yield (one.asname or one.name).partition(".")[0]
        elif isinstance(one, ast.Name) and isinstance(one.ctx, ast.Store):
            yield one.id
        elif isinstance(one, _Definition):
            yield one.name
