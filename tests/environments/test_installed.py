from __future__ import annotations

import base64
import hashlib
from pathlib import Path

import pytest

from conformance.environments.installed import damaged


def package(site_packages: Path, name: str, files: dict[str, str]) -> None:
    """A package as an installer leaves it."""
    rows = []
    for path, text in files.items():
        (site_packages / path).parent.mkdir(parents=True, exist_ok=True)
        (site_packages / path).write_text(text)
        digest = base64.urlsafe_b64encode(hashlib.sha256(text.encode()).digest()).rstrip(b"=").decode()
        rows.append(f"{path},sha256={digest},{len(text)}")
    info = site_packages / f"{name}-1.0.dist-info"
    info.mkdir()
    (info / "RECORD").write_text("\n".join([*rows, f"{info.name}/RECORD,,", f"{name}/made.pyc,,", ""]))


@pytest.fixture
def whole(tmp_path: Path) -> Path:
    package(
        tmp_path, "alpha", {"alpha/__init__.py": "one", "alpha/a, b.py": "two", "alpha/library.so": "x" * (2 << 20)}
    )
    return tmp_path


def test_what_was_installed_whole_is_whole(whole: Path) -> None:
    assert damaged(whole) == {}


@pytest.mark.parametrize("contents", ["eno", "", None])
def test_a_file_that_is_not_the_wheel_s_is_found(contents: str | None, whole: Path) -> None:
    (whole / "alpha" / "__init__.py").unlink()
    if contents is not None:
        (whole / "alpha" / "__init__.py").write_text(contents)

    assert damaged(whole) == {"alpha": ("alpha/__init__.py",)}


def test_a_large_library_that_is_cut_short_is_found(whole: Path) -> None:
    (whole / "alpha" / "library.so").write_text("x" * (1 << 20))

    assert damaged(whole) == {"alpha": ("alpha/library.so",)}


def test_what_two_packages_write_is_whole_if_it_is_one_of_theirs(whole: Path) -> None:
    package(whole, "beta", {"alpha/__init__.py": "of beta"})

    assert damaged(whole) == {}


def test_where_nothing_is_installed_nothing_is_damaged(tmp_path: Path) -> None:
    assert damaged(tmp_path / "none") == {}
