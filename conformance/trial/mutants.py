"""Mutants: small changes of a module's source that no person chose, each of one expression or statement.

They are changes of the text, so that the rest of the file (lines, comments, what AutoGraph reads) stays as it is. Only
the bodies and the defaults of functions are changed; what is said to people (docstrings, messages of errors, logs) is
left alone, since no probe should read it word by word.
"""

from __future__ import annotations

import ast
import difflib
import itertools
from collections.abc import Callable, Collection, Iterator, Sequence

import msgspec

from conformance.trial.inside.stand_ins import REACHED

Positioned = ast.expr | ast.stmt | ast.keyword
Found = Iterator[tuple[Positioned, Positioned, str]]  # where (distinguishes mutants), what is replaced, by what

_OPPOSITES: dict[type[ast.cmpop], type[ast.cmpop]] = {
    ast.Eq: ast.NotEq,
    ast.NotEq: ast.Eq,
    ast.Is: ast.IsNot,
    ast.IsNot: ast.Is,
    ast.In: ast.NotIn,
    ast.NotIn: ast.In,
    ast.Lt: ast.LtE,
    ast.LtE: ast.Lt,
    ast.Gt: ast.GtE,
    ast.GtE: ast.Gt,
}
_LOGS = ("logging.", "warnings.", "tf.logging.", "tf.compat.v1.logging.", "tf_logging.", "print")
_NOT_CHANGED = ("decorator_list", "annotation", "returns", "bases", "exc")


class Mutant(msgspec.Struct, frozen=True):
    """One change of one module."""

    id: str  # "MODULE@LINE.COLUMN-OPERATOR", the same as long as the module is
    function: str  # the innermost function around it, as "Class.name"
    body: tuple[int, int]  # the first and the last line of that function
    statement: int  # the line of the statement around it; 0 for what is evaluated when the module is imported
    start: int  # the first byte of the source that it replaces
    end: int  # the byte after the last
    text: str  # what it puts there

    @property
    def module(self) -> str:
        """The module that it changes."""
        return module_of(self.id)

    def applied_to(self, source: bytes) -> bytes:
        """The whole source with this change."""
        return source[: self.start] + self.text.encode() + source[self.end :]

    def diff(self, source: bytes) -> str:
        """The change, as a unified diff."""
        before, after = source.decode().splitlines(), self.applied_to(source).decode().splitlines()
        return "\n".join(difflib.unified_diff(before, after, self.module, self.id, lineterm="", n=2))


def module_of(mutant_id: str) -> str:
    """The module that a mutant's name says it changes."""
    return mutant_id.partition("@")[0]


def mutants_of(module: str, source: bytes) -> tuple[Mutant, ...]:
    """Every mutant of a module, in the order of its lines."""
    starts = list(itertools.accumulate(map(len, source.splitlines(keepends=True)), initial=0))
    mutants: dict[str, Mutant] = {}
    for place in _Walk(source).places():
        for operator, find in OPERATORS.items():
            for where, replaced, text in find(place.node):
                name = f"{module}@{where.lineno}.{where.col_offset}-{operator}"
                start = starts[replaced.lineno - 1] + replaced.col_offset
                end = starts[(replaced.end_lineno or 0) - 1] + (replaced.end_col_offset or 0)
                mutants[name] = Mutant(name, place.function, place.body, place.statement, start, end, text)
    return tuple(sorted(mutants.values(), key=lambda mutant: (mutant.start, mutant.id)))


def with_lines_marked(source: bytes, numbers: Collection[int]) -> bytes:
    """The source, saying of statements at these lines that they are reached (see `inside/stand_ins.py`)."""
    lines = source.splitlines(keepends=True)
    for number in sorted(numbers, reverse=True):
        line = lines[number - 1]
        indentation = line[: len(line) - len(line.lstrip())]
        lines.insert(number - 1, indentation + f"{REACHED}.line_{number}\n".encode())
    return b"".join(lines)


def statements_of(source: bytes) -> frozenset[int]:
    """The lines of the statements in functions that can be marked.

    Those before which no line can be put (the second of `if a: b`, an `elif`) count as the one around them.
    """
    return frozenset(place.statement for place in _Walk(source).places() if place.statement)


def first_statements_of(source: bytes) -> frozenset[int]:
    """Of these lines, the first of each function."""
    lines, found = source.splitlines(), set[int]()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            numbers = (_first_line(one, lines) for one in node.body if not _speaks_to_people(one))
            found.add(next(numbers, 0))
    return frozenset(found - {0})


def _first_line(node: ast.stmt, lines: Sequence[bytes]) -> int:
    """Of a statement, its decorators included; 0 if no line can be put before it."""
    first = min([node.lineno, *(one.lineno for one in getattr(node, "decorator_list", []))])
    line = lines[first - 1]
    return 0 if line[: node.col_offset].strip() or line.lstrip().startswith(b"elif") else first


class _Place(msgspec.Struct, frozen=True):
    """A node that may be changed, and what is around it; see `Mutant`."""

    node: ast.AST
    function: str = ""
    body: tuple[int, int] = (0, 0)
    statement: int = 0


class _Walk:
    """Goes through the functions of a module."""

    def __init__(self, source: bytes) -> None:
        self._tree = ast.parse(source)
        self._lines = source.splitlines()

    def places(self) -> Iterator[_Place]:
        """Every node of every function, its defaults included."""
        for node in self._tree.body:
            yield from self._visit(node, _Place(node))

    def _visit(self, node: ast.AST, around: _Place) -> Iterator[_Place]:
        if _speaks_to_people(node):
            return
        here = msgspec.structs.replace(around, node=node, statement=self._statement(node, around))
        if here.body[0]:
            yield here
        if isinstance(node, ast.JoinedStr):  # its parts have no positions that can be relied on
            return
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            here = msgspec.structs.replace(here, function=f"{around.function}.{node.name}".lstrip("."))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            here = msgspec.structs.replace(here, body=(node.body[0].lineno, node.end_lineno or node.lineno))
        for field, value in ast.iter_fields(node):
            if field not in _NOT_CHANGED:
                for child in value if isinstance(value, list) else [value]:
                    if isinstance(child, ast.AST):
                        yield from self._visit(child, here)

    def _statement(self, node: ast.AST, around: _Place) -> int:
        """The line of `node`, if it is a statement in a function before which a line can be put."""
        if not isinstance(node, ast.stmt) or not around.body[0]:
            return around.statement
        return _first_line(node, self._lines) or around.statement


def _speaks_to_people(node: ast.AST) -> bool:
    if not isinstance(node, ast.Expr):
        return False
    if isinstance(node.value, ast.Constant):  # a docstring
        return True
    return isinstance(node.value, ast.Call) and ast.unparse(node.value.func).startswith(_LOGS)


def _negated(node: ast.AST) -> Found:
    """A condition, unless it is a single comparison, which has its opposite."""
    if isinstance(node, ast.If | ast.While | ast.IfExp):
        test = node.test
        if not (isinstance(test, ast.Compare) and len(test.ops) == 1):
            inner = test.operand if isinstance(test, ast.UnaryOp) and isinstance(test.op, ast.Not) else None
            yield test, test, f"({ast.unparse(inner)})" if inner else f"(not ({ast.unparse(test)}))"


def _comparison(node: ast.AST) -> Found:
    if isinstance(node, ast.Compare):
        opposite = _OPPOSITES[type(node.ops[0])]()
        changed = ast.Compare(node.left, [opposite, *node.ops[1:]], node.comparators)
        yield node.comparators[0], node, f"({ast.unparse(changed)})"


def _and_or(node: ast.AST) -> Found:
    if isinstance(node, ast.BoolOp):
        other = ast.Or() if isinstance(node.op, ast.And) else ast.And()
        yield node.values[1], node, f"({ast.unparse(ast.BoolOp(other, node.values))})"


def _constant(node: ast.AST) -> Found:
    if isinstance(node, ast.Constant):
        if isinstance(node.value, bool):
            yield node, node, str(not node.value)
        elif isinstance(node.value, int | float):
            yield node, node, repr(1 - node.value if node.value in (0, 1) else node.value + 1)


def _key(node: ast.AST) -> Found:
    """A string that something is looked up by, distinguished by, or compared with."""
    keys: list[ast.expr | None] = []
    if isinstance(node, ast.Subscript):
        keys = [node.slice]
    elif isinstance(node, ast.Dict):
        keys = list(node.keys)
    elif isinstance(node, ast.Compare):
        keys = [node.left, *node.comparators]
    elif isinstance(node, ast.Call):
        keys = list(node.args[:1])
    for key in keys:
        if isinstance(key, ast.Constant) and isinstance(key.value, str) and " " not in key.value:  # else a message
            yield key, key, repr(key.value + "_x")


def _statement_dropped(node: ast.AST) -> Found:
    """A statement without which the rest still has all its names."""
    sets = isinstance(node, ast.Assign) and not any(isinstance(target, ast.Name | ast.Tuple) for target in node.targets)
    calls = isinstance(node, ast.Expr) and isinstance(node.value, ast.Call)
    if isinstance(node, ast.stmt) and (sets or calls or isinstance(node, ast.AugAssign | ast.Raise)):
        yield node, node, "pass"


def _context_dropped(node: ast.AST) -> Found:
    if isinstance(node, ast.With) and len(node.items) == 1 and node.items[0].optional_vars is None:
        manager = node.items[0].context_expr
        place = {"lineno": node.lineno, "col_offset": node.col_offset}
        header = ast.Pass(**place, end_lineno=manager.end_lineno, end_col_offset=manager.end_col_offset)
        yield manager, header, "if True"


def _return_none(node: ast.AST) -> Found:
    if isinstance(node, ast.Return) and node.value is not None and ast.unparse(node.value) != "None":
        yield node, node, "return None"


def _keyword_dropped(node: ast.AST) -> Found:
    if isinstance(node, ast.Call):
        for keyword in node.keywords:
            left = [other for other in node.keywords if other is not keyword]
            if keyword.arg is not None:
                yield keyword, node, ast.unparse(ast.Call(node.func, node.args, left))


def _arguments_swapped(node: ast.AST) -> Found:
    if isinstance(node, ast.Call) and len(node.args) >= 2:
        first, second, *rest = node.args
        starred = isinstance(first, ast.Starred) or isinstance(second, ast.Starred)
        if not starred and ast.unparse(first) != ast.unparse(second):
            yield second, node, ast.unparse(ast.Call(node.func, [second, first, *rest], node.keywords))


def _call_skipped(node: ast.AST) -> Found:
    """What a call is given first, in the place of what it makes of it."""
    if isinstance(node, ast.Return | ast.Assign) and isinstance(node.value, ast.Call) and node.value.args:
        first = node.value.args[0]
        if not isinstance(first, ast.Starred):
            yield node.value, node.value, f"({ast.unparse(first)})"


def _element_dropped(node: ast.AST) -> Found:
    if isinstance(node, ast.List) and isinstance(node.ctx, ast.Load):
        for element in node.elts:
            left = [other for other in node.elts if other is not element]
            yield element, node, ast.unparse(ast.List(left))
    elif isinstance(node, ast.Dict):
        for key in node.keys:
            items = [(one, value) for one, value in zip(node.keys, node.values, strict=True) if one is not key]
            if key is not None:  # else it is a `**other`
                left_over = ast.Dict([one for one, _ in items], [value for _, value in items])
                yield key, node, ast.unparse(left_over)


# What an id ends in -> what finds the changes of that kind in one node.
OPERATORS: dict[str, Callable[[ast.AST], Found]] = {
    "negated": _negated,
    "comparison": _comparison,
    "and-or": _and_or,
    "constant": _constant,
    "key": _key,
    "statement-dropped": _statement_dropped,
    "context-dropped": _context_dropped,
    "return-none": _return_none,
    "keyword-dropped": _keyword_dropped,
    "arguments-swapped": _arguments_swapped,
    "call-skipped": _call_skipped,
    "element-dropped": _element_dropped,
}
