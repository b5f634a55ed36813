"""Where two versions of a Python file part: the lines of the earlier one at which a program meets what differs.

Comments, docstrings and the order of functions do not count. What is new is met at its neighbour in the same block.
What stands outside of functions (a constant, an import, a base class) is met by the statements that use its name.
"""

from __future__ import annotations

import ast
import copy
from collections.abc import Callable, Collection, Hashable, Iterable, Iterator, Sequence
from difflib import SequenceMatcher
from itertools import zip_longest
from typing import NamedTuple, TypeVar

import msgspec

_Function = ast.FunctionDef | ast.AsyncFunctionDef
_Definition = _Function | ast.ClassDef
_Part = ast.stmt | ast.excepthandler | ast.match_case  # what stands in a block, and may have blocks of its own
_BLOCKS = ("body", "orelse", "finalbody", "handlers", "cases")
_Any = TypeVar("_Any")


class SourceDifferences(msgspec.Struct, frozen=True):
    """What differs between two versions of a file."""

    functions: frozenset[str] = frozenset()  # that are not new, as "Class.name"; "" for what stands outside of them
    lines: frozenset[int] = frozenset()  # of statements in functions of the earlier version
    names: frozenset[str] = frozenset()  # bound outside of functions: what uses one may do something else
    everywhere: bool = False  # whether something else differs outside of functions, which may concern the whole file

    def __bool__(self) -> bool:
        """Whether there is any."""
        return bool(self.functions or self.names)


class FunctionLines(NamedTuple):
    """A function that is in no other: its name, as "Class.name", and its lines, those of its decorators included."""

    name: str
    first: int
    last: int


def differences(before: bytes, after: bytes) -> SourceDifferences:
    """What differs; the two must be Python that this interpreter can parse."""
    was, now = _Module(before), _Module(after)
    functions, lines, names = set[str](), set[int](), set[str]()
    for name, one, other in _pairs(was.definitions, now.definitions):
        around = name.rpartition(".")[0]
        if around and not (around in was.definitions and around in now.definitions):
            continue  # its whole class is new, or gone
        if isinstance(one, _Function) and isinstance(other, _Function):
            met = _changed(list(_lines([one])), list(_lines([other])))
            lines |= met
            differs = bool(met)
        elif differs := one is None or other is None or _text(one) != _text(other):
            names.update(name.split("."))  # an inherited method may take its place, or lose it
        if differs and one:
            functions.add(name)
    rest = [
        set(_bound(node))
        for within in was.rest.keys() | now.rest.keys()
        for node in _only_one_has(was.rest.get(within, []), now.rest.get(within, []))
    ]
    return SourceDifferences(
        frozenset(functions | ({""} if rest else set())),
        frozenset(lines),
        frozenset(names.union(*rest)),
        not all(rest),
    )


def functions_of(source: bytes) -> tuple[FunctionLines, ...]:
    """The functions of a file; of one name there may be several, as a property's getter and its setter."""
    return tuple(
        FunctionLines(name, _first_line(node), node.end_lineno or node.lineno)
        for name, nodes in _Module(source).definitions.items()
        for node in nodes
        if isinstance(node, _Function)
    )


def users_of(names: Collection[str], source: bytes) -> frozenset[int]:
    """The lines of the statements that use one of the names, or what is computed from one outside of functions.

    Functions and classes of such a name are among them: these are the ones that have changed.
    """
    module = _Module(source)
    outside = [node for rest in module.rest.values() for node in rest]
    known = set(names)
    while found := {name for node in outside if _mentions(node, known) for name in _bound(node)} - known:
        known |= found
    parts = (node for node in ast.walk(module.tree) if isinstance(node, _Part))
    users = [part for part in parts if getattr(part, "name", "") in known or _mentions(_alone(part), known)]
    return frozenset(line for part in users for line in _runs(part))


class _Module:
    """What stands outside of functions: functions and classes as "Class.name", and the rest by the class around it."""

    def __init__(self, source: bytes) -> None:
        self.tree = ast.parse(source)
        self.definitions: dict[str, list[_Definition]] = {}
        self.rest: dict[str, list[ast.stmt]] = {}
        self._add(self.tree.body, "")

    def _add(self, body: Iterable[ast.stmt], within: str) -> None:
        for node in body:
            if isinstance(node, _Definition):
                self.definitions.setdefault(f"{within}{node.name}", []).append(node)
                if isinstance(node, ast.ClassDef):
                    self._add(node.body, f"{within}{node.name}.")
            elif not _is_text(node):
                self.rest.setdefault(within, []).append(node)


def _pairs(
    before: dict[str, list[_Any]], after: dict[str, list[_Any]]
) -> Iterator[tuple[str, _Any | None, _Any | None]]:
    for name in before.keys() | after.keys():
        for was, now in zip_longest(before.get(name, ()), after.get(name, ())):
            yield name, was, now


def _only_one_has(before: Sequence[ast.stmt], after: Sequence[ast.stmt]) -> Iterator[ast.stmt]:
    def text(whole: ast.stmt) -> Hashable:
        return tuple(line[1:] for line in _lines([whole]))

    for first, last, new_first, new_last in _unlike(before, after, text):
        yield from (*before[first:last], *after[new_first:new_last])


class _Line(NamedTuple):
    number: int
    block: tuple[str, ...]  # the kinds of blocks that it is in
    text: str


def _lines(body: Iterable[_Part], block: tuple[str, ...] = ()) -> Iterator[_Line]:
    """What is in a block, and in its blocks; a function whose call is made otherwise is met at its first statement."""
    for part in body:
        if not _is_text(part):
            yield _Line(_first_line(part) if block else next(_runs(part)), block, _text(part))
            for name in _BLOCKS:
                yield from _lines(getattr(part, name, ()), (*block, name))


def _changed(before: Sequence[_Line], after: Sequence[_Line]) -> set[int]:
    """The lines at which two versions of a function part."""
    found: set[int] = set()
    for first, last, new_first, new_last in _unlike(before, after, lambda one: one[1:]):
        found.update(one.number for one in before[first:last])
        found.update(_met_at(new, before[:last], before[last:]) for new in after[new_first:new_last])
    return found


def _met_at(new: _Line, before: Sequence[_Line], after: Sequence[_Line]) -> int:
    """The line of a neighbour in the same block; where there is none, of the statement that the block belongs to."""
    near = next(one for one in reversed(before) if one.block == new.block or len(one.block) < len(new.block))
    if near.block != new.block and after and after[0].block == new.block:
        near = after[0]
    return near.number


def _unlike(
    before: Sequence[_Any], after: Sequence[_Any], text: Callable[[_Any], Hashable]
) -> Iterator[tuple[int, int, int, int]]:
    """Where the two part: from and to which index of each."""
    matcher = SequenceMatcher(None, list(map(text, before)), list(map(text, after)), autojunk=False)
    return ((first, last, new, end) for tag, first, last, new, end in matcher.get_opcodes() if tag != "equal")


def _runs(part: _Part) -> Iterator[int]:
    """The lines that are run with it: of a function its first statement, of a class that of each of its methods."""
    if isinstance(part, ast.ClassDef):
        for one in part.body:
            if isinstance(one, _Definition):
                yield from _runs(one)
    elif isinstance(part, _Function):
        yield _first_line(next((one for one in part.body if not _is_text(one)), part.body[-1]))
    else:
        yield _first_line(part)


def _first_line(part: _Part) -> int:
    """Of a statement, its decorators included."""
    at = part.pattern if isinstance(part, ast.match_case) else part
    decorators: Sequence[ast.expr] = getattr(part, "decorator_list", ())
    return min([at.lineno, *(one.lineno for one in decorators)])


def _text(part: _Part) -> str:
    return ast.dump(_alone(part))


def _alone(part: _Part) -> _Part:
    """A statement without those in its blocks; which blocks it has counts."""
    alone = copy.copy(part)
    for name in _BLOCKS:
        if hasattr(part, name):
            setattr(alone, name, [ast.Pass()] if getattr(part, name) else [])
    return alone


def _is_text(part: _Part) -> bool:
    """Whether it is a docstring, or another text that does nothing."""
    return isinstance(part, ast.Expr) and isinstance(part.value, ast.Constant) and isinstance(part.value.value, str)


def _mentions(part: ast.AST, names: Collection[str]) -> bool:
    """Whether it reads a variable or an attribute of such a name, or imports it."""
    return any(
        (isinstance(node, ast.Name) and node.id in names and isinstance(node.ctx, ast.Load))
        or (isinstance(node, ast.Attribute) and node.attr in names)
        or (isinstance(node, ast.alias) and node.name.rpartition(".")[2] in names)
        for node in ast.walk(part)
    )


def _bound(node: ast.stmt) -> Iterator[str]:
    """The names that a statement binds."""
    for one in ast.walk(node):
        if isinstance(one, ast.alias):
            yield (one.asname or one.name).partition(".")[0]
        elif isinstance(one, ast.Name) and isinstance(one.ctx, ast.Store):
            yield one.id
        elif isinstance(one, _Definition):
            yield one.name
