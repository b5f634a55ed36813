from __future__ import annotations

from pathlib import Path

import pytest

from conformance.running.sources import Sources, read_source


@pytest.fixture
def root(tmp_path: Path) -> Path:
    write(tmp_path, "conformance/__init__.py", "")
    write(tmp_path, "conformance/words.py", "")
    write(tmp_path, "conformance/inside/__init__.py", "")
    write(tmp_path, "conformance/inside/checks.py", "from conformance import words\n")
    write(tmp_path, "conformance/inside/models/__init__.py", "")
    write(tmp_path, "conformance/inside/models/made.py", "")
    write(tmp_path, "conformance/reporting/html.py", "")
    return tmp_path


def write(root: Path, name: str, text: str) -> Path:
    path = root / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    return path


def closure(root: Path, text: str) -> set[str]:
    probe = write(root, "conformance/inside/test_x.py", text)
    return {path.relative_to(root / "conformance").as_posix() for path in Sources(root).closure(probe)}


ALWAYS = {"__init__.py", "inside/__init__.py", "inside/test_x.py"}


@pytest.mark.parametrize(
    ("text", "more"),
    [
        ("import os, numpy\n", set()),
        ("from conformance.inside import checks\n", {"inside/checks.py", "words.py"}),
        ("from conformance.inside.checks import equal\n", {"inside/checks.py", "words.py"}),
        ("import conformance.inside.models.made as m\n", {"inside/models/__init__.py", "inside/models/made.py"}),
        (
            "def test_x():\n    from conformance.inside.models import made\n",
            {"inside/models/__init__.py", "inside/models/made.py"},
        ),
        ("from conformance.inside import models\n", {"inside/models/__init__.py"}),
    ],
)
def test_a_file_takes_part_where_importing_may_run_it(text: str, more: set[str], root: Path) -> None:
    assert closure(root, text) == ALWAYS | more


def test_imports_in_a_circle_end(root: Path) -> None:
    write(root, "conformance/words.py", "from conformance.inside import checks\n")
    assert "words.py" in closure(root, "from conformance.inside import checks\n")


def test_the_digest_is_of_the_contents(tmp_path: Path) -> None:
    first, same, other = (
        read_source(write(tmp_path, name, text)).digest for name, text in (("a", "x"), ("b", "x"), ("c", "y"))
    )
    assert first == same != other
