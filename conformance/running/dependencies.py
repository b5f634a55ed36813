"""What each module of probes depends on: its sources, and what pytest's collection of its probes says.

The collection takes a second or two, in a process of the host. Its result is kept in the checkout's `.nox` for as long
as no file of the inside changes, so that neither a second run nor the cells of a matrix collect again.
"""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
from collections.abc import Container, Iterable
from functools import cached_property
from pathlib import Path
from tempfile import TemporaryDirectory

import msgspec

from conformance.errors import DataError
from conformance.inside.cell import COLLECTED_VARIABLE
from conformance.json_file import replace
from conformance.running.places import ROOT
from conformance.running.sources import Sources

PREFIX = "test_"
_KEPT = Path(".nox", "collected-probes.json")
_UNWELCOME_PREFIXES = ("PYTEST_", "PYTHON", "COV")
_END_OF_OUTPUT = 3000  # characters


class CollectedProbe(msgspec.Struct, frozen=True):
    """A row that conformance.inside.collected writes."""

    probe: str  # its id, with its parameters
    claims: tuple[dict[str, str], ...]  # what it speaks to; the id, standing and way of each
    words: tuple[str, ...]  # its parameters that are texts; the names of golden models are among them
    fixtures: tuple[str, ...]  # those of `models` and `examples` that it asks for


class ProbeModule(msgspec.Struct, frozen=True, dict=True):
    """A module of probes."""

    name: str  # what the ids of its probes begin with
    sources: dict[str, str]  # digest of each file that takes part, by its path in the checkout
    probes: tuple[CollectedProbe, ...]  # in the order of the module

    @cached_property
    def claims(self) -> frozenset[str]:
        """The claims that its probes speak to."""
        return frozenset(claim["id"] for probe in self.probes for claim in probe.claims)

    def models_among(self, models: Iterable[str]) -> frozenset[str]:
        """The golden models of these that its probes try; all, where a probe asks for their folder."""
        words = {word for probe in self.probes for word in probe.words}
        return frozenset(models if self.asks_for("models") else words.intersection(models))

    def asks_for(self, fixture: str) -> bool:
        """Whether one of its probes asks for `fixture`, which is "models" or "examples"."""
        return any(fixture in probe.fixtures for probe in self.probes)


class _Kept(msgspec.Struct, frozen=True):
    key: str
    modules: tuple[ProbeModule, ...]


def probe_modules(root: Path = ROOT) -> tuple[ProbeModule, ...]:
    """The modules of probes of the checkout at `root`, by their names."""
    key = _content(root)
    try:
        kept = msgspec.json.decode((root / _KEPT).read_bytes(), type=_Kept)
    except (OSError, msgspec.MsgspecError):
        kept = None
    if kept is None or kept.key != key:
        kept = _Kept(key, _modules(root))
        replace({root / _KEPT: msgspec.json.encode(kept)})  # in one step: several cells may read it at the same time
    return kept.modules


def _content(root: Path) -> str:
    """A digest of all that a collection can depend on."""
    digest = hashlib.sha256(sys.version.encode())
    package = root / "conformance"
    for path in (package / "__init__.py", package / "words.py", *sorted((package / "inside").rglob("*"))):
        if path.suffix in (".py", ".ini"):
            digest.update(f"\n{path.relative_to(root).as_posix()} {path.stat().st_size}\n".encode())
            digest.update(path.read_bytes())
    return digest.hexdigest()


def _modules(root: Path) -> tuple[ProbeModule, ...]:
    inside = root / "conformance" / "inside"
    probes = inside / "probes"
    collected = _collect(root, probes)
    sources = Sources(root)
    always = sources.closure(inside / "plugin.py", probes / "conftest.py") | {inside / "pytest.ini"}
    return tuple(
        ProbeModule(
            name=(name := path.stem.removeprefix(PREFIX)),
            sources=sources.digests(sources.closure(path) | always),
            probes=tuple(row for row in collected if module_of(row.probe) == name),
        )
        for path in sorted(probes.glob(f"{PREFIX}*.py"))
    )


def module_of(probe: str) -> str:
    """The module that a probe's id begins with."""
    return probe.partition(".")[0]


def key_name(probe: str, keys: Container[str]) -> str:
    """The name of the key that a probe's outcome goes by: of what it tries, where that has one, or of its module."""
    name, bracket, tried = probe.partition("[")
    own = f"{module_of(name)}[{tried}"
    return own if bracket and own in keys else module_of(name)


def _collect(root: Path, probes: Path) -> list[CollectedProbe]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith(_UNWELCOME_PREFIXES)}
    with TemporaryDirectory(prefix="conformance-") as folder:
        output = Path(folder) / "collected.json"
        done = subprocess.run(
            [
                *(sys.executable, "-m", "pytest", "-c", str(probes.parent / "pytest.ini"), "--rootdir", str(root)),
                *("--collect-only", "-q", "-q", "-p", "conformance.inside.collected", str(probes)),
            ],
            env={**kept, COLLECTED_VARIABLE: str(output), "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1", "PYTHONHASHSEED": "0"},
            cwd=root,
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode == 0:
            return msgspec.json.decode(output.read_bytes(), type=list[CollectedProbe])
    raise DataError(
        f"the probes cannot be collected:\n{(done.stdout + done.stderr).strip()[-_END_OF_OUTPUT:]}",
        where=str(probes),
        remedy="Fix the module that pytest names; nothing was run.",
    )
