"""The snippets that a run proved: the programs of `conformance.snippets`, by the cells in which they did what they say.

A recipe offers a snippet only where its probe ran that very text in the recipe's very cell and the numbers were right,
so no list of the releases that a snippet is for has to be kept. One that runs but loses something is offered as well:
the recipe says what is lost.
"""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

from conformance.results import ObservationRow
from conformance.snippets import SNIPPETS, program
from conformance.words import Outcome

_SNIPPETS = {f"snippets.runs_as_it_stands[{snippet.id}]": snippet for snippet in SNIPPETS}
_RAN = (Outcome.WORKS, Outcome.DEGRADED)


class ProvedSnippet(msgspec.Struct, frozen=True):
    """A program and its proof."""

    id: str
    code: str
    probe: str


class ProvedSnippets:
    """The snippets that worked, by the cell, the claim and the way that they show."""

    def __init__(self, observations: Iterable[ObservationRow]) -> None:
        self._found: dict[tuple[str, str, str], ProvedSnippet] = {}
        for row in observations:
            snippet = _SNIPPETS.get(row.probe)
            if snippet and row.outcome in _RAN:
                proved = ProvedSnippet(snippet.id, program(snippet, row.mode, row.keras), row.probe)
                self._found[row.cell, snippet.claim, snippet.way] = proved

    def of(self, cell: str, claim: str, way: str) -> ProvedSnippet | None:
        """What shows a claim in a cell; None where no snippet was run for it, or it did not work."""
        return self._found.get((cell, claim, way))
