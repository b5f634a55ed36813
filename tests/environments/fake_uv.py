"""A stand-in for uv (and for the Python that runs the import test), with defects that tests ask for by name."""

from __future__ import annotations

import json
import re
import threading
import time
from collections.abc import Mapping
from enum import Enum
from pathlib import Path

from conformance.environments.command import Finished
from conformance.environments.lock_file import packages_of

WHOLE = "whole\n"
_UNREACHABLE = Finished(2, "", "error: Request failed after 3 retries\n  cause: Failed to fetch: `somewhere`")


class Defect(Enum):
    """What can be wrong with the machine, the index or the user's uv."""

    UV_MISSING = "uv missing"
    INTERPRETER_MISSING = "interpreter missing"
    RESOLVER_FINDS_NOTHING = "resolver finds nothing"
    INDEX_UNREACHABLE = "index unreachable"
    SECOND_TENSORFLOW = "a second TensorFlow is resolved"
    SECOND_KERAS = "a second Keras is resolved"
    SECOND_TF_KERAS = "a second Keras 2 is resolved"
    HASH_MISMATCH = "a package differs from its hash"
    INSTALL_DIES_MIDWAY = "install dies midway"
    DISK_FULL = "disk full"
    CACHE_EMPTY = "nothing in uv's cache"
    IMPORT_TEST_FAILS = "import test fails"
    IMPORT_TEST_CRASHES = "import test crashes"


_UNWANTED: dict[Defect | None, list[str]] = {
    Defect.SECOND_TENSORFLOW: ["tensorflow", "tf-nightly"],
    Defect.SECOND_KERAS: ["keras", "keras-nightly"],
    Defect.SECOND_TF_KERAS: ["tf-keras"],
}


class FakeUv:
    """Replaces `conformance.environments.command.run`.

    Its `pip sync` trusts what it finds, as the real one trusts a package that looks installed: what an earlier
    install left half-written stays half-written.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.defect: Defect | None = None
        self.calls: list[tuple[str, ...]] = []
        self.environments: list[dict[str, str]] = []
        self.versions: dict[str, str] = {}  # what the index has; a package that is not named has 1.0
        self.input = self.overrides = ""  # what the last `pip compile` was given
        self.collided = False  # whether two ever ran in one virtualenv at once
        self._busy: set[Path] = set()
        self._guard = threading.Lock()

    def __call__(
        self, arguments: tuple[str, ...], *, environment: Mapping[str, str], folder: Path | None = None
    ) -> Finished:
        if self.defect is Defect.UV_MISSING:
            raise FileNotFoundError(arguments[0])
        self.calls.append(arguments[1:])
        self.environments.append(dict(environment))
        match arguments[1:]:
            case ("python", "find", *options, version):
                return self._find(version, exact="--show-version" in options)
            case ("venv", *_, home):
                return self._venv(Path(home))
            case ("pip", "compile", *options):
                return self._compile(options, folder or Path())
            case ("pip", "sync", *options):
                return self._sync(options)
            case ("cache", "dir"):
                return Finished(0, f"{self.folder / 'cache'}\n", "")
            case ("-I", _, *more):
                return self._import_check(more)
        raise AssertionError(f"nobody taught the fake uv {arguments}")

    def count(self, *beginning: str) -> int:
        """How often it was called with arguments that begin so."""
        return sum(call[: len(beginning)] == beginning for call in self.calls)

    def _find(self, version: str, *, exact: bool) -> Finished:
        if self.defect is Defect.INTERPRETER_MISSING:
            return Finished(2, "", f"error: No interpreter found for {version} in managed installations or search path")
        number = version.removeprefix("cpython@")
        return Finished(0, f"{number}.9\n" if exact else f"{self.folder / f'python{number}'}\n", "")

    def _venv(self, home: Path) -> Finished:
        if home.exists():
            return Finished(2, "", f"error: A virtual environment already exists at `{home}`")
        (home / "bin").mkdir(parents=True)
        (home / "bin" / "python").touch()
        return Finished(0, "", "")

    def _compile(self, options: list[str], folder: Path) -> Finished:
        if self.defect is Defect.INDEX_UNREACHABLE:
            return _UNREACHABLE
        if self.defect is Defect.RESOLVER_FINDS_NOTHING:
            return Finished(1, "", "error: No solution found when resolving dependencies\n  cause: Because ...")
        self.input = (folder / options[-1]).read_text()
        if "--override" in options:
            self.overrides = (folder / options[options.index("--override") + 1]).read_text()
        names = re.findall(r"^([A-Za-z][\w.-]*)", self.input, re.MULTILINE)
        names += _UNWANTED.get(self.defect, [])
        body = "".join(
            f"{name} \\\n    --hash=sha256:{'0' * 64}\n"
            for name in sorted({f"{name}=={self.versions.get(name, '1.0')}" for name in names})
        )
        (folder / options[options.index("--output-file") + 1]).write_text(body)
        return Finished(0, "", "")

    def _sync(self, options: list[str]) -> Finished:
        if self.defect is Defect.INDEX_UNREACHABLE and "--offline" not in options:
            return _UNREACHABLE
        if self.defect is Defect.CACHE_EMPTY and "--offline" in options:
            return Finished(1, "", "error: No solution found\nhint: ... because the network was disabled.")
        home = Path(options[options.index("--python") + 1]).parents[1]
        with self._guard:
            self.collided |= home in self._busy
            self._busy.add(home)
        try:
            time.sleep(0.01)
            return self._install(home, packages_of(Path(options[-1]).read_text()))
        finally:
            self._busy.discard(home)

    def _install(self, home: Path, packages: dict[str, str]) -> Finished:
        if self.defect is Defect.HASH_MISMATCH:
            return Finished(1, "", "error: Failed to download `numpy==1.0`\n  cause: Hash mismatch for `numpy==1.0`")
        if self.defect is Defect.DISK_FULL:
            return Finished(2, "", "error: Failed to install\n  cause: No space left on device (os error 28)")
        for package in packages:
            if not (home / package).exists():
                (home / package).write_text("ha" if self.defect is Defect.INSTALL_DIES_MIDWAY else WHOLE)
            if self.defect is Defect.INSTALL_DIES_MIDWAY:
                return Finished(-9, "", "Killed")
        return Finished(0, "", "")

    def _import_check(self, more: list[str]) -> Finished:
        if self.defect is Defect.IMPORT_TEST_FAILS:
            return Finished(
                1, "", "Traceback ...\nTypeError: Descriptors cannot be created directly.\n\nMore: see here\n"
            )
        if self.defect is Defect.IMPORT_TEST_CRASHES:
            return Finished(-11, "", "")
        versions = dict.fromkeys(("tensorflow", *more), "1.0") | {"hub.Module": "there"}
        return Finished(0, f"chatter\n{json.dumps(versions)}\n", "")
