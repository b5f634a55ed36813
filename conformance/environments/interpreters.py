"""Finds the Pythons that the releases run on, wherever they are: on PATH, managed by uv, or pyenv versions.

uv is asked, and not the package python-discovery: of pyenv's versions that one finds only those that are active
(measured with 1.9.6: of 3.7 to 3.13 none but the running one), and it takes a virtualenv's Python for an interpreter.

`python -m conformance.environments.interpreters COMMAND ...` runs a command (tox, say) that then finds them too.
"""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Mapping
from pathlib import Path

from conformance.environments.unavailable import UnavailableError
from conformance.environments.uv import uv

_PYENV_CPYTHON = re.compile(r"3\.(?P<minor>\d+)\.(?P<patch>\d+)")

# uv offers builds of CPython from 3.8 on; older ones have to be compiled.
_OLDEST_OFFERED_BY_UV = (3, 8)


def find(version: str) -> Path:
    """The interpreter of CPython `version` ("3.11").

    Raises:
        UnavailableError: there is none; says how to get it.
    """
    return Path(_ask(version))


def exact_version(version: str) -> str:
    """The version of the interpreter that `find` gives, patch included ("3.11.9").

    Raises:
        UnavailableError: there is none; says how to get it.
    """
    return _ask(version, "--show-version")


def search_environment(base: Mapping[str, str] | None = None) -> dict[str, str]:
    """Environment variables (`base`, or our own) with which uv, tox and nox find every interpreter that is there.

    The `bin` folders of pyenv's versions are appended to PATH and never prepended: whatever `python` means to the
    user stays so, and pyenv's shims, which fail for all but the global version, are passed over by those tools.
    """
    variables = dict(os.environ if base is None else base)
    folders = [folder for folder in variables.get("PATH", os.defpath).split(os.pathsep) if folder]
    folders += [str(folder) for folder in _pyenv_folders(variables) if str(folder) not in folders]
    return variables | {"PATH": os.pathsep.join(folders), "UV_PYTHON_DOWNLOADS": "never"}


def how_to_install(version: str) -> str:
    """The command that gets CPython `version`."""
    major, minor = (int(part) for part in version.split(".")[:2])
    tool = "uv python" if (major, minor) >= _OLDEST_OFFERED_BY_UV else "pyenv"
    return f"{tool} install {version}"


def _ask(version: str, *options: str) -> str:
    # --system: a virtualenv that happens to be active, or lies about, is nobody's interpreter.
    arguments = ("python", "find", "--system", "--no-project", *options, f"cpython@{version}")
    found = uv(*arguments, environment=search_environment())
    answer = found.out.strip()
    if found.code != 0 or not answer:
        raise UnavailableError(
            "interpreter",
            f"no CPython {version} is installed.",
            where=f"Python {version}",
            remedy=f"Install it: `{how_to_install(version)}`.",
            detail=found.err,
        )
    return answer


def _pyenv_folders(variables: Mapping[str, str]) -> list[Path]:
    """The `bin` folders of pyenv's CPythons, newest first, so that of two patches of a minor the newer is found."""
    root = Path(variables.get("PYENV_ROOT") or Path.home() / ".pyenv")
    versions = [
        (int(match["minor"]), int(match["patch"]), folder)
        for folder in root.glob("versions/3.*/bin")
        if (match := _PYENV_CPYTHON.fullmatch(folder.parent.name))
    ]
    return [folder for _, _, folder in sorted(versions, reverse=True)]


if __name__ == "__main__":
    os.execvpe(sys.argv[1], sys.argv[1:], search_environment())  # noqa: S606  (no shell is meant)
