"""Writes the locks: resolves a release as of today, tries the result, and only then replaces the committed lock."""

from __future__ import annotations

import platform
import re
import time
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor, as_completed
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

import msgspec

from conformance import json_file
from conformance.environments import interpreters
from conformance.environments.catalogue import Environment, load_releases
from conformance.environments.importing import try_import
from conformance.environments.lock_file import (
    TEST_TOOL_MODULES,
    LockRequest,
    compose,
    lock_at,
    packages_of,
    read_lock,
    request_for,
    tensorflows_of,
)
from conformance.environments.unavailable import UnavailableError
from conformance.environments.uv import explain, uv
from conformance.environments.virtualenv import install

# uv names its input in the lock ("# via -r release.in").
_INPUT = "release.in"
_OVERRIDES = "overrides.txt"

# What uv says where the index has nothing that fits; any other failure says nothing about what is offered.
_NOTHING_FITS = re.compile(r"no solution found|no versions of", re.IGNORECASE)

# The packages of each group write the same folder: of two, the one that is installed last wins, in part.
_RIVALS = (("keras", "keras-nightly"), ("tf-keras", "tf-keras-nightly"), ("tensorflow-hub", "tf-hub-nightly"))


class Locked(msgspec.Struct, frozen=True):
    """What came of locking one thing."""

    name: str  # the environment, or the requirements file
    path: Path
    seconds: float
    changes: tuple[str, ...] = ()  # the packages that differ from the lock before, as "numpy 1.26.3 -> 1.26.4"
    failure: UnavailableError | None = None  # why there is no new lock; the old one is then as it was


def lock_environments(
    environments: Iterable[Environment],
    *,
    workspace: Path,
    report: Callable[[Locked, int, int], None],
    jobs: int = 2,
) -> list[Locked]:
    """Locks each environment, some side by side; one that fails leaves its old lock in place and the others go on.

    Floating releases are passed over, since they are resolved at run time.

    Args:
        workspace: a folder for virtualenvs that live as long as their import test; best where uv can link from its
            cache.
        report: is called as each one is done, with how many are done and how many there are.
    """
    chosen = [environment for environment in environments if not environment.release.floating]
    done: list[Locked] = []
    executor = ThreadPoolExecutor(jobs)
    try:
        futures = [
            executor.submit(attempt, one.id, one.lock, partial(lock, one, workspace=workspace)) for one in chosen
        ]
        for future in as_completed(futures):
            done.append(future.result())
            report(done[-1], len(done), len(chosen))
    finally:
        executor.shutdown(cancel_futures=True)
    return done


def lock(environment: Environment, *, workspace: Path) -> tuple[str, ...]:
    """Writes the lock of one environment anew, after the new one has been installed and imported; gives the changes.

    Raises:
        UnavailableError: it cannot be resolved, installed or imported; the old lock is untouched.
    """
    request = request_for(environment, load_releases())
    with _scratch(workspace, environment.id) as folder:
        body = _resolve(request, folder)
        candidate = folder / environment.lock.name
        candidate.write_text(compose(request, {}, body), encoding="utf-8")
        python = install(read_lock(candidate), folder / "virtualenv")
        versions = _import_check(environment, python)
    facts = {"imported": f"{_today()}, {platform.machine()} {platform.system()}"}
    facts |= {f"imported {name}": version for name, version in versions.items()}
    before = lock_at(environment.lock)
    replace(environment.lock, compose(request, facts, body))
    return changes(before.packages if before else {}, packages_of(body))


def attempt(name: str, path: Path, make: Callable[[], tuple[str, ...]]) -> Locked:
    """Locks one thing; where that fails, its old lock is as it was."""
    started = time.monotonic()
    try:
        return Locked(name, path, changes=make(), seconds=time.monotonic() - started)
    except UnavailableError as failure:
        return Locked(name, path, time.monotonic() - started, failure=failure)


def resolve_floating(environment: Environment, directory: Path) -> Path:
    """Resolves a floating release as of now, without trying the result; returns the lock for this run.

    Raises:
        UnavailableError: nothing can be resolved, or the index cannot be reached.
    """
    path = directory / environment.lock.name
    resolve(request_for(environment, load_releases()), path)
    return path


def resolve(request: LockRequest, path: Path, *, as_of: str = "") -> None:
    """Writes a lock for `request` to `path`, without trying it.

    Args:
        as_of: the ISO date of a day after which nothing may have been uploaded; empty where as of now.

    Raises:
        UnavailableError: nothing can be resolved, or the index cannot be reached.
    """
    with _scratch(path.parent, request.environment) as folder:
        body = _resolve(request, folder, as_of=as_of)
    replace(path, compose(request, {"resolved": as_of or _today()}, body))


def resolved_today(environment: Environment, directory: Path) -> Path | None:
    """The lock that `resolve_floating` wrote into `directory` earlier on this day (UTC) for what is asked for now."""
    path = directory / environment.lock.name
    found = lock_at(path)
    current = found and found.resolved == _today() and found.answers(request_for(environment, load_releases()))
    return path if current else None


def offered(environment: Environment, directory: Path, *, as_of: str = "") -> str:
    """The newest version of its TensorFlow that the index offers to a floating release; empty if there is none.

    Raises:
        UnavailableError: the index cannot be asked.
    """
    release = environment.release
    with _scratch(directory, environment.id) as folder:
        _write_lines(folder / _INPUT, [release.requirement])
        done = uv(
            *("pip", "compile", "--quiet", "--no-header", "--no-deps", "--only-binary", ":all:"),
            *("--python-version", release.python, "--python", interpreters.find(release.python)),
            *_not_after(as_of),
            *("--output-file", "resolved.txt", _INPUT),
            folder=folder,
        )
        if done.code == 0:
            return next(iter(packages_of((folder / "resolved.txt").read_text(encoding="utf-8")).values()), "")
    if _NOTHING_FITS.search(done.err):
        return ""
    raise explain("lock", done, where=environment.id, otherwise="uv could not ask the index.")


def _not_after(as_of: str) -> tuple[str, ...]:
    """uv's options for the end of a day; to a bare date it would apply the time zone of the machine."""
    return ("--exclude-newer", f"{as_of}T23:59:59Z") if as_of else ()


def _resolve(request: LockRequest, folder: Path, *, as_of: str = "") -> str:
    """uv's hashed requirements for `request`."""
    _write_lines(folder / _INPUT, (wanted.requirement for wanted in request.requirements))
    _write_lines(folder / _OVERRIDES, (wanted.requirement for wanted in request.overrides))
    resolved = folder / "resolved.txt"  # never the old lock: uv would keep to the versions it finds in its output
    sources = [argument for package in request.from_source for argument in ("--no-binary", package)]
    done = uv(
        *("pip", "compile", "--quiet", "--generate-hashes", "--no-header"),
        *("--python-version", request.python, "--python", interpreters.find(request.python)),
        # The lock says so itself (--emit-build-options), so that installing from it runs no other build either.
        *("--only-binary", ":all:", *sources, "--emit-build-options"),
        *_not_after(as_of),
        *("--override", _OVERRIDES, "--output-file", resolved.name, _INPUT),
        folder=folder,
    )
    if done.code != 0:
        raise explain("lock", done, where=request.environment, otherwise="uv could not resolve the release.")
    body = resolved.read_text(encoding="utf-8")
    if len(tensorflows := tensorflows_of(packages_of(body))) != 1:
        raise UnavailableError(
            "lock",
            f"the resolution has {' and '.join(tensorflows) or 'no TensorFlow'} instead of one TensorFlow.",
            where=request.environment,
            remedy="Add an override to its release in releases.toml that drops the other one.",
        )
    for rivals in _RIVALS:
        if len(found := sorted(set(rivals) & packages_of(body).keys())) > 1:
            raise UnavailableError(
                "lock",
                f"the resolution has {' and '.join(found)}, which write the same folder.",
                where=request.environment,
                remedy="Add an override to its release in releases.toml that drops one of them.",
            )
    return body


def _import_check(environment: Environment, python: Path) -> dict[str, str]:
    """The versions that the import test found, by name."""
    imported = try_import(python, *(("tf_keras",) if environment.release.tf_keras else ()), *TEST_TOOL_MODULES)
    if imported.error:
        raise UnavailableError(
            "import",
            f"the new lock does not import ({imported.error}), so the old one was kept.",
            where=environment.id,
            remedy="Find the package that breaks it, and add a pin with its reason to releases.toml.",
            detail=imported.detail,
        )
    return imported.versions


def changes(before: dict[str, str], after: dict[str, str]) -> tuple[str, ...]:
    """The packages whose versions differ, as "numpy 1.26.3 -> 1.26.4"."""
    return tuple(
        f"{name} {before.get(name, '(new)')} -> {after.get(name, '(gone)')}"
        for name in sorted(before.keys() | after.keys())
        if before.get(name) != after.get(name)
    )


def replace(path: Path, text: str) -> None:
    """Writes `path` at once or not at all."""
    with _explained(path):
        json_file.replace({path: text.encode()})


@contextmanager
def _scratch(inside: Path, name: str) -> Iterator[Path]:
    """A folder that is gone afterwards."""
    with _explained(inside):
        inside.mkdir(parents=True, exist_ok=True)
        with TemporaryDirectory(prefix=f"{name}-", dir=inside) as folder:
            yield Path(folder)


@contextmanager
def _explained(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise UnavailableError(
            "lock",
            f"cannot be written ({error.strerror or error}).",
            where=str(path),
            remedy="See to its permissions and the space on its disk, then try again.",
        ) from error


def _write_lines(path: Path, lines: Iterable[str]) -> None:
    path.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")


def _today() -> str:
    """The seam for the date."""
    return datetime.now(UTC).date().isoformat()
