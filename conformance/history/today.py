"""Judges what earlier runs observed under today's claims and expectations, a cell at a time and each thing once."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path

import msgspec
from packaging.specifiers import SpecifierSet

from conformance.errors import EvidenceError
from conformance.history.lines import LineMark, LineSubject
from conformance.judging.expectations import in_range
from conformance.judging.judge import JudgedRun, Rules, judge
from conformance.judging.narrowing import Narrowing
from conformance.results import Results
from conformance.snapshot import CellSnapshot, Snapshot, records_of


class ObservedCell(msgspec.Struct, frozen=True):
    """A cell as a run observed it."""

    cell: CellSnapshot
    run: Snapshot  # knows what the probes speak to
    probes: bytes  # the digest of that

    @property
    def content(self) -> tuple[object, ...]:
        """What was observed; equal for two observations that say the same, whatever their packages."""
        cell = self.cell
        return self.probes, cell.outcomes, cell.errors, cell.repeated, cell.missing, cell.unavailable


def observed_cells(run: Snapshot) -> list[ObservedCell]:
    """The cells of a run."""
    probes = hashlib.sha256(msgspec.json.encode(run.probes)).digest()
    return [ObservedCell(cell, run, probes) for cell in run.cells]


class Today:
    """Judges by today's claims, releases and expectations."""

    def __init__(self, rules: Rules) -> None:
        self._rules = rules
        self.claims = rules.claims
        self._cells = {cell.id: cell for cell in rules.releases.every_cell}
        self._known: dict[bytes, Mapping[LineSubject, LineMark]] = {}
        self._ranges_of_claims = [SpecifierSet(text) for text in sorted({claim.tf for claim in rules.claims.claims})]
        self._ranges = sorted({text for one in rules.expectations.expectations for text in (one.tf, one.hub)})
        self._place = cache(self._place_of)

    def marks(self, seen: ObservedCell) -> Mapping[LineSubject, LineMark]:
        """What a cell's observations say, the same object where they say the same; nothing of a claim not tried.

        Raises:
            EvidenceError: the cell is not what today's releases have under its name.
        """
        cell = seen.cell
        versions = (self._place(cell.tf), self._place(cell.hub)) if cell.packages else (cell.tf, cell.hub)
        key = msgspec.json.encode((cell.cell, versions, seen.content))
        if key not in self._known:
            self._known[key] = {
                LineSubject(row.claim, row.way, row.standing): LineMark(
                    row.verdict, row.qualifier, row.expected, row.level
                )
                for row in self.results([seen]).verdicts
            }
        return self._known[key]

    def results(self, seen: Sequence[ObservedCell]) -> Results:
        """Observations of different cells, from whichever runs, as one run that ended with the last of them.

        Raises:
            EvidenceError: a cell is not what today's releases have under its name.
        """
        for one in seen:
            if one.cell.cell not in self._cells:
                raise EvidenceError(
                    "is no cell of today's releases.",
                    where=one.cell.cell,
                    remedy="What was observed of it stays in the history, and is not judged.",
                )
        cells = [self._cells[one.cell.cell] for one in seen]
        records = [
            record
            for one in seen
            for record in records_of(msgspec.structs.replace(one.run, cells=(one.cell,)), Path("history"))
        ]
        finished = max((one.run for one in seen), key=lambda run: run.finished, default=None)
        run = JudgedRun(
            cells,
            selection="",
            harness=finished.harness if finished else "",
            narrowing=Narrowing(probes=("*",)),  # the claims that came later have no probes in it
        )
        releases = tuple(dict.fromkeys(cell.environment.release for cell in cells))
        there = msgspec.structs.replace(self._rules.releases, releases=releases)
        return judge(records, run, msgspec.structs.replace(self._rules, releases=there))

    def _place_of(self, version: str) -> tuple[bool, ...]:
        """Where a version lies with regard to all that claims and expectations tell apart.

        A nightly has another version each night; nobody judges it otherwise for that.
        """
        return (
            *(known.contains(version, prereleases=True) for known in self._ranges_of_claims),
            *(in_range(text, version) for text in self._ranges),
        )
