"""Writes the hashed requirements of the host itself, from `requirements/*.in`."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

from conformance.environments.lock_file import packages_of
from conformance.environments.locking import Locked, attempt, changes, replace
from conformance.environments.uv import explain, uv

REQUIREMENTS = Path(__file__).parents[2] / "requirements"

# In this order: `develop` keeps to the versions that `host` got.
NAMES = ("host", "develop")
_OLDEST_PYTHON = "3.11"


def lock_host_requirements(*, report: Callable[[Locked, int, int], None], folder: Path = REQUIREMENTS) -> list[Locked]:
    """Resolves each `<name>.in` of `folder` into `<name>.txt`; one that fails leaves its old file in place."""
    done: list[Locked] = []
    for name in NAMES:
        done.append(attempt(f"{name}.txt", folder / f"{name}.txt", partial(_lock, name, folder)))
        report(done[-1], len(done), len(NAMES))
    return done


def _lock(name: str, folder: Path) -> tuple[str, ...]:
    path = folder / f"{name}.txt"
    body = _resolve(name, folder)
    before = packages_of(path.read_text(encoding="utf-8")) if path.exists() else {}
    replace(path, f"{_header(folder / f'{name}.in')}\n{body}")
    return changes(before, packages_of(body))


def _resolve(name: str, folder: Path) -> str:
    with TemporaryDirectory() as elsewhere:
        resolved = Path(elsewhere) / "resolved.txt"  # not the old file: uv would keep to the versions it finds there
        done = uv(
            *("pip", "compile", "--quiet", "--generate-hashes", "--no-header", "--universal"),
            *("--python-version", _OLDEST_PYTHON, "--output-file", resolved.resolve(), f"{name}.in"),
            folder=folder,
        )
        if done.code != 0:
            raise explain("lock", done, where=f"{name}.in", otherwise="uv could not resolve these requirements.")
        return resolved.read_text(encoding="utf-8")


def _header(source: Path) -> str:
    """The comment at the top of the `.in` file, which says what both are for and how the lock is written."""
    lines = source.read_text(encoding="utf-8").splitlines()
    return "".join(f"{line}\n" for line in lines if line.startswith("#"))
