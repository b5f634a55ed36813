"""Fake libraries with named defects, installed into a folder that looks like an environment's site-packages."""

from __future__ import annotations

import os
from pathlib import Path

TENSORFLOW = """
import sys, types
import keras as _keras
__version__ = "2.99.0"
sys.modules["tensorflow.keras"] = keras = _keras

class Tensor:
    pass

def executing_eagerly():
    return True

def reshape(shape):
    raise ValueError("Cannot reshape\\nto " + str(shape))

def assert_something():
    assert False, "TensorFlow's own assertion"

def use_missing_name():
    return sys.modules[__name__].missing_inside

def call(function):
    return function()

def crash():
    import faulthandler
    faulthandler._sigsegv()
"""

COMPAT_V1 = """
mode = []
def disable_v2_behavior():
    mode.append("v1")
"""

HUB = """
__version__ = "0.99.0"
def load(handle):
    raise RuntimeError("hub cannot load " + handle)
"""

KERAS = """
__version__ = "3.99.0"
class Model:
    pass
class backend:
    @staticmethod
    def clear_session():
        pass
Model.__module__ = "keras.src.models.model"
"""

WORKING = {
    "tensorflow/__init__.py": TENSORFLOW,
    "tensorflow/compat/__init__.py": "",
    "tensorflow/compat/v1/__init__.py": COMPAT_V1,
    "tensorflow_hub/__init__.py": HUB,
    "keras/__init__.py": KERAS,
}

# name of the defect -> the file of WORKING that it spoils, and the line that does so
DEFECTS = {
    "tensorflow raises": ("tensorflow/__init__.py", "raise ImportError('libfoo.so.9: cannot open')"),
    "tensorflow exits": ("tensorflow/__init__.py", "raise SystemExit(3)"),
    "tensorflow crashes": ("tensorflow/__init__.py", "crash()"),
    "tensorflow hangs": ("tensorflow/__init__.py", "import time; print('still here', flush=True); time.sleep(60)"),
    "hub raises": ("tensorflow_hub/__init__.py", "import pkg_resources_that_is_gone"),
    "keras is old": ("keras/__init__.py", "__version__ = '2.15.0'"),
    "mode cannot be set": ("tensorflow/compat/v1/__init__.py", "del disable_v2_behavior"),
    "tensorflow crashes from the second import on": (
        "tensorflow/__init__.py",
        "import os\nif os.path.exists(__file__ + '.imported'): crash()\nopen(__file__ + '.imported', 'w').close()",
    ),
}


def install(folder: Path, defect: str = "") -> Path:
    """Writes the fake libraries, spoilt by `defect`, and returns the folder to put on PYTHONPATH."""
    site = folder / "site-packages"
    for name, source in WORKING.items():
        path = site / name
        path.parent.mkdir(parents=True, exist_ok=True)
        spoilt = defect and DEFECTS[defect][0] == name
        path.write_text(source + (DEFECTS[defect][1] + "\n" if spoilt else ""), encoding="utf-8")
    return site


def variables(site: Path, cell_file: Path, temporary: Path) -> dict[str, str]:
    """Environment variables for a run of pytest that finds the fakes, and what the host asks for."""
    found = {name: value for name, value in os.environ.items() if not name.startswith(("PYTEST_", "CONFORMANCE_"))}
    path = os.pathsep.join([str(site)] + [entry for entry in [found.get("PYTHONPATH")] if entry])
    return dict(found, PYTHONPATH=path, CONFORMANCE_CELL=str(cell_file), TMPDIR=str(temporary))
