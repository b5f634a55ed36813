"""Tries whether what is installed in a virtualenv imports, and reads the one line that says why not."""

from __future__ import annotations

import json
import os
import re
from pathlib import Path

import msgspec

from conformance.environments import command
from conformance.environments.uv import uv_environment

IMPORT_CHECK = Path(__file__).parents[1] / "inside" / "import_check.py"
H5_CHECK = IMPORT_CHECK.with_name("h5_check.py")

# The line of a traceback that names the exception; its message may go on over many more.
_RAISED = re.compile(r"^[A-Za-z_][\w.]*(?:Error|Exception): .*$", re.MULTILINE)


class Imported(msgspec.Struct, frozen=True):
    """What came of importing TensorFlow and tensorflow_hub."""

    versions: dict[str, str]  # what was imported, by name; empty where the import failed
    error: str  # the line that says why it failed; empty where it did not
    detail: str  # all that it printed to its error output


def is_compiled(python: Path) -> bool:
    """Whether TensorFlow has been imported with that Python before, so that its bytecode is there."""
    return any(python.parents[1].glob("lib/python*/site-packages/tensorflow*/python/__pycache__"))


def compile_ahead(python: Path, pytest_ini: Path) -> None:
    """Imports TensorFlow and pytest with that Python where nobody has before: what is shut in cannot keep what it
    compiles, and would compile it each time."""
    if not is_compiled(python):
        try_import(python)
    if not any(python.parents[1].glob("lib/python*/site-packages/_pytest/__pycache__")):
        command.run(
            (str(python), "-I", "-m", "pytest", "-c", str(pytest_ini), "--help"), environment=uv_environment(os.environ)
        )


def try_import(python: Path, *more_modules: str, script: Path = IMPORT_CHECK) -> Imported:
    """Imports TensorFlow, tensorflow_hub and `more_modules` with that Python, and uses them a little."""
    done = command.run(
        (str(python), "-I", str(script), *more_modules),
        environment=uv_environment(os.environ) | {"TF_CPP_MIN_LOG_LEVEL": "2"},
    )
    if done.code != 0:
        raised = _RAISED.findall(done.err)
        return Imported({}, raised[-1] if raised else f"exit code {done.code}", done.err)
    return Imported(json.loads(done.out.strip().splitlines()[-1]), "", done.err)
