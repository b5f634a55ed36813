"""Builds wheels, writes locks and measures cells for a run with candidates."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path

import msgspec
from rich.console import Console

from conformance.candidate.announcing import Announcer
from conformance.candidate.asked import TypedCandidate
from conformance.candidate.building import BuiltWheel, build
from conformance.candidate.impact import WHEELS
from conformance.candidate.replacing import PreparedCandidate, Replaced, replace_in
from conformance.claims.catalogue import Catalogue
from conformance.environments.catalogue import Cell, Environment
from conformance.environments.lock_file import read_lock
from conformance.evidence import Record
from conformance.fixtures import Model
from conformance.inside.cell import glob_matches
from conformance.judging.narrowing import Narrowing
from conformance.running.cell import lock_for
from conformance.running.keys import Keys
from conformance.running.matrix import Measured, measure_cells
from conformance.running.options import Options
from conformance.running.places import Places
from conformance.running.progress import say
from conformance.running.resolving import Resolved
from conformance.running.reuse_plan import describe, plan_reuse

VIRTUALENVS = "candidate-cells"  # below .nox: `candidate` is nox's own, the session's virtualenv


class RealCandidateDriver:
    """The real thing."""

    def __init__(
        self,
        options: Options,  # how the cells are measured, and where the reports of the whole matrix are
        home: Places,  # of the run: its records are kept apart from those of released packages
        claims: Catalogue,
        models: tuple[Model, ...],
        floating: Resolved,  # the locks of floating environments
        console: Console,
    ) -> None:
        self._options = options
        self._home = home
        self._floating = floating
        self._console = console
        self._claims = claims
        self._keys = partial(Keys, home.root, claims, models)

    def build(self, asked: TypedCandidate) -> BuiltWheel:
        """The wheel of a candidate, kept below .nox."""
        return build(asked, self._home.work / WHEELS)

    def replace(self, environment: Environment, candidates: Sequence[PreparedCandidate]) -> Replaced:
        """The lock of an environment with the candidates in it, among the run's reports."""
        committed = self._floating.locks.get(environment.id) or lock_for(environment, self._home.resolutions)
        path = self._home.reports / "locks" / f"{environment.id}.txt"
        return replace_in(read_lock(committed), environment, candidates, path)

    def without(self, cells: Sequence[Cell]) -> Measured:
        """The cells as they are, from the records of the matrix where they hold, or else measured into them."""
        if narrowing := self._options.selection.narrowing:
            places = msgspec.structs.replace(self._options.places, narrowed=False)
            selection = msgspec.structs.replace(self._options.selection, narrowing=Narrowing())
            whole = msgspec.structs.replace(self._options, places=places, selection=selection)
            reuse = plan_reuse(cells, whole, self._floating.locks, self._keys)
            if set(reuse.untouched) == {cell.id for cell in cells}:
                for line in describe(reuse, cells):
                    say(self._console, line)
                records = [_narrowed(record, narrowing) for record in reuse.evidence(places)]
                return Measured(tuple(records), reuse.untouched)
        return measure_cells(cells, self._options, self._floating, self._keys, self._console)

    def with_them(self, cells: Sequence[Cell], locks: Mapping[str, Path], without: Sequence[Record]) -> Measured:
        """The cells with the candidates, in virtualenvs of their own."""
        options = msgspec.structs.replace(self._options, places=self._home)
        announcer = Announcer(without, self._home, self._claims, partial(say, self._console))
        with announcer.running():
            return measure_cells(cells, options, Resolved(dict(locks)), self._keys, self._console)

    def again(
        self, cells: Sequence[Cell], locks: Mapping[str, Path], probes: Sequence[str]
    ) -> tuple[Measured, Measured]:
        """Some probes of cells, observed anew on both sides, and kept apart from what was observed first."""
        narrowed = msgspec.structs.replace(self._options.selection, narrowing=Narrowing(probes=tuple(probes)))
        sides = (
            ("without", self._options.places.cells, self._floating),
            ("with", self._home.cells, Resolved(dict(locks))),
        )
        measured = []
        for name, virtualenvs, resolved in sides:
            places = Places(self._home.root, self._home.reports / "again" / name, narrowed=True, cells=virtualenvs)
            places.prepare()
            options = msgspec.structs.replace(self._options, selection=narrowed, places=places, fresh=True, first=())
            measured.append(measure_cells(cells, options, resolved, self._keys, self._console))
        return measured[0], measured[1]


def _narrowed(record: Record, narrowing: Narrowing) -> Record:
    """The part of a whole cell's record that a narrowed run would have made."""

    def is_meant(probe: str) -> bool:
        return not narrowing.probes or any(glob_matches(glob, probe) for glob in narrowing.probes)

    return msgspec.structs.replace(
        record,
        plan=tuple(probe for probe in record.plan if is_meant(probe)),
        observations=tuple(one for one in record.observations if is_meant(one.probe)),
    )
