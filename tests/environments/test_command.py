from __future__ import annotations

import sys
from pathlib import Path

import pytest

from conformance.environments.command import run  # the real one: taken before the fake replaces it


def test_what_a_program_prints_and_how_it_ends_come_back(tmp_path: Path) -> None:
    script = "import os, sys; print(os.getcwd(), os.environ['WORD']); print('bad', file=sys.stderr); sys.exit(3)"

    done = run((sys.executable, "-c", script), environment={"WORD": "heard"}, folder=tmp_path)

    assert (done.code, done.out, done.err) == (3, f"{tmp_path.resolve()} heard\n", "bad\n")


def test_output_that_is_no_text_does_no_harm() -> None:
    done = run((sys.executable, "-c", r"import sys; sys.stdout.buffer.write(b'\xff')"), environment={})

    assert done.out == "\N{REPLACEMENT CHARACTER}"


def test_a_missing_program_raises() -> None:
    with pytest.raises(FileNotFoundError):
        run(("/no/such/program",), environment={})
