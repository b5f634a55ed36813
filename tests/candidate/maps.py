"""A little map: four probes of one module, and wheels that differ from what it was made of."""

from __future__ import annotations

import zipfile
from collections.abc import Mapping
from pathlib import Path

import msgspec

from conformance.candidate.reach import ReachMap, reach_of
from conformance.evidence import Observation, Record
from conformance.trial.planted import Trace
from conformance.words import Outcome
from tests.judging.cases import TF2, record, seen

NOTHING: Mapping[str, str] = {}
MODULE, OTHER = "tensorflow_hub/module_v2.py", "tensorflow_hub/resolver.py"
SOURCE = '''"""A module."""
import os
LIMIT = 3

def load(handle):
    if handle is None:
        raise ValueError
    return resolve(handle)

def resolve(handle):
    return os.fspath(handle)

class Layer:
    def call(self, x):
        return x

    def config(self):
        return {1: LIMIT}

def register(f):
    return f
'''
OTHER_SOURCE = "def http():\n    return 1\n"
KERAS, KERAS_SOURCE = "tf_keras/src/dense.py", "def dense(x):\n    y = x\n    return y\n"
PROBES = ("a.one", "a.two", "a.three", "a.four")
# What was traced: `resolve` is reached by two probes, one of which is refused before; `register` by the import alone.
LINES = (
    "6 a.one",
    "8 a.one",
    "6 a.two",
    "7 a.two",
    "6 a.three",
    "8 a.three",
    "11 a.one",
    "11 a.three",
    "15 a.four",
    "21 ",
)


def write_installed(folder: Path) -> Path:
    """A virtualenv in which the module is installed."""
    package = folder / "cell" / "lib" / "python3.11" / "site-packages" / "tensorflow_hub"
    saved_model = package.parent / "tensorflow" / "python" / "saved_model"
    for made in (package, saved_model):
        made.mkdir(parents=True)
    (package / "module_v2.py").write_text(SOURCE)
    (package / "resolver.py").write_text(OTHER_SOURCE)
    (package / "version.py").write_text("__version__ = '0.16.1'\n")
    (package / "__init__.py").write_text("from tensorflow_hub.module_v2 import load\n")
    (saved_model / "load.py").write_text("def load():\n    pass\n")
    (package.parent / KERAS).parent.mkdir(parents=True)
    (package.parent / KERAS).write_text(KERAS_SOURCE)
    return folder / "cell"


def traced() -> Trace:
    reached = (f"tensorflow_hub.module_v2:{line}" for line in LINES)
    return Trace(planted=("x",), reached=(*reached, "tf_keras.src.dense:2 a.two", "other:1 a.one"))


def observed(seconds: float = 0.1) -> Record:
    return record(TF2, *(_seen(probe, seconds) for probe in PROBES))


def _seen(probe: str, seconds: float) -> Observation:
    return msgspec.structs.replace(seen(probe, Outcome.WORKS), seconds=seconds)


def write_map(folder: Path, seconds: float = 0.1) -> ReachMap:
    return reach_of("a-cell", {"a": "1"}, traced(), observed(seconds), write_installed(folder))


def wheel_with(folder: Path, old: str = "", new: str = "", files: Mapping[str, str] = NOTHING) -> Path:
    """A wheel of the module in which `old` has become `new`, and of some other files of the package."""
    assert old in SOURCE
    path = folder / "tensorflow_hub-1-py3-none-any.whl"
    contents = {
        "tensorflow_hub-1.dist-info/METADATA": "Name: tensorflow_hub",
        MODULE: SOURCE.replace(old, new) if old else SOURCE,
        OTHER: OTHER_SOURCE,
        "tensorflow_hub/__init__.py": "from tensorflow_hub.module_v2 import load\n",
        "tensorflow_hub/version.py": "__version__ = '0.17.0'\n",
    }
    contents |= {f"tensorflow_hub/{name}": content for name, content in files.items()}
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in contents.items():
            archive.writestr(name, content)
    return path
