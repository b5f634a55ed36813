"""The baseline: what was observed when somebody last looked at it and agreed; `baseline/<environment>.json`, committed.

Each file is the snapshot of one environment, so that a release more is a file more. Outcomes are kept and no verdicts:
the baseline is judged again with every run that is compared with it, under the same claims and expectations, so that
only what was observed can differ. `nox -s accept` writes it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping
from pathlib import Path

import msgspec

from conformance import json_file
from conformance.environments.catalogue import Cell, Releases
from conformance.errors import DataError, near_miss
from conformance.grouping import grouped
from conformance.judging.admission import unreadable
from conformance.judging.judge import JudgedRun, Rules, judge
from conformance.judging.narrowing import Narrowing
from conformance.results import Results, Setting
from conformance.snapshot import SCHEMA, CellSnapshot, Snapshot, records_of, snapshot_of
from conformance.words import Outcome

_REMEDY = "Restore it from version control, or accept the baseline anew."


class Baseline(msgspec.Struct, frozen=True):
    """The reviewed outcomes of all environments."""

    folder: Path
    snapshots: Mapping[str, Snapshot]  # one per environment, by its id, in alphabetical order

    def __bool__(self) -> bool:
        """Whether anything was ever accepted."""
        return bool(self.snapshots)

    @property
    def cells(self) -> dict[str, CellSnapshot]:
        """All cells by their ids."""
        return {cell.cell: cell for snapshot in self.snapshots.values() for cell in snapshot.cells}

    @property
    def outcomes(self) -> dict[tuple[str, str], Outcome]:
        """The outcome of each probe, by cell and probe."""
        return {
            (cell.cell, probe): outcome
            for cell in self.cells.values()
            for outcome, probes in cell.outcomes.items()
            for probe in probes
        }

    def notes(self, releases: Releases) -> Iterator[str]:
        """What it has that exists no more, each in a sentence."""
        environments = {environment.id for environment in releases.environments}
        cells = {cell.id for cell in releases.cells}
        for environment, snapshot in self.snapshots.items():
            if environment not in environments:
                yield (
                    f'The baseline is of "{environment}" as well, which is no environment any more. '
                    f"{near_miss(environment, environments)} `nox -s accept` removes it."
                )
                continue
            for cell in snapshot.cells:
                if cell.cell not in cells:
                    yield (
                        f'The baseline is of "{cell.cell}" as well, which is no cell any more. '
                        f"{near_miss(cell.cell, cells)} `nox -s accept` removes it."
                    )


def load_baseline(folder: Path, releases: Releases) -> Baseline:
    """Reads the baseline; a folder that does not exist is one that nothing was accepted into."""
    cells = {cell.id: cell for cell in releases.cells}
    return Baseline(folder, {path.stem: _load(path, cells) for path in sorted(folder.glob("*.json"))})


def judged_like(results: Results, baseline: Baseline, narrowing: Narrowing, rules: Rules) -> Results:
    """What the baseline says about the cells of a run, judged as the run was; None of another cell takes part.

    Args:
        narrowing: how the run was narrowed. Of a narrowed run's cells only the probes that it observed are compared,
            since all others are missing on purpose.
    """
    tried = grouped((row.cell, row.probe) for row in results.observations)
    speaks = {row.probe: row.claims for row in results.observations}
    planned = [cell for cell in rules.releases.cells if cell.id in results.run.cells_planned]
    wanted = {cell.id for cell in planned}
    parts = [
        msgspec.structs.replace(
            snapshot,
            probes={**snapshot.probes, **speaks},  # what a probe speaks to today
            cells=tuple(
                _only(cell, set(tried.get(cell.cell, ()))) if narrowing else cell
                for cell in snapshot.cells
                if cell.cell in wanted
            ),
        )
        for snapshot in baseline.snapshots.values()
    ]
    taken = [part for part in parts if part.cells]
    alike = _alike(results, taken)
    judged = judge(
        [record for part in taken for record in records_of(part, baseline.folder) if record.header.cell not in alike],
        JudgedRun(planned, "the baseline", ", ".join(sorted({part.harness for part in taken})), narrowing),
        rules,
    )
    ended = [part.finished for part in taken]
    return msgspec.structs.replace(
        judged,
        run=msgspec.structs.replace(judged.run, started=min(ended, default=""), finished=max(ended, default="")),
        environments=(*judged.environments, *_settings(results, alike)),
        observations=(*judged.observations, *(row for row in results.observations if row.cell in alike)),
        verdicts=(*judged.verdicts, *(row for row in results.verdicts if row.cell in alike)),
    )


def _alike(results: Results, parts: Iterable[Snapshot]) -> dict[str, CellSnapshot]:
    """The cells of the baseline in which the run observed just the same; their verdicts are the run's own.

    In most runs these are nearly all cells, and judging them again would take seconds.
    """
    observed = {cell.cell: cell for cell in snapshot_of(results).cells}
    return {
        cell.cell: cell
        for part in parts
        for cell in part.cells
        if cell.cell in observed and _seen(cell) == _seen(observed[cell.cell])
    }


def _seen(cell: CellSnapshot) -> tuple[object, ...]:
    """All that verdicts depend on."""
    return (
        cell.tf,
        cell.hub,
        cell.outcomes,
        cell.errors,
        cell.repeated,
        bool(cell.missing),
        bool(cell.unavailable),
    )


def _settings(results: Results, alike: Mapping[str, CellSnapshot]) -> Iterator[Setting]:
    """The settings of these cells as the baseline has them, as far as they are compared."""
    for row in results.environments:
        if cell := alike.get(row.cell):
            yield msgspec.structs.replace(row, packages=cell.packages, lock=cell.lock, started=cell.started)


def _load(path: Path, known: Mapping[str, Cell]) -> Snapshot:
    snapshot = json_file.read(path, Snapshot, SCHEMA, remedy=_REMEDY, refuse=DataError)
    for cell in snapshot.cells:
        if problem := next(_problems(cell, path.stem, known.get(cell.cell)), ""):
            raise DataError(problem, where=f'{path}, cell "{cell.cell}"', remedy=_REMEDY)
    if len({cell.cell for cell in snapshot.cells}) != len(snapshot.cells):
        raise DataError("has two cells of one id.", where=str(path), remedy=_REMEDY)
    return snapshot


def _problems(cell: CellSnapshot, environment: str, known: Cell | None) -> Iterator[str]:
    """What `nox -s accept` never writes: somebody has edited the file, or merged two."""
    if cell.environment != environment:
        yield f'is of the environment "{cell.environment}", and its file is named after another.'
    for stated, asked in ((cell.mode, known.mode), (cell.keras, known.keras)) if known else ():
        if stated != asked:
            yield f'states "{stated}", but its cell has "{asked}".'
    times = Counter(probe for probes in cell.outcomes.values() for probe in probes)
    yield from (f'has two outcomes of "{probe}".' for probe, count in times.items() if count > 1)
    for probe in (*cell.errors, *cell.repeated):
        if probe not in times:
            yield f'names "{probe}", which has no outcome. {near_miss(probe, times)}'
    yield from unreadable([cell.started], {"tensorflow": cell.tf, "tensorflow_hub": cell.hub} if cell.packages else {})


def _only(cell: CellSnapshot, probes: Collection[str]) -> CellSnapshot:
    """The cell as if only these probes had been tried."""
    kept: dict[Outcome, tuple[str, ...]] = {
        outcome: found
        for outcome, named in cell.outcomes.items()
        if (found := tuple(probe for probe in named if probe in probes))
    }
    return msgspec.structs.replace(
        cell,
        outcomes=kept,
        errors={probe: error for probe, error in cell.errors.items() if probe in probes},
        repeated=tuple(probe for probe in cell.repeated if probe in probes),
    )
