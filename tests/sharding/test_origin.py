from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from conformance.running.places import ROOT
from conformance.sharding import origin
from conformance.sharding.manifest import Origin
from conformance.sharding.origin import PARTS, differences, origin_of


@pytest.fixture
def checkout(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A checkout that has a file at each place that takes part."""
    monkeypatch.setattr(origin, "harness_version", lambda root: "0123456789ab")
    for place in (place for places in PARTS.values() for place in places):
        path = tmp_path / place if Path(place).suffix else tmp_path / place / "file.txt"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("content")
    return tmp_path


Act = Callable[[Path], object]


def changed(path: str) -> Act:
    return lambda root: (root / path).write_text("changed")


def added(path: str) -> Act:
    def add(root: Path) -> None:
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text("content")

    return add


def renamed(path: str, name: str) -> Act:
    return lambda root: (root / path).rename((root / path).with_name(name))


@pytest.mark.parametrize(
    ("change", "parts"),
    [
        (changed("conformance/inside/file.txt"), ["the probes and the recorder"]),
        (added("conformance/inside/probes/test_new.py"), ["the probes and the recorder"]),
        (renamed("conformance/inside/file.txt", "other.txt"), ["the probes and the recorder"]),
        (changed("conformance/words.py"), ["the probes and the recorder"]),
        (changed("conformance/claims/file.txt"), ["the claims"]),
        (changed("conformance/environments/releases.toml"), ["the releases"]),
        (changed("conformance/environments/locks/file.txt"), ["the locks"]),
        (changed("fixtures/models/file.txt"), ["the fixture models"]),
        (added("conformance/inside/__pycache__/probe.pyc"), []),
        (added("conformance/reporting/html.py"), []),
        (added("README.md"), []),
    ],
)
def test_it_changes_with_what_outcomes_depend_on_and_with_nothing_else(
    change: Act, parts: list[str], checkout: Path
) -> None:
    before = origin_of(checkout)

    change(checkout)

    assert differences(before, origin_of(checkout)) == parts


def test_every_part_exists_in_this_checkout() -> None:
    assert all((ROOT / place).exists() for places in PARTS.values() for place in places)


def test_another_commit_is_named() -> None:
    assert differences(Origin("aaa", {}), Origin("bbb", {})) == ["the commit (aaa, bbb)"]
