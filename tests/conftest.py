"""Makes it impossible for a test to start a real build, a real nox, or to reach the network.

A test of the real thing says so (`@pytest.mark.real`) and is left out unless it is asked for. What many tests share is
made here, once.
"""

from __future__ import annotations

import lzma
import os
import socket
import subprocess
from collections.abc import Sequence
from pathlib import Path, PurePosixPath
from typing import Any

import pytest
from hypothesis import settings
from xdist.scheduler import LoadScopeScheduling

from conformance.claims.catalogue import Catalogue, load_claims
from conformance.environments.catalogue import Releases, load_releases
from conformance.results import Results, read_results

# The results.json of a whole matrix run, with the paths of the machine it ran on replaced; a newer one is packed by
# `xz --keep --extreme -9 reports/results.json`.
FULL_MATRIX = Path(__file__).parent / "browser" / "data" / "results.json.xz"

# A slow moment of a shared machine is no failing example.
settings.register_profile("no deadline", deadline=None)
settings.load_profile("no deadline")

BUILDERS = {"uv", "uvx", "nox", "tox", "pip", "pip3", "virtualenv"}


class RefusedError(BaseException):
    """A test tried something real; no `except Exception` of the code under test may swallow that."""


def builder_in(command: str | Sequence[Any]) -> str:
    """The program in `command` that would build, install or run sessions; "" if there is none."""
    words = command.split() if isinstance(command, str) else [os.fspath(word) for word in command]
    modules = [words[place + 1] for place, word in enumerate(words[:-1]) if word == "-m"]
    programs = [Path(words[0]).name, *modules]
    return next((program for program in programs if program in BUILDERS), "")


@pytest.fixture(autouse=True)
def _nothing_real(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    if request.node.get_closest_marker("real"):
        return
    start, connect = subprocess.Popen.__init__, socket.socket.connect

    def guarded_start(self: Any, args: Any, *more: Any, **options: Any) -> None:
        builder = builder_in(args)
        if builder:
            raise RefusedError(f"a unit test started a real {builder}: {args}")
        start(self, args, *more, **options)

    def guarded_connect(self: Any, address: Any) -> None:
        if self.family != socket.AF_UNIX and address[0] not in ("127.0.0.1", "::1", "localhost"):
            raise RefusedError(f"a unit test reached for the network: {address}")
        connect(self, address)

    monkeypatch.setattr(subprocess.Popen, "__init__", guarded_start)
    monkeypatch.setattr(socket.socket, "connect", guarded_connect)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Puts first what takes longest; only shows what the programs of tests that start real things warn of."""
    for item in items:
        if item.get_closest_marker("real") or item.get_closest_marker("browser"):
            item.add_marker(pytest.mark.filterwarnings("default"))
    groups = {item: worker_group(item.nodeid) for item in items}
    items.sort(key=lambda item: (groups[item] != "real", groups[item] != "browser"))


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Any:
    """Gives each group to one worker: xdist_group marks do not reach the scheduler with pytest 9.2."""
    scheduler = LoadScopeScheduling(config, log)
    scheduler._split_scope = worker_group
    return scheduler


def worker_group(nodeid: str) -> str:
    """Real cells share the virtualenvs of this checkout, and browser tests a browser; others the fixtures of a file."""
    path = PurePosixPath(nodeid.partition("::")[0])
    return path.parent.name if path.parent.name in ("real", "browser") else str(path)


@pytest.fixture(scope="session")
def releases() -> Releases:
    return load_releases()


@pytest.fixture(scope="session")
def claims() -> Catalogue:
    return load_claims()


@pytest.fixture(scope="session")
def full_matrix(tmp_path_factory: pytest.TempPathFactory) -> Results:
    """A real run of all cells."""
    path = tmp_path_factory.mktemp("run") / "results.json"
    path.write_bytes(lzma.decompress(FULL_MATRIX.read_bytes()))
    return read_results(path)


def contents(*folders: Path) -> dict[str, bytes]:
    """Every file below, to be compared with what is there later."""
    return {str(path): path.read_bytes() for folder in folders for path in sorted(folder.rglob("*")) if path.is_file()}
