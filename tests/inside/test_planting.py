"""Defects are planted by import alone, and always say what became of them."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import NamedTuple

import pytest

ROOT = Path(__file__).resolve().parents[2]
START = ROOT / "conformance" / "trial" / "inside" / "start"

MODULE_V2 = 'def load(handle, tags=None, options=None):\n    """Loads."""\n    return "loaded " + handle\n'
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
    (package / "module_v2.py").write_text(MODULE_V2)
    return package


def run(hub: Path, defect: str | None, code: str) -> Said:
    trace = hub.parent.parent / "trace"
    environment = {
        "PATH": os.environ.get("PATH", ""),
        "PYTHONPATH": os.pathsep.join([str(START), str(ROOT), str(hub.parent)]),
        "CONFORMANCE_PLANTED_TRACE": str(trace),
    }
    if defect is not None:
        environment["CONFORMANCE_PLANTED_DEFECT"] = defect
    done = subprocess.run(
        [sys.executable, "-c", code],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    return Said(done.stdout.strip(), done.stderr, trace.read_text().splitlines() if trace.exists() else [])


def tf1_model(tmp_path: Path) -> Path:
    model = tmp_path / "model"
    model.mkdir()
    (model / "tfhub_module.pb").write_bytes(b"")
    return model


def test_a_planted_defect_changes_what_is_imported_and_says_so(hub: Path, tmp_path: Path) -> None:
    model = tf1_model(tmp_path)

    said = run(hub, "load-refuses-tf1-format", USE.format(model))

    assert "NotImplementedError: The TF1 Hub format is no longer supported." in said.err
    assert said.trace == ["planted tensorflow_hub.module_v2", "reached load"]


def test_no_file_of_the_package_is_touched(hub: Path) -> None:
    run(hub, "load-refuses-tf1-format", USE.format("there"))

    assert (hub / "module_v2.py").read_text() == MODULE_V2


@pytest.mark.parametrize("defect", [None, "none"])
def test_without_a_defect_nothing_changes(hub: Path, tmp_path: Path, defect: str | None) -> None:
    model = tf1_model(tmp_path)

    said = run(hub, defect, USE.format(model))

    assert (said.out, said.trace) == (f"loaded {model}", [])


def test_a_defect_that_does_not_exist_says_so(hub: Path) -> None:
    said = run(hub, "load-refuses-tf1-fromat", USE.format("x"))

    assert said.trace == ["failed there is no defect called load-refuses-tf1-fromat"]


def test_a_defect_whose_target_is_gone_says_so_and_stops_the_import(hub: Path) -> None:
    (hub / "module_v2.py").write_text("def load_v3(handle):\n    return handle\n")
    (hub / "__init__.py").write_text("from tensorflow_hub.module_v2 import load_v3 as load\n")

    said = run(hub, "load-refuses-tf1-format", USE.format("x"))

    assert "DidNotTake" in said.err
    assert len(said.trace) == 1
    assert said.trace[0].startswith("failed ")
    assert said.trace[0].endswith("has no load any more")


def test_a_defect_whose_module_is_not_imported_says_nothing(hub: Path) -> None:
    assert run(hub, "module-as-dict-ignored", USE.format("x")).trace == []


def test_what_is_planted_and_never_called_is_not_reached(hub: Path) -> None:
    assert run(hub, "load-refuses-tf1-format", "import tensorflow_hub").trace == ["planted tensorflow_hub.module_v2"]


def test_an_import_that_fails_is_a_defect_like_others(hub: Path) -> None:
    said = run(hub, "load-fails-to-import", USE.format("x"))

    assert "cannot import name 'registry'" in said.err
    assert said.trace == ["planted tensorflow_hub"]


def test_a_planted_function_looks_like_the_one_it_replaces(hub: Path) -> None:
    code = "import inspect, tensorflow_hub as hub; print(inspect.getfullargspec(hub.load).args, hub.load.__doc__)"

    assert run(hub, "load-refuses-tf1-format", code).out == "['handle', 'tags', 'options'] Loads."
