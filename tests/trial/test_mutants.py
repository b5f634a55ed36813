from __future__ import annotations

import ast

import pytest

from conformance.trial.mutants import OPERATORS, first_statements_of, mutants_of, statements_of, with_lines_marked

MODULE = "tensorflow_hub.module"


def changes(body: str) -> dict[str, str]:
    """Mutants of a function with one line: "COLUMN-OPERATOR" in that line -> the line."""
    source = f"def f(a, b=None):\n  {body}\n".encode()
    return {
        mutant.id.partition("@2.")[2]: mutant.applied_to(source).decode().splitlines()[1].strip()
        for mutant in mutants_of(MODULE, source)
    }


# A function's line, one of its mutants, and the line that this makes of it.
CHANGES = [
    ("if not a: b()", "5-negated", "if (a): b()"),
    ("while a and b: a()", "8-negated", "while (not (a and b)): a()"),
    ("g(1 if a else 2)", "9-negated", "g(1 if (not (a)) else 2)"),
    ("a.b = a is None", "13-comparison", "a.b = (a is not None)"),
    ("if a < b: g()", "9-comparison", "if (a <= b): g()"),
    ("a.b = a or b", "13-and-or", "a.b = (a and b)"),
    ("g(a=True)", "6-constant", "g(a=False)"),
    ("g(0)", "4-constant", "g(1)"),
    ("g(2.5)", "4-constant", "g(3.5)"),
    ("a.b = a['key']", "10-key", "a.b = a['key_x']"),
    ("g(hasattr(a, 'x'), 'y')", "2-statement-dropped", "pass"),
    ("a.b = 3", "2-statement-dropped", "pass"),
    ("a += 1", "2-statement-dropped", "pass"),
    ("raise ValueError('no')", "2-statement-dropped", "pass"),
    ("with g(a): b()", "7-context-dropped", "if True: b()"),
    ("return a", "2-return-none", "return None"),
    ("g(a, x=1, y=b)", "7-keyword-dropped", "g(a, y=b)"),
    ("g(a, b, x=1)", "7-arguments-swapped", "g(b, a, x=1)"),
    ("return g(a, b)", "9-call-skipped", "return (a)"),
    ("g([a, b])", "5-element-dropped", "g([b])"),
    ("g({'x': a, **b})", "5-element-dropped", "g({**b})"),
]


@pytest.mark.parametrize(("body", "mutant", "changed"), CHANGES)
def test_a_mutant_changes_one_thing(body: str, mutant: str, changed: str) -> None:
    assert changes(body)[mutant] == changed


def test_every_operator_is_documented() -> None:
    assert {mutant.partition("-")[2] for _, mutant, _ in CHANGES} == set(OPERATORS)


@pytest.mark.parametrize(
    "body",
    [
        "'''What it does.'''",
        "logging.info('%d', 1)",
        "tf.compat.v1.logging.warning('%s', a + 1)",
        "return",
        "b = g(a, a)[b]",
        "b = g",
    ],
)
def test_what_only_people_read_and_what_has_no_change_is_left_alone(body: str) -> None:
    assert changes(body) == {}


def test_the_message_of_an_error_is_left_alone() -> None:
    assert set(changes("raise ValueError('no %s' % g(a, 1))")) == {"2-statement-dropped"}


def test_a_message_that_is_collected_is_left_alone() -> None:
    assert set(changes("a.append('There is no default.')")) == {"2-statement-dropped"}


def test_a_string_is_left_alone_unless_something_is_looked_up_by_it() -> None:
    assert set(changes("a.b = 'text'")) == {"2-statement-dropped"}


def test_only_functions_are_changed_and_their_defaults_are_part_of_them() -> None:
    source = b"X = 1\n@g(2)\nclass C(h(3)):\n  y = 4\n  def f(self, a=5) -> k(6):\n    return a\n"

    mutants = mutants_of(MODULE, source)

    assert [(mutant.id.rpartition("@")[2], mutant.function) for mutant in mutants] == [
        ("5.16-constant", "C.f"),
        ("6.4-return-none", "C.f"),
    ]
    assert [mutant.statement for mutant in mutants] == [0, 6]
    assert {mutant.body for mutant in mutants} == {(6, 6)}


def test_text_that_is_not_ascii_moves_nothing() -> None:
    assert changes("g('ä', a['ö'], 1)")["19-constant"] == "g('ä', a['ö'], 0)"


def test_a_change_is_shown_as_a_diff() -> None:
    source = b"def f(a):\n  g()\n  return a\n"

    diff = mutants_of(MODULE, source)[-1].diff(source)

    assert diff.splitlines()[:2] == [f"--- {MODULE}", f"+++ {MODULE}@3.2-return-none"]
    assert diff.splitlines()[-2:] == ["-  return a", "+  return None"]


SHAPES = b'''from __future__ import annotations
def f(a):
  """Says."""
  if a == 1: return 10
  elif a == 2:
    return 20
  else:
    @decorate
    def g(): return 30
    try:
      return g(
      )
    finally:
      a = 0
def decorate(g):
  return g
'''


def reached(argument: int) -> list[int]:
    lines: list[int] = []

    class Reached:
        def __getattr__(self, name: str) -> None:
            lines.append(int(name.removeprefix("line_")))

    space: dict[str, object] = {"__reached__": Reached()}
    exec(compile(with_lines_marked(SHAPES, statements_of(SHAPES)), "marked", "exec"), space)
    f = space["f"]
    assert callable(f)
    f(argument)
    return lines


def test_lines_are_marked_by_the_numbers_that_they_had() -> None:
    assert (reached(1), reached(2)) == ([4], [4, 6])
    assert reached(3) == [4, 8, 16, 10, 11, 14]


def test_the_first_statements_of_functions() -> None:
    # The one in the second line of `g` is on the line of its head, before which nothing can be put.
    assert first_statements_of(SHAPES) == {4, 16}
    assert first_statements_of(b'def f():\n  """Says."""\n  def g():\n    return 1\n  return g\n') == {3, 4}


def test_marking_changes_nothing_else() -> None:
    marked = ast.parse(with_lines_marked(SHAPES, statements_of(SHAPES)))

    class Unmark(ast.NodeTransformer):
        def visit_Expr(self, node: ast.Expr) -> ast.Expr | None:
            return None if isinstance(node.value, ast.Attribute) else node

    assert ast.dump(Unmark().visit(marked)) == ast.dump(ast.parse(SHAPES))
