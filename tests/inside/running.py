"""Runs probe files as the host does, in a process of its own, and reads back the lines it recorded."""

from __future__ import annotations

import json
import subprocess
import sys
import textwrap
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

from tests.inside import fakes

ROOT = Path(__file__).resolve().parents[2]
HEAD = """
import faulthandler, os, signal, time
import pytest
from conformance.inside.probe import ApiMissing, Blocked, WrongValues, probe, public, rejects
literal = probe("load.claim", standing="literal")
"""
WORKERS: Sequence[str] = ("-n", "1")
CLAIMS = ["load.claim", "create.claim", "mode.claim"]


class Run(NamedTuple):
    """What a run of pytest left."""

    code: int
    output: str
    lines: list[dict[str, Any]]
    left_behind: list[str]  # temporary files

    def of_kind(self, kind: str) -> list[dict[str, Any]]:
        return [line for line in self.lines if line["kind"] == kind]

    def observation(self, probe: str) -> dict[str, Any]:
        found = [line for line in self.of_kind("observation") if line["probe"] == probe]
        assert found, f"no observation of {probe} in\n{self.output}"
        return found[-1]


def ask(folder: Path, **changes: Any) -> Path:
    """Writes what the host would ask for, and returns that file; the record is `record.jsonl` beside it."""
    wanted = {
        "record": str(folder / "record.jsonl"),
        "cell": "tf2.99-hub0.99-tf2",
        "mode": "tf2",
        "keras": "keras3",
        "claims": CLAIMS,
        "probes": None,
        "observed": [],
        "timeout": 30.0,
        "attempt": 1,
        "models": "models",
        "examples": 2,
    }
    wanted.update(changes)
    path = folder / "cell.json"
    path.write_text(json.dumps(wanted), encoding="utf-8")
    return path


def write_probes(folder: Path, **modules: str) -> Path:
    """Writes modules of probes (name without "test_" -> source) into a folder."""
    probes = folder / "conformance" / "inside" / "probes"
    probes.mkdir(parents=True, exist_ok=True)
    for name, source in modules.items():
        (probes / f"test_{name}.py").write_text(HEAD + textwrap.dedent(source), encoding="utf-8")
    return probes


def command(probes: Path, workers: bool = True, plugins: Sequence[str] = ()) -> list[str]:
    """The host's command line."""
    return [
        *(sys.executable, "-m", "pytest", "-c", str(ROOT / "conformance" / "inside" / "pytest.ini")),
        *("--rootdir", str(ROOT), "-p", "conformance.inside.plugin", "-v"),
        *(word for plugin in plugins for word in ("-p", plugin)),
        *((*WORKERS, "--max-worker-restart", "1000") if workers else ()),
        str(probes),
    ]


def run(
    folder: Path,
    modules: Path,
    defect: str = "",
    workers: bool = True,
    plugins: Sequence[str] = (),
    **changes: Any,
) -> Run:
    """Runs the probes in `modules` with fake libraries, and reads the record."""
    cell_file = ask(folder, **changes)
    site = fakes.install(folder, defect)
    temporary = folder / "temporary"
    temporary.mkdir()
    done = subprocess.run(
        command(modules, workers, plugins),
        env=fakes.variables(site, cell_file, temporary),
        cwd=str(ROOT),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        timeout=120,
    )
    left_behind = sorted(path.name for path in temporary.glob("conformance-*"))
    return Run(
        done.returncode, done.stdout.decode("utf-8", "replace"), read_lines(folder / "record.jsonl"), left_behind
    )


def read_lines(record: Path) -> list[dict[str, Any]]:
    """The lines of a record; every one must be whole."""
    data = record.read_bytes() if record.exists() else b""
    assert data == b"" or data.endswith(b"\n")
    return [json.loads(line.decode("utf-8")) for line in data.splitlines()]
