"""A world in which cells are measured by fakes, each checkout having a folder of its own."""

from __future__ import annotations

import io
import shutil
from collections.abc import Mapping
from pathlib import Path

import msgspec
import pytest
from rich.console import Console

from conformance.commands.reporting import RunReporter
from conformance.environments import virtualenv
from conformance.environments.catalogue import Cell
from conformance.errors import ExitCode
from conformance.limits import Limits
from conformance.results import Results, read_results
from conformance.running import fleet, matrix
from conformance.running.matrix import run_matrix
from conformance.running.options import Options
from conformance.running.places import Places
from conformance.running.selection import Selection
from conformance.sharding import measuring, merging
from conformance.sharding.manifest import Origin
from conformance.sharding.measuring import measure_shard
from conformance.sharding.merging import merge
from tests.running.test_fleet import fake_command

THREE = Selection(only=("tf1.13", "tf1.14", "tf1.15-hub0.15"))
FIRST, SECOND, THIRD = "tf1.13-hub0.7-tf1", "tf1.14-hub0.9-tf1", "tf1.15-hub0.15-tf1"
CLEAN = Origin("0123456789ab", {"the claims": "sha256:00", "the locks": "sha256:11"})


class World:
    """Fake checkouts, in which cells can have the defects of fake_cell.py.

    Attributes:
        origins: what each checkout is; CLEAN if not said otherwise.
        seen: what the user saw last.
        code: the exit code of the shard measured last.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.origins: dict[str, Origin] = {}
        self.defects: dict[str, str] = {}
        self.seen = ""
        self.code = ExitCode.AS_EXPECTED
        self.reports = folder / "merging" / "reports"

    def origin_of(self, root: Path) -> Origin:
        return self.origins.get(root.name, CLEAN)

    def unsplit(self, *, checkout: str = "whole") -> Results:
        options = self._options(self.folder / checkout, self.folder / checkout / "reports", THREE)
        run_matrix(options, console := self._console(), RunReporter(console))
        return read_results(options.places.reports / "results.json")

    def shard(
        self,
        *names: str,
        checkout: str = "first",
        out: str = "",
        selection: Selection = THREE,
        limits: Limits = Limits(),  # noqa: B008  (frozen)
    ) -> Path:
        out_folder = self.folder / "shards" / (out or checkout)
        options = self._options(self.folder / checkout, out_folder, selection, limits)
        self.code = measure_shard(names, options, console := self._console(), RunReporter(console))
        self._see()
        return out_folder

    def merge(self, *shards: Path, selection: Selection | None = None) -> ExitCode:
        places = Places(self.folder / "merging", self.reports)
        code = merge(shards, selection or Selection(), places, console := self._console(), RunReporter(console))
        self._see()
        return code

    @property
    def merged(self) -> Results:
        return read_results(self.reports / "results.json")

    def _options(self, root: Path, reports: Path, selection: Selection, limits: Limits | None = None) -> Options:
        root.mkdir(exist_ok=True)
        return Options(selection, Places(root, reports), jobs=2, limits=limits or Limits())

    def _console(self) -> Console:
        self._screen = io.StringIO()
        return Console(file=self._screen, width=200)

    def _see(self) -> None:
        self.seen = self._screen.getvalue()


@pytest.fixture
def world(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> World:
    return _faked(World(tmp_path), monkeypatch)


@pytest.fixture(scope="session")
def _measured(tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, Path]:
    with pytest.MonkeyPatch.context() as monkeypatch:
        world = _faked(World(tmp_path_factory.mktemp("measured")), monkeypatch)
        return {cell_id: world.shard(cell_id, out=cell_id) for cell_id in (FIRST, SECOND)}


@pytest.fixture
def first(_measured: Mapping[str, Path], tmp_path: Path) -> Path:
    """A shard of THREE that holds FIRST."""
    return Path(shutil.copytree(_measured[FIRST], tmp_path / "shards" / "one"))


@pytest.fixture
def second(_measured: Mapping[str, Path], tmp_path: Path) -> Path:
    """A shard of THREE that holds SECOND."""
    return Path(shutil.copytree(_measured[SECOND], tmp_path / "shards" / "two"))


def _faked(world: World, monkeypatch: pytest.MonkeyPatch) -> World:
    def command(cell: Cell, options: Options, *more: object) -> list[str]:
        return [*fake_command(cell, options.places, world.defects.get(cell.id, "works"))]

    monkeypatch.setattr(fleet, "cell_command", command)
    monkeypatch.setattr(fleet, "_POLL", 0.02)
    monkeypatch.setattr(virtualenv, "note_on_copies", lambda root: "")
    monkeypatch.setattr(matrix, "verify_fixtures", lambda models: None)
    for module in (measuring, merging):
        monkeypatch.setattr(module, "origin_of", world.origin_of)
    return world


def copied(shard: Path, name: str) -> Path:
    """A copy of the shard under another name, beside it."""
    return Path(shutil.copytree(shard, shard.with_name(name)))


def altered(path: Path, **changes: object) -> None:
    """Rewrites keys of a JSON file."""
    data = msgspec.json.decode(path.read_bytes())
    path.write_bytes(msgspec.json.encode({**data, **changes}))
