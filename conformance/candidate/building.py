"""Makes each candidate a wheel, once: what is kept is named after the content of what it was built from."""

from __future__ import annotations

import hashlib
import re
import shutil
import sys
import zipfile
from collections.abc import Callable, Iterator
from email.parser import HeaderParser
from pathlib import Path
from tempfile import TemporaryDirectory

import msgspec
from packaging.specifiers import InvalidSpecifier, SpecifierSet
from packaging.tags import Tag, compatible_tags, cpython_tags
from packaging.utils import InvalidWheelFilename, canonicalize_name, parse_wheel_filename

from conformance.candidate.asked import Kind, TypedCandidate, refuse_other_package
from conformance.environments.uv import uv
from conformance.errors import UsageError

# What lies in a checkout and is no source; only at its top, since a package may have a folder `build`.
_NO_SOURCES = re.compile(
    r"\.(git|nox|tox|venv|mypy_cache|ruff_cache|pytest_cache)|venv|build|dist|bazel-.*|.*\.egg-info"
)
_BUILD_FILES = ("pyproject.toml", "setup.py")
# tensorflow/hub keeps its build files there and has them copied to the top before it builds.
_BUILD_FILES_ELSEWHERE = ("*/pip_package/setup.py",)
_END_OF_LOG = 15  # lines


class BuiltWheel(msgspec.Struct, frozen=True):
    """A wheel that is kept, and what its metadata say."""

    path: Path
    name: str  # of the package, normalized
    version: str
    digest: str  # sha256 of the wheel
    pythons: str = ""  # the versions of Python that it allows
    needs: tuple[str, ...] = ()  # its requirements

    def misfit(self, python: str) -> str:
        """Why it cannot be installed for that Python here; "" if it can."""
        minor = tuple(int(part) for part in python.split("."))
        tags = parse_wheel_filename(self.path.name)[3]
        if tags.isdisjoint(_tags(minor)):
            return f"it is a wheel for {', '.join(sorted(map(str, tags)))}, and the environment has CPython {python}"
        try:
            allowed = python in SpecifierSet(self.pythons) or f"{python}.99" in SpecifierSet(self.pythons)
        except InvalidSpecifier:
            return ""  # uv says what it thinks of it
        return "" if allowed else f"it requires Python {self.pythons}, and the environment has {python}"


def build(asked: TypedCandidate, folder: Path) -> BuiltWheel:
    """The wheel of a candidate that is given as a file or a folder; kept below `folder`, complete or not at all."""
    assert asked.path is not None
    kept = folder / _content(asked.path)
    if not kept.is_dir():
        folder.mkdir(parents=True, exist_ok=True)
        with TemporaryDirectory(prefix="building-", dir=folder) as scratch:
            made = Path(scratch) / "wheel"
            made.mkdir()
            if asked.kind is Kind.WHEEL:
                shutil.copy(asked.path, made)
            else:
                _build(asked, Path(scratch), made)
            read_wheel(asked, _only_wheel(asked, made))
            made.rename(kept)
    return read_wheel(asked, _only_wheel(asked, kept))


def read_wheel(asked: TypedCandidate, path: Path) -> BuiltWheel:
    """What a wheel says of itself; one of another package is refused."""
    try:
        parse_wheel_filename(path.name)
        with zipfile.ZipFile(path) as archive:
            about = next(name for name in archive.namelist() if re.fullmatch(r"[^/]+\.dist-info/METADATA", name))
            metadata = HeaderParser().parsestr(archive.read(about).decode("utf-8", errors="replace"))
    except (InvalidWheelFilename, zipfile.BadZipFile, OSError, StopIteration) as error:
        raise UsageError(
            f"is no wheel ({str(error) or 'it has no METADATA'}).", where=asked.where, remedy="Build or fetch it again."
        ) from error
    name = canonicalize_name(metadata["Name"] or "")
    refuse_other_package(asked.slot, name, asked.where)
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    needs = tuple(metadata.get_all("Requires-Dist") or ())
    return BuiltWheel(path, name, metadata["Version"] or "", digest, metadata["Requires-Python"] or "", needs)


def _build(asked: TypedCandidate, scratch: Path, out: Path) -> None:
    """Builds in a copy, so that nothing is left in the user's tree."""
    assert asked.path is not None
    source = asked.path
    if asked.kind is Kind.TREE:
        source = scratch / "tree"
        shutil.copytree(asked.path, source, symlinks=True, ignore=_ignored_in(asked.path))
        _bring_build_files(asked, source)
    done = uv("build", "--wheel", "--python", sys.executable, "--out-dir", out, source)
    if done.code != 0:
        log = "\n".join((done.out + done.err).strip().splitlines()[-_END_OF_LOG:])
        raise UsageError(
            f"does not build; the end of its log:\n{log}\n",
            where=asked.where,
            remedy="Make `python -m build --wheel` work in it, or build it in its own way and give the wheel.",
        )


def _bring_build_files(asked: TypedCandidate, tree: Path) -> None:
    if any((tree / name).is_file() for name in _BUILD_FILES):
        return
    for pattern in _BUILD_FILES_ELSEWHERE:
        for found in tree.glob(pattern):
            for name in ("setup.py", "setup.cfg"):
                if (found.parent / name).is_file():
                    shutil.copy(found.parent / name, tree)
            return
    raise UsageError(
        f"has neither {' nor '.join(_BUILD_FILES)}, so that it cannot be built.",
        where=asked.where,
        remedy="Give the folder that has one; or build it in its own way (Bazel, for TensorFlow) and give the wheel.",
    )


def _only_wheel(asked: TypedCandidate, folder: Path) -> Path:
    wheels = sorted(folder.glob("*.whl"))
    if len(wheels) != 1:
        raise UsageError(
            f"its build made {len(wheels)} wheels instead of one.", where=asked.where, remedy="Give a wheel."
        )
    return wheels[0]


def _content(path: Path) -> str:
    """A digest of a file, or of all sources of a tree."""
    digest = hashlib.sha256()
    for name, file in _files(path):
        digest.update(f"{name}\0{file.stat().st_size}\0".encode())
        digest.update(file.read_bytes())
    return digest.hexdigest()[:32]


def _files(path: Path) -> Iterator[tuple[str, Path]]:
    if path.is_file():
        yield path.name, path
        return
    for entry in sorted(path.iterdir()):
        if not _NO_SOURCES.fullmatch(entry.name):
            for file in sorted(entry.rglob("*")) if entry.is_dir() else (entry,):
                if file.is_file() and file.suffix != ".pyc":
                    yield file.relative_to(path).as_posix(), file


def _ignored_in(top: Path) -> Callable[[str, list[str]], list[str]]:
    def ignored(folder: str, names: list[str]) -> list[str]:
        if Path(folder) != top:
            return [name for name in names if name == "__pycache__"]
        return [name for name in names if name != ".git" and _NO_SOURCES.fullmatch(name)]  # .git may say the version

    return ignored


def _tags(python: tuple[int, ...]) -> set[Tag]:
    """What a CPython of that version accepts on this platform."""
    interpreter = "cp" + "".join(map(str, python))
    return {*cpython_tags(python), *compatible_tags(python, interpreter)}
