"""The snippets: complete programs that a reader can paste, each run as it stands by a probe of its own.

A snippet is a file `conformance/inside/snippets/ID.py`. Its probe is one of the module `test_snippets.py`, named
`snippets.NAME[ID]`; it executes that very file, checks its numbers, and is marked with the claim (and way) that the
snippet shows. A recipe offers a snippet only where that probe observed `works` in the recipe's very cell, so that
neither a list of snippets nor a list of the releases that they are for has to be kept.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from pathlib import Path

import msgspec

from conformance.results import ObservationRow
from conformance.words import Outcome

FOLDER = Path(__file__).parents[1] / "inside" / "snippets"
_PROBE = re.compile(r"snippets\.\w+\[(?P<id>[^\]]+)\]")


class ProvedSnippet(msgspec.Struct, frozen=True):
    """A program and its proof."""

    id: str
    code: str
    probe: str


def load_snippets(folder: Path = FOLDER) -> dict[str, str]:
    """The text of each snippet, by its id."""
    return {path.stem: path.read_text(encoding="utf-8") for path in sorted(folder.glob("*.py")) if path.stem[0] != "_"}


class ProvedSnippets:
    """The snippets that worked, by the cell, the claim and the way that they show."""

    def __init__(self, observations: Iterable[ObservationRow], texts: Mapping[str, str]) -> None:
        self._found: dict[tuple[str, str, str], ProvedSnippet] = {}
        for row in observations:
            probe = _PROBE.fullmatch(row.probe)
            if probe and row.outcome is Outcome.WORKS and (code := texts.get(probe["id"])):
                for tested in row.claims:
                    self._found.setdefault(
                        (row.cell, tested.id, tested.way), ProvedSnippet(probe["id"], code, row.probe)
                    )

    def of(self, cell: str, claim: str, way: str) -> ProvedSnippet | None:
        """What shows a claim in a cell; None where no snippet was run for it, or it did not work."""
        return self._found.get((cell, claim, way))
