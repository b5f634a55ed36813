"""The keys of evidence: what the outcomes of a module of probes in a cell can depend on, in one short text each.

Where a key is the same, observing again would show the same. So it holds contents only, never a path or a time, and
nothing that judges or reports: another checkout, or the cache of a CI system, has the same keys. It is made for each
module of probes by itself, so that changing one of them changes no key of the others.
"""

from __future__ import annotations

import hashlib
import platform
from pathlib import Path
from typing import Any, Protocol

import msgspec

from conformance.claims.catalogue import Catalogue
from conformance.environments.catalogue import Cell
from conformance.fixtures import FIXTURES, Model, read_made
from conformance.judging.narrowing import Narrowing
from conformance.running import probing
from conformance.running.dependencies import probe_modules

SCHEMA = "key/1"
_LENGTH = 32  # hexadecimal digits: 128 bits


class Built(msgspec.Struct, frozen=True):
    """What a virtualenv is built from."""

    packages: str  # the digest of the lock's requirements (`Lock.content`)
    python: str  # the exact version of the interpreter


class Keys:
    """Makes the keys of cells, for the sources and fixture models as they are now."""

    def __init__(self, root: Path, catalogue: Catalogue, models: tuple[Model, ...], fixtures: Path = FIXTURES) -> None:
        """`models` are those of the folder `fixtures`, which has been verified."""
        self._catalogue = catalogue
        self._models = {model.id: read_made(model, fixtures).hash for model in models}
        self._modules = {module.name: module for module in probe_modules(root)}

    def of(self, cell: Cell, built: Built, narrowing: Narrowing, examples: int) -> dict[str, str]:
        """The key of each module that has something to try in `cell`, by the module's name.

        Args:
            examples: how many models each property-based probe generates, which matters only to modules that ask.
        """
        tried = [claim.id for claim in narrowing.claims_to_try(cell, self._catalogue)]
        common = common_parts(cell, built, narrowing, probing.PROBES)
        keys: dict[str, str] = {}
        for name, module in self._modules.items():
            if claims := [claim for claim in tried if claim in module.claims]:
                own = {
                    "sources": module.sources,
                    "claims": claims,
                    "models": {name: self._models[name] for name in sorted(module.models_among(self._models))},
                    "examples": examples if module.asks_for("examples") else None,
                }
                keys[name] = digest({**common, **own})
        return keys


class KeyMaker(Protocol):
    """Makes the keys of cells."""

    def of(self, cell: Cell, built: Built, narrowing: Narrowing, examples: int) -> dict[str, str]:
        """The key of each module of probes that has something to try in `cell`, by the module's name."""


def common_parts(cell: Cell, built: Built, narrowing: Narrowing, probes: str) -> dict[str, Any]:
    """What the outcomes of all modules in a cell depend on.

    Args:
        probes: the folder that the modules are in.
    """
    nowhere = Path()
    return {
        "schema": SCHEMA,
        "built": built,
        "platform": f"{platform.system()} {platform.machine()}",
        "asked": {"cell": cell.id, "mode": cell.mode, "keras": cell.keras, "probes": narrowing.probes or None},
        "command": probing.command(nowhere, nowhere, probes),
        "variables": probing.variables({}, nowhere, nowhere, cell.keras),
    }


def digest(content: object) -> str:
    """The key that stands for all that."""
    return hashlib.sha256(msgspec.json.encode(content, order="deterministic")).hexdigest()[:_LENGTH]
