"""What the report tells people to install is what was measured: each line is tried as in an empty virtualenv.

Every line that any lock gives is resolved. A few are truly installed, with pip as they stand, and then run the report's
own programs. That takes the package index some minutes, so only `nox -s tests -- -m index` does it.
"""

from __future__ import annotations

import os
import re
import shlex
import subprocess
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from packaging.utils import canonicalize_name
from packaging.version import Version

from conformance import snippets
from conformance.environments import interpreters
from conformance.environments.catalogue import Environment, load_releases
from conformance.environments.lock_file import entries_of, tensorflows_of
from conformance.environments.uv import uv
from conformance.reporting.recipes import install_lines
from conformance.running.places import ROOT
from conformance.words import Keras, Mode

LOCKED = {one.id: one for one in load_releases().environments if not one.release.floating}
TOOLS = {"pytest", "pytest-xdist", "hypothesis"}
DATED = {"certifi", "flatbuffers"}  # their versions are dates: a new year is no new interface
PIP = ["python", "-m", "pip", "install"]


def measured(environment: Environment) -> dict[str, str]:
    """The packages of a lock by name, without what only runs the probes."""
    entries = entries_of(environment.lock.read_text(encoding="utf-8"))
    left_out = set(TOOLS)
    while more := {one.name for one in entries.values() if one.needed_by and left_out >= set(one.needed_by)} - left_out:
        left_out |= more
    return {name: one.version for name, one in entries.items() if name not in left_out}


def options_and_pins(line: str) -> tuple[list[str], dict[str, str]]:
    """The options of a line, and the versions that it asks for."""
    words = shlex.split(line)
    assert words[: len(PIP)] == PIP
    options = [word for word in words[len(PIP) :] if word.startswith("-")]
    pins = (word.split("==") for word in words[len(PIP) :] if not word.startswith("-"))
    return options, {canonicalize_name(name): version for name, version in pins}


@cache
def resolved(line: str, python: str) -> dict[str, str]:
    """What one line brings into an empty virtualenv, as of now."""
    options, pins = options_and_pins(line)
    with TemporaryDirectory() as folder:
        wanted = Path(folder) / "wanted.in"
        wanted.write_text("".join(f"{name}=={version}\n" for name, version in pins.items()), encoding="utf-8")
        done = uv(
            *("pip", "compile", "--quiet", "--no-header", "--no-annotate", *options),
            *("--python-version", python, "--python", interpreters.find(python), wanted),
        )
    assert done.code == 0, f"{line}\n{done.err}"
    found = re.findall(r"^([\w.-]+)==(\S+)", done.out, re.MULTILINE)
    return {canonicalize_name(name): version for name, version in found}


def differences(wanted: dict[str, str], got: dict[str, str], pinned: set[str]) -> dict[str, str]:
    """What was measured and comes otherwise: the pinned to the letter, of all others a newer minor may have come."""

    def same(name: str) -> bool:
        if name not in wanted or name not in got:
            return False
        if name in pinned or name in DATED:
            return name in DATED or wanted[name] == got[name]
        return Version(wanted[name]).major == Version(got[name]).major

    return {
        name: f"{wanted.get(name, 'not measured')} -> {got.get(name, 'not installed')}"
        for name in sorted(wanted.keys() | got.keys())
        if not same(name)
    }


def test_another_major_a_second_tensorflow_and_a_missing_package_are_differences() -> None:
    wanted = {"tensorflow-cpu": "2.15.1", "numpy": "1.26.4", "h5py": "2.10.0", "wrapt": "1.14.1", "certifi": "2026.1"}
    got = {"tensorflow-cpu": "2.15.1", "numpy": "1.26.5", "h5py": "3.8.0", "tensorflow": "2.16.2", "certifi": "2027.1"}

    assert differences(wanted, got, {"numpy", "tensorflow-cpu"}) == {
        "numpy": "1.26.4 -> 1.26.5",
        "h5py": "2.10.0 -> 3.8.0",
        "tensorflow": "not measured -> 2.16.2",
        "wrapt": "1.14.1 -> not installed",
    }


@pytest.mark.real
@pytest.mark.index
@pytest.mark.parametrize("name", LOCKED)
def test_an_empty_virtualenv_gets_what_was_measured(name: str) -> None:
    environment = LOCKED[name]
    wanted = measured(environment)
    lines = install_lines(wanted)
    got = {
        package: version for line in lines for package, version in resolved(line, environment.release.python).items()
    }

    assert tensorflows_of(got) == tensorflows_of(wanted)
    assert differences(wanted, got, {package for line in lines for package in options_and_pins(line)[1]}) == {}


@pytest.mark.real
@pytest.mark.index
@pytest.mark.parametrize(
    ("name", "mode", "keras", "programs"),
    [
        ("tf1.15-hub0.15", Mode.TF1, Keras.BUNDLED, ["hub-module", "hub-module-train-tag"]),
        ("tf2.15-hub0.16", Mode.TF2, Keras.BUNDLED, ["tf1-hub-load", "fit"]),
        ("tf2.21-hub0.16", Mode.TF2, Keras.KERAS3, ["tf1-hub-load"]),
        ("tf2.21-hub0.16", Mode.TF2, Keras.LEGACY, ["fit"]),
    ],
)
def test_the_lines_as_they_stand_install_what_runs_the_programs(
    tmp_path: Path, name: str, mode: Mode, keras: Keras, programs: list[str]
) -> None:
    environment = LOCKED[name]
    home = tmp_path / "virtualenv"
    subprocess.run([interpreters.find(environment.release.python), "-m", "venv", home], check=True)
    variables = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    variables |= {"PATH": f"{home / 'bin'}{os.pathsep}{os.environ['PATH']}", "TF_CPP_MIN_LOG_LEVEL": "3"}
    for line in install_lines(measured(environment)):
        done = subprocess.run(line, shell=True, env=variables, capture_output=True, text=True, check=False)
        assert done.returncode == 0, f"{line}\n{done.stderr}"

    for program in programs:
        snippet = next(one for one in snippets.SNIPPETS if one.id == program)
        folder = tmp_path / program
        folder.mkdir()
        (folder / "model").symlink_to(ROOT / "fixtures" / "models" / snippet.model / "model")
        (folder / "program.py").write_text(snippets.program(snippet, mode, keras), encoding="utf-8")
        ran = subprocess.run(
            ["python", "program.py"], cwd=folder, env=variables, capture_output=True, text=True, check=False
        )
        assert ran.returncode == 0, ran.stderr
