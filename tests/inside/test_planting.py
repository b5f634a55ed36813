"""What a trial plants, a defect or a changed copy, is planted by import alone, and always says what became of it."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import NamedTuple

import pytest

ROOT = Path(__file__).resolve().parents[2]
START = ROOT / "conformance" / "trial" / "inside" / "start"

MODULE = 'def load(handle, tags=None, options=None):\n    """Loads."""\n    return "loaded " + handle\n'
USE = "import tensorflow_hub as hub; print(hub.load('{}'))"


class Said(NamedTuple):
    out: str
    err: str
    trace: list[str]


@pytest.fixture
def hub(tmp_path: Path) -> Path:
    """A fake tensorflow_hub, in a folder that can be imported from."""
    package = tmp_path / "installed" / "tensorflow_hub"
    package.mkdir(parents=True)
    (package / "__init__.py").write_text("from tensorflow_hub.module_v2 import load\n")
    (package / "module_v2.py").write_text(MODULE)
    return package


@pytest.fixture
def copies(tmp_path: Path) -> Path:
    """Where the copies are put."""
    folder = tmp_path / "copies" / "tensorflow_hub"
    folder.mkdir(parents=True)
    return folder


def run(hub: Path, code: str, *, defect: str | None = None, copies: Path | None = None) -> Said:
    trace = hub.parent.parent / "trace"
    environment = {
        "PATH": os.environ.get("PATH", ""),
        "PYTHONPATH": os.pathsep.join([str(START), str(ROOT), str(hub.parent)]),
        "CONFORMANCE_PLANTED_TRACE": str(trace),
        **({} if defect is None else {"CONFORMANCE_PLANTED_DEFECT": defect}),
        **({} if copies is None else {"CONFORMANCE_STAND_INS": str(copies.parent)}),
    }
    done = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=False)
    return Said(done.stdout.strip(), done.stderr, trace.read_text().splitlines() if trace.exists() else [])


def tf1_model(tmp_path: Path) -> Path:
    model = tmp_path / "model"
    model.mkdir()
    (model / "tfhub_module.pb").write_bytes(b"")
    return model


def test_a_planted_defect_changes_what_is_imported_and_says_so(hub: Path, tmp_path: Path) -> None:
    model = tf1_model(tmp_path)

    said = run(hub, USE.format(model), defect="load-refuses-tf1-format")

    assert "NotImplementedError: The TF1 Hub format is no longer supported." in said.err
    assert said.trace == ["planted tensorflow_hub.module_v2", "reached load"]
    assert (hub / "module_v2.py").read_text() == MODULE  # no file is touched


@pytest.mark.parametrize("defect", [None, "none"])
def test_without_a_defect_nothing_changes(hub: Path, tmp_path: Path, defect: str | None) -> None:
    model = tf1_model(tmp_path)

    said = run(hub, USE.format(model), defect=defect)

    assert (said.out, said.trace) == (f"loaded {model}", [])


def test_a_defect_that_does_not_exist_says_so(hub: Path) -> None:
    said = run(hub, USE.format("x"), defect="load-refuses-tf1-fromat")

    assert said.trace == ["failed there is no defect called load-refuses-tf1-fromat"]


def test_a_defect_whose_target_is_gone_says_so_and_stops_the_import(hub: Path) -> None:
    (hub / "module_v2.py").write_text("def load_v3(handle):\n    return handle\n")
    (hub / "__init__.py").write_text("from tensorflow_hub.module_v2 import load_v3 as load\n")

    said = run(hub, USE.format("x"), defect="load-refuses-tf1-format")

    assert "DidNotTake" in said.err
    assert len(said.trace) == 1
    assert said.trace[0].startswith("failed ")
    assert said.trace[0].endswith("has no load any more")


def test_a_defect_whose_module_is_not_imported_says_nothing(hub: Path) -> None:
    assert run(hub, USE.format("x"), defect="module-as-dict-ignored").trace == []


def test_what_is_planted_and_never_called_is_not_reached(hub: Path) -> None:
    assert run(hub, "import tensorflow_hub", defect="load-refuses-tf1-format").trace == [
        "planted tensorflow_hub.module_v2"
    ]


def test_an_import_that_fails_is_a_defect_like_others(hub: Path) -> None:
    said = run(hub, USE.format("x"), defect="load-fails-to-import")

    assert "cannot import name 'registry'" in said.err
    assert said.trace == ["planted tensorflow_hub"]


def test_a_planted_function_looks_like_the_one_it_replaces(hub: Path) -> None:
    code = "import inspect, tensorflow_hub as hub; print(inspect.getfullargspec(hub.load).args, hub.load.__doc__)"

    assert run(hub, code, defect="load-refuses-tf1-format").out == "['handle', 'tags', 'options'] Loads."


# ---- Changed copies


def test_a_copy_stands_in_and_says_so(hub: Path, copies: Path) -> None:
    (copies / "module_v2.py").write_text(MODULE.replace("loaded", "mutated"))

    out, _, trace = run(hub, USE.format("x"), copies=copies)

    assert (out, trace) == ("mutated x", ["planted tensorflow_hub.module_v2"])
    assert (hub / "module_v2.py").read_text() == MODULE


def test_what_reads_the_source_reads_that_of_the_copy(hub: Path, copies: Path) -> None:
    (copies / "module_v2.py").write_text("\n\n" + MODULE.replace("loaded", "mutated"))

    out, _, _ = run(hub, "import inspect, tensorflow_hub as hub; print(inspect.getsource(hub.load))", copies=copies)

    assert "mutated" in out


def test_a_package_keeps_its_other_modules(hub: Path, copies: Path) -> None:
    (copies / "__init__.py").write_text("from tensorflow_hub.module_v2 import load as load_v2\n")

    out, _, trace = run(hub, "import tensorflow_hub as hub; print(hub.load_v2('x'))", copies=copies)

    assert (out, trace) == ("loaded x", ["planted tensorflow_hub"])


def test_a_line_is_reported_the_first_time_that_a_probe_reaches_it(hub: Path, copies: Path) -> None:
    marked = "def load(handle):\n    __reached__.line_2\n    return handle\n"
    (copies / "module_v2.py").write_text(marked)

    again = "hub.load('y'); hasattr(hub.module_v2.__reached__, '__wrapped__'); import os;"
    in_a_probe = (
        "os.environ['PYTEST_CURRENT_TEST'] = 'a/test_loads.py::test_one[x] (call)'; hub.load('z'); hub.load('')"
    )

    _, _, trace = run(hub, f"{USE.format('x')}; {again} {in_a_probe}", copies=copies)

    assert trace == [
        "planted tensorflow_hub.module_v2",
        "reached tensorflow_hub.module_v2:2 ",
        "reached tensorflow_hub.module_v2:2 loads.one[x]",
    ]


def test_a_copy_of_what_is_not_installed_says_so(hub: Path, copies: Path) -> None:
    (copies / "module_v3.py").write_text(MODULE)

    _, error, trace = run(hub, "import tensorflow_hub.module_v3", copies=copies)

    assert "No module named 'tensorflow_hub.module_v3'" in error
    assert trace == ["failed tensorflow_hub.module_v3 is not installed any more"]


def test_a_copy_that_cannot_be_executed_fails_the_import_and_was_planted(hub: Path, copies: Path) -> None:
    (copies / "module_v2.py").write_text("raise ValueError('mutated')\n")

    _, error, trace = run(hub, USE.format("x"), copies=copies)

    assert "ValueError: mutated" in error
    assert trace == ["planted tensorflow_hub.module_v2"]
