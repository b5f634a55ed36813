"""The key of what is observed of a user's own model: its content, what it is run with, and our sources."""

from __future__ import annotations

from pathlib import Path

import msgspec

from conformance.environments.catalogue import Cell
from conformance.judging.narrowing import Narrowing
from conformance.running import probing
from conformance.running.keys import Built, common_parts, digest
from conformance.running.sources import Sources
from conformance.running.subject import MODULE, ModelSubject


class SubjectKeys(msgspec.Struct, frozen=True):
    """Makes the key of the one module of probes that tries a model."""

    root: Path
    subject: ModelSubject

    def of(self, cell: Cell, built: Built, narrowing: Narrowing, examples: int) -> dict[str, str]:  # noqa: ARG002
        """The key, by the module's name; how many examples are generated does not matter here."""
        inside = self.root / "conformance" / "inside"
        sources = Sources(self.root)
        files = sources.closure(inside / "plugin.py", *sorted((inside / probing.OWN_MODEL).glob("*.py")))
        content = {
            **common_parts(cell, built, narrowing, probing.OWN_MODEL),
            "sources": sources.digests({*files, inside / "pytest.ini"}),
            "model": self.subject.hash,
            "inputs": self.subject.inputs_hash,
            "forms": self.subject.forms,
            "texts": self.subject.texts,
            "limits": self.subject.limits,
        }
        return {MODULE: digest(content)}
