"""Runs uv, and says in plain words why it failed."""

from __future__ import annotations

import os
import re
import shutil
import sys
from collections.abc import Mapping
from pathlib import Path

import msgspec

from conformance.environments import command
from conformance.environments.unavailable import Stage, UnavailableError

# What we set: uv must never fetch a Python on its own (it has none for 3.7, and trying costs seconds when offline).
_SETTINGS = {"UV_PYTHON_DOWNLOADS": "never", "UV_NO_PROGRESS": "1", "NO_COLOR": "1"}
# What we unset: settings of the user's shell that would change what a lock means, or where it is installed.
_UNWELCOME = (
    "UV_NO_VERIFY_HASHES",
    "UV_SYSTEM_PYTHON",
    "UV_CONSTRAINT",
    "UV_OVERRIDE",
    "UV_EXCLUDE",
    "UV_PRERELEASE",
    "UV_RESOLUTION",
    "VIRTUAL_ENV",
    "PYTHONHOME",
    "PYTHONPATH",
)


class _Symptom(msgspec.Struct, frozen=True):
    pattern: str
    stage: Stage | None  # where it is another than the one that the caller was at
    reason: str
    remedy: str


_SYMPTOMS = (
    _Symptom(
        r"hash mismatch",
        "lock",
        "a package on the index has another hash than the lock says.",
        "Find out which of the two is right; only then write the lock anew (`nox -s lock`).",
    ),
    _Symptom(
        r"--require-hashes|in `?--require-hashes`? mode|must have a hash",
        "lock",
        "the lock has a requirement without a hash.",
        "Restore the lock from version control.",
    ),
    _Symptom(
        r"no space left on device|disk quota exceeded",
        None,
        "the disk is full.",
        "Free some space (`uv cache prune` drops unused packages) and try again.",
    ),
    _Symptom(
        r"network (was|is) disabled|failed to fetch|error sending request|client error \(connect\)"
        r"|dns error|tcp connect|connection refused|request failed after \d+ retr|operation timed out",
        None,
        "the package index cannot be reached, and what is needed is not in uv's cache.",
        "Check the network and uv's index settings, then try again.",
    ),
    _Symptom(
        r"no solution found",
        None,
        "no set of packages satisfies what is asked for.",
        "Read uv's explanation, and correct the release's requirement or pins in releases.toml.",
    ),
    _Symptom(
        r"failed to build",
        None,
        "a package without wheels could not be built from source.",
        "Read the end of the build's output; a compiler or a header may be missing.",
    ),
)


def uv(
    *arguments: str | Path, environment: Mapping[str, str] | None = None, folder: Path | None = None
) -> command.Finished:
    """Runs uv to its end; `environment` replaces the process's own as the base of its variables.

    Raises:
        UnavailableError: there is no uv.
    """
    program = _find_uv()
    if program is not None:
        try:
            return command.run(
                (program, *map(str, arguments)),
                environment=uv_environment(os.environ if environment is None else environment),
                folder=folder,
            )
        except FileNotFoundError:  # it went away, or its folder did
            pass
    raise UnavailableError(
        "install",
        "uv, which builds the environments, is not installed.",
        where="PATH",
        remedy="Install it: `python -m pip install uv`.",
    )


def uv_environment(base: Mapping[str, str]) -> dict[str, str]:
    """The environment variables that uv is run with."""
    return {name: value for name, value in base.items() if name not in _UNWELCOME} | _SETTINGS


def explain(stage: Stage, failed: command.Finished, *, where: str, otherwise: str) -> UnavailableError:
    """The error for a uv that failed; `otherwise` is the reason given where its output shows no known symptom."""
    text = " ".join(failed.err.split()).lower()
    for symptom in _SYMPTOMS:
        if re.search(symptom.pattern, text):
            return UnavailableError(
                symptom.stage or stage, symptom.reason, where=where, remedy=symptom.remedy, detail=failed.err
            )
    return UnavailableError(
        stage,
        otherwise,
        where=where,
        remedy="Read what uv printed (the detail of this cell's record).",
        detail=failed.err,
    )


def _find_uv() -> str | None:
    """The uv beside our own Python, even where its virtualenv is not activated, or else the one on PATH."""
    beside = Path(sys.executable).parent
    return shutil.which("uv", path=f"{beside}{os.pathsep}{os.environ.get('PATH', os.defpath)}")
