"""The keys of what is observed of models that change hands: one for each that is made, one for each that is used."""

from __future__ import annotations

from pathlib import Path

from conformance.environments.catalogue import Cell
from conformance.judging.narrowing import Narrowing
from conformance.running.dependencies import PREFIX
from conformance.running.exchange_subject import FOLDER, MAKE, USE, ExchangeSubject
from conformance.running.keys import Built, common_parts, digest
from conformance.running.sources import Sources


class ExchangeKeys:
    """Makes the keys: one for each role that is made, and one for each model that is used.

    So a model that is new, tonight's for instance, makes no cell use the others again.
    """

    def __init__(self, root: Path, subject: ExchangeSubject) -> None:
        inside = root / "conformance" / "inside"
        sources = Sources(root)
        module = inside / FOLDER / f"{PREFIX}{MAKE if subject.roles else USE}.py"
        files = sources.closure(inside / "plugin.py", inside / FOLDER / "conftest.py", module)
        self._sources = sources.digests({*files, inside / "pytest.ini"})
        self._asked = {f"{MAKE}[{role}]": role for role in subject.roles}
        self._asked |= {f"{USE}[{one.id}]": f"{one.role} {one.form}" for one in subject.models}

    def of(self, cell: Cell, built: Built, narrowing: Narrowing, examples: int) -> dict[str, str]:  # noqa: ARG002
        """The keys, by the names of what is made or used; examples do not matter here."""
        common = digest({**common_parts(cell, built, narrowing, FOLDER), "sources": self._sources})
        return {name: digest({"common": common, "asked": asked}) for name, asked in self._asked.items()}
