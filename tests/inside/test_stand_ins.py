"""Changed copies stand in for installed modules by import alone, and always say so."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
START = ROOT / "conformance" / "trial" / "inside" / "start"

MODULE = "def load(handle):\n    return 'loaded ' + handle\n"
USE = "import tensorflow_hub as hub; print(hub.load('x'))"


@pytest.fixture
def installed(tmp_path: Path) -> Path:
    """A folder with a fake tensorflow_hub that can be imported."""
    package = tmp_path / "installed" / "tensorflow_hub"
    package.mkdir(parents=True)
    (package / "__init__.py").write_text("from tensorflow_hub.module_v2 import load\n")
    (package / "module_v2.py").write_text(MODULE)
    return package.parent


@pytest.fixture
def copies(tmp_path: Path) -> Path:
    """Where the copies are put."""
    folder = tmp_path / "copies" / "tensorflow_hub"
    folder.mkdir(parents=True)
    return folder.parent


def run(installed: Path, copies: Path | None, code: str) -> tuple[str, str, list[str]]:
    trace = installed.parent / "trace"
    environment = {
        "PATH": os.environ.get("PATH", ""),
        "PYTHONPATH": os.pathsep.join([str(START), str(ROOT), str(installed)]),
        "CONFORMANCE_PLANTED_TRACE": str(trace),
        **({"CONFORMANCE_STAND_INS": str(copies)} if copies else {}),
    }
    done = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=False)
    return done.stdout.strip(), done.stderr, trace.read_text().splitlines() if trace.exists() else []


def test_a_copy_stands_in_and_says_so(installed: Path, copies: Path) -> None:
    (copies / "tensorflow_hub" / "module_v2.py").write_text(MODULE.replace("loaded", "mutated"))

    out, _, trace = run(installed, copies, USE)

    assert (out, trace) == ("mutated x", ["planted tensorflow_hub.module_v2"])
    assert (installed / "tensorflow_hub" / "module_v2.py").read_text() == MODULE


def test_without_copies_nothing_changes(installed: Path) -> None:
    assert run(installed, None, USE) == ("loaded x", "", [])


def test_what_reads_the_source_reads_that_of_the_copy(installed: Path, copies: Path) -> None:
    (copies / "tensorflow_hub" / "module_v2.py").write_text("\n\n" + MODULE.replace("loaded", "mutated"))

    out, _, _ = run(installed, copies, "import inspect, tensorflow_hub as hub; print(inspect.getsource(hub.load))")

    assert "mutated" in out


def test_a_package_keeps_its_other_modules(installed: Path, copies: Path) -> None:
    (copies / "tensorflow_hub" / "__init__.py").write_text("from tensorflow_hub.module_v2 import load as load_v2\n")

    out, _, trace = run(installed, copies, "import tensorflow_hub as hub; print(hub.load_v2('x'))")

    assert (out, trace) == ("loaded x", ["planted tensorflow_hub"])


def test_a_line_is_told_the_first_time_that_a_probe_reaches_it(installed: Path, copies: Path) -> None:
    marked = "def load(handle):\n    __reached__.line_2\n    return handle\n"
    (copies / "tensorflow_hub" / "module_v2.py").write_text(marked)

    again = "hub.load('y'); hasattr(hub.module_v2.__reached__, '__wrapped__'); import os;"
    in_a_probe = (
        "os.environ['PYTEST_CURRENT_TEST'] = 'a/test_loads.py::test_one[x] (call)'; hub.load('z'); hub.load('')"
    )

    _, _, trace = run(installed, copies, f"{USE}; {again} {in_a_probe}")

    assert trace == [
        "planted tensorflow_hub.module_v2",
        "reached tensorflow_hub.module_v2:2 ",
        "reached tensorflow_hub.module_v2:2 loads.one[x]",
    ]


def test_a_copy_of_what_is_not_installed_says_so(installed: Path, copies: Path) -> None:
    (copies / "tensorflow_hub" / "module_v3.py").write_text(MODULE)

    _, error, trace = run(installed, copies, "import tensorflow_hub.module_v3")

    assert "No module named 'tensorflow_hub.module_v3'" in error
    assert trace == ["failed tensorflow_hub.module_v3 is not installed any more"]


def test_a_copy_that_cannot_be_executed_fails_the_import_and_was_planted(installed: Path, copies: Path) -> None:
    (copies / "tensorflow_hub" / "module_v2.py").write_text("raise ValueError('mutated')\n")

    _, error, trace = run(installed, copies, USE)

    assert "ValueError: mutated" in error
    assert trace == ["planted tensorflow_hub.module_v2"]
