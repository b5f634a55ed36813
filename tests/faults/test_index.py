"""Faults of the package index and of uv's cache, with the real uv: what cannot be built says why, and is not tried."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from conformance.environments import locking
from conformance.environments.catalogue import Pin
from conformance.environments.lock_file import Lock, LockRequest, compose, read_lock
from conformance.environments.unavailable import UnavailableError
from conformance.environments.uv import uv
from conformance.environments.virtualenv import MARKER, install
from tests.faults.package_index import PackageIndex

pytestmark = pytest.mark.real  # the real uv, and no network but the loopback device

PYTHON = f"{sys.version_info.major}.{sys.version_info.minor}"


@pytest.fixture
def index(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[PackageIndex]:
    index = PackageIndex(tmp_path / "index")
    for name in ("UV_EXTRA_INDEX_URL", "UV_INDEX", "UV_FIND_LINKS", "UV_OFFLINE", "UV_EXCLUDE_NEWER", "UV_CONFIG_FILE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("UV_DEFAULT_INDEX", index.url)
    monkeypatch.setenv("UV_INDEX_URL", index.url)
    monkeypatch.setenv("UV_NO_CONFIG", "1")
    monkeypatch.setenv("UV_CACHE_DIR", str(tmp_path / "cache"))
    monkeypatch.setenv("UV_HTTP_RETRIES", "0")
    yield index
    index.close()


def request_for(*requirements: str) -> LockRequest:
    return LockRequest("tf9.9-hub9.9", PYTHON, tuple(Pin(one, "") for one in requirements), (), ())


def lock(folder: Path, *entries: str) -> Lock:
    path = folder / "lock.txt"
    path.write_text(compose(request_for("tensorflow"), {}, "\n".join(entries)), encoding="utf-8")
    return read_lock(path)


def module(home: Path, name: str = "tensorflow") -> str:
    return (home / "lib" / f"python{PYTHON}" / "site-packages" / name / "__init__.py").read_text()


def test_without_a_fault_the_lock_is_installed(index: PackageIndex, tmp_path: Path) -> None:
    install(lock(tmp_path, index.add("tensorflow", "1.0")), tmp_path / "home")

    assert "1.0" in module(tmp_path / "home")
    assert (tmp_path / "home" / MARKER).exists()


def test_an_index_that_cannot_be_reached_is_named_and_nothing_counts_as_built(
    index: PackageIndex, tmp_path: Path
) -> None:
    wanted = lock(tmp_path, index.add("tensorflow", "1.0"))
    index.close()

    with pytest.raises(UnavailableError, match="the package index cannot be reached") as raised:
        install(wanted, tmp_path / "home")

    assert raised.value.unavailable.stage == "install"
    assert not (tmp_path / "home" / MARKER).exists()


def test_what_is_built_needs_no_index(index: PackageIndex, tmp_path: Path) -> None:
    wanted = lock(tmp_path, index.add("tensorflow", "1.0"))
    install(wanted, tmp_path / "home")
    index.close()

    install(wanted, tmp_path / "home")
    install(wanted, tmp_path / "another")  # from the cache

    assert "1.0" in module(tmp_path / "another")


def test_an_index_that_cannot_be_reached_resolves_nothing(index: PackageIndex, tmp_path: Path) -> None:
    index.close()

    with pytest.raises(UnavailableError, match="the package index cannot be reached"):
        locking.resolve(request_for("tensorflow"), tmp_path / "resolved.txt")

    assert not (tmp_path / "resolved.txt").exists()


def test_a_yanked_version_is_never_resolved_to(index: PackageIndex, tmp_path: Path) -> None:
    index.add("tensorflow", "1.0")
    index.add("tensorflow", "1.1")
    index.yank("tensorflow", "1.1")

    locking.resolve(request_for("tensorflow"), tmp_path / "resolved.txt")

    assert read_lock(tmp_path / "resolved.txt").packages == {"tensorflow": "1.0"}


def test_a_locked_version_that_was_yanked_since_is_what_is_measured(index: PackageIndex, tmp_path: Path) -> None:
    wanted = lock(tmp_path, index.add("tensorflow", "1.0"))
    index.add("tensorflow", "1.1")
    index.yank("tensorflow", "1.0")

    install(wanted, tmp_path / "home")

    assert "1.0" in module(tmp_path / "home")


def test_a_wheel_that_was_replaced_on_the_index_is_refused(index: PackageIndex, tmp_path: Path) -> None:
    wanted = lock(tmp_path, index.add("tensorflow", "1.0"))
    index.replace("tensorflow", "1.0")

    with pytest.raises(UnavailableError, match="another hash than the lock says"):
        install(wanted, tmp_path / "home")

    assert not (tmp_path / "home" / MARKER).exists()


def test_a_wheel_that_is_cut_short_is_refused(index: PackageIndex, tmp_path: Path) -> None:
    wanted = lock(tmp_path, index.add("tensorflow", "1.0"))
    (wheel,) = (tmp_path / "index").rglob("*.whl")
    wheel.write_bytes(wheel.read_bytes()[:-100])

    with pytest.raises(UnavailableError):
        install(wanted, tmp_path / "home")

    assert not (tmp_path / "home" / MARKER).exists()


@pytest.mark.parametrize("damage", ["another content", "cut short", "gone"])
def test_a_corrupt_wheel_in_the_cache_is_not_measured(damage: str, index: PackageIndex, tmp_path: Path) -> None:
    wanted = lock(tmp_path, index.add("tensorflow", "1.0"))
    install(wanted, tmp_path / "home")
    (cached,) = (path for path in (tmp_path / "cache").rglob("tensorflow/__init__.py"))
    cached.unlink()  # so that the first environment, which links to it, stays whole
    if damage != "gone":
        cached.write_text("__version__ = '6.6.6'\n" if damage == "another content" else "")

    with pytest.raises(UnavailableError, match="what uv's cache has of tensorflow is damaged") as raised:
        install(wanted, tmp_path / "another")

    assert "tensorflow/__init__.py" in raised.value.unavailable.reason
    assert "uv cache clean tensorflow" in raised.value.unavailable.remedy
    assert not (tmp_path / "another" / MARKER).exists()


def test_a_corrupt_wheel_is_mended_by_what_the_error_says(index: PackageIndex, tmp_path: Path) -> None:
    wanted = lock(tmp_path, index.add("tensorflow", "1.0"))
    install(wanted, tmp_path / "home")
    (cached,) = (path for path in (tmp_path / "cache").rglob("tensorflow/__init__.py"))
    cached.unlink()
    with pytest.raises(UnavailableError):
        install(wanted, tmp_path / "another")

    uv("cache", "clean", "tensorflow")
    install(wanted, tmp_path / "another")

    assert "1.0" in module(tmp_path / "another")
