"""The command line of making models: what it says, packs and ends with; nothing is run in an environment."""

from __future__ import annotations

from contextlib import nullcontext
from pathlib import Path

import msgspec
import pytest

from conformance.commands import produce
from conformance.commands.program import main
from conformance.errors import ExitCode
from conformance.exchange.canonical import canonical_hash
from conformance.exchange.golden import unpack_into
from conformance.exchange.store import Store
from conformance.fixtures import FIXTURES, tree_hash
from conformance.json_file import encode
from conformance.running.matrix import Measured
from conformance.words import Outcome
from tests.exchange.test_result import NEW, manifest, record

MODEL = FIXTURES / "tf2-dense" / "model"


@pytest.fixture
def store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Store:
    """A store with the one model that was made, and no golden archive yet."""
    store = Store(tmp_path / "store")
    made = manifest(NEW, canonical_hash(MODEL), tree_hash(MODEL))
    described = store.folder / "manifests" / NEW / "tf2-dense.json"
    described.parent.mkdir(parents=True)
    described.write_bytes(encode(made))
    store.path(made.hash).symlink_to(MODEL)
    whole = record(NEW, {"produce.make[tf2-dense]": (Outcome.WORKS, None)})
    monkeypatch.setattr(produce, "store_in", lambda reports: store)
    monkeypatch.setattr(produce, "only_one", lambda *_: nullcontext())  # a real matrix may run in this checkout
    monkeypatch.setattr(produce, "ARCHIVE", tmp_path / "golden.tar.xz")
    monkeypatch.setattr(produce, "produce", lambda *_: Measured((whole,)))
    return store


def run(tmp_path: Path, *arguments: str) -> int:
    return main(["produce", "--reports", str(tmp_path / "reports"), "--only", NEW, *arguments])


def test_what_was_made_is_counted(store: Store, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(tmp_path) == ExitCode.AS_EXPECTED
    said = capsys.readouterr().out
    assert "tf2-dense  1 works" in said
    assert "The store has 1 models of 1 classes" in said


def test_the_golden_archive_is_packed_where_that_is_asked_for(store: Store, tmp_path: Path) -> None:
    assert run(tmp_path, "--golden") == ExitCode.AS_EXPECTED
    [golden] = unpack_into(Store(tmp_path / "other"), tmp_path / "golden.tar.xz")
    assert (golden.cell, golden.role) == (NEW, "tf2-dense")


def test_a_role_that_left_no_observation_is_missing(
    store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = record(NEW, {"produce.make[tf2-dense]": (Outcome.WORKS, None)})
    cut_short = msgspec.structs.replace(whole, plan=(*whole.plan, "produce.make[tf2-text]"))
    monkeypatch.setattr(produce, "produce", lambda *_: Measured((cut_short,)))
    assert run(tmp_path) == ExitCode.INCOMPLETE
    monkeypatch.setattr(produce, "produce", lambda *_: Measured(()))
    assert run(tmp_path) == ExitCode.INCOMPLETE


def test_a_role_that_is_none_is_refused_with_the_near_miss(
    store: Store, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(tmp_path, "--role", "tf2-dens") == ExitCode.USAGE
    assert 'Perhaps you meant "tf2-dense"?' in capsys.readouterr().err
