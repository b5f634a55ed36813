"""The trial: every chosen defect in each of its cells, against two runs of the cell without it."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress

import msgspec

from conformance.errors import ExitCode
from conformance.evidence import Record
from conformance.grouping import grouped
from conformance.trial.defects import Defect
from conformance.trial.findings import (
    DefectFinding,
    DefectState,
    Judge,
    changes,
    compare,
    differences,
    narrowed,
    outcomes_of,
)
from conformance.trial.inside.planting import NO_DEFECT
from conformance.trial.runs import EndedRun, RunSettings, TrialRun, run_all

SCHEMA = "trial/1"


class FalseAlarm(msgspec.Struct, frozen=True):
    """A probe whose outcome differed although nothing was planted."""

    cell: str
    probe: str
    outcomes: tuple[str, ...]


class Trial(msgspec.Struct, frozen=True):
    """What a trial found.

    Attributes:
        clean: the cells, with the number of probes that ran in each.
        probes: the globs of the only probes that were run; all, where there are none.
        broken: the cells that could not be measured without a defect, with why; none of their defects was tried.
        untried: the runs that an interruption left out, as "defect, cell".
        seconds: wall time of each run, by "name, cell".
    """

    schema: str
    harness: str
    started: str
    defects: tuple[Defect, ...]
    clean: dict[str, int]
    broken: dict[str, str]
    false_alarms: tuple[FalseAlarm, ...]
    findings: tuple[DefectFinding, ...]
    untried: tuple[str, ...]
    seconds: dict[str, float]
    probes: tuple[str, ...] = ()

    def of(self, state: DefectState) -> tuple[DefectFinding, ...]:
        """The findings of one state."""
        return tuple(finding for finding in self.findings if finding.state is state)

    @property
    def noticed(self) -> tuple[str, ...]:
        """The defects that were noticed in every cell in which they were tried."""
        states = grouped((finding.defect, finding.state) for finding in self.findings)
        return tuple(defect for defect, found in states.items() if set(found) == {DefectState.NOTICED})

    @property
    def exit_code(self) -> ExitCode:
        """0 where every defect was noticed and nothing else; 4 where something could not be tried."""
        if self.of(DefectState.UNNOTICED) or self.false_alarms:
            return ExitCode.UNEXPECTED
        incomplete = self.of(DefectState.DID_NOT_TAKE) or self.broken or self.untried
        return ExitCode.INCOMPLETE if incomplete else ExitCode.AS_EXPECTED


class Clean(msgspec.Struct, frozen=True):
    """What the cells give without a defect."""

    records: dict[str, list[Record]]  # of each cell that can be compared with
    broken: dict[str, str]  # why the others cannot
    ended: list[EndedRun]

    def of(self, run: TrialRun) -> list[Record]:
        """The records to compare a run with, narrowed to the probes that it runs."""
        return [narrowed(record, run.probes) for record in self.records[run.cell]]

    @property
    def false_alarms(self) -> tuple[FalseAlarm, ...]:
        """The probes whose outcome differs between the runs of a cell."""
        return tuple(
            FalseAlarm(cell, probe, outcomes)
            for cell, records in self.records.items()
            for probe, outcomes in differences([outcomes_of(record) for record in records]).items()
        )


def clean_runs(cells: Sequence[str], second: str = NO_DEFECT, probes: tuple[str, ...] = ()) -> list[TrialRun]:
    """Two runs without a defect: the cell as it is, and with the means of planting in place."""
    return [
        run
        for cell in cells
        for run in (TrialRun("clean-1", cell, probes=probes), TrialRun("clean-2", cell, second, probes=probes))
    ]


class TrialSettings(RunSettings, frozen=True):
    """How a trial is made.

    Attributes:
        judge_one: judges a record with a defect and one without.
        harness: the commit of the checkout.
        started: when, ISO 8601.
        brief: end each run once a probe has noticed: enough to know that, not to know which others and which verdicts.
        probes: the only probes to run, by globs; all, where there are none.
    """

    judge_one: Judge
    harness: str
    started: str
    brief: bool = False
    probes: tuple[str, ...] = ()


def run_trial(defects: Sequence[Defect], settings: TrialSettings) -> Trial:
    """Makes all runs and compares them.

    Raises:
        KeyboardInterrupt: we were interrupted before any defect was tried; later, what was tried is returned.
    """
    clean = measure_clean(
        clean_runs(list(dict.fromkeys(cell for defect in defects for cell in defect.cells)), probes=settings.probes),
        settings,
    )
    runs = [
        TrialRun(defect.id, cell, defect.id, defect.seconds, settings.probes)
        for defect in defects
        for cell in defect.cells
        if cell in clean.records
    ]
    return try_defects(defects, runs, clean, settings)


def measure_clean(runs: Sequence[TrialRun], settings: RunSettings) -> Clean:
    """Makes the runs without a defect, and finds the cells that can be compared with."""
    ended = run_all(runs, settings)
    clean: dict[str, list[Record]] = {}
    broken: dict[str, str] = {}
    for cell, same in grouped((run.cell, run.record(settings.folder)) for run in runs).items():
        records = [one for one in same if one and one.footer and one.observations and not one.unavailable]
        if len(records) == len(same):
            clean[cell] = records
        else:
            reasons = [one.unavailable.reason for one in same if one and one.unavailable]
            broken[cell] = reasons[0] if reasons else "a run without a defect left no observations; its log says why"
    return Clean(clean, broken, ended)


def try_defects(defects: Sequence[Defect], runs: Sequence[TrialRun], clean: Clean, settings: TrialSettings) -> Trial:
    """Makes the runs with a defect, in cells that are clean, and compares; after an interruption, what it tried."""
    folder, ended = settings.folder, list(clean.ended)

    def enough(run: TrialRun) -> bool:
        record = run.record(folder) if settings.brief else None
        return record is not None and bool(changes(clean.of(run), record))

    def keep_and_report(one: EndedRun, left: int) -> None:
        ended.append(one)
        settings.report(one, left)

    with suppress(KeyboardInterrupt):
        run_all(runs, msgspec.structs.replace(settings, report=keep_and_report), enough)
    tried = [run for run in runs if run in [one.run for one in ended]]
    by_id = {defect.id: defect for defect in defects}
    return Trial(
        schema=SCHEMA,
        harness=settings.harness,
        started=settings.started,
        defects=tuple(defects),
        clean={cell: len(outcomes_of(records[0])) for cell, records in clean.records.items()},
        broken=clean.broken,
        false_alarms=clean.false_alarms,
        findings=tuple(
            compare(by_id[run.name], clean.of(run), run.record(folder), run.trace(folder), settings.judge_one)
            for run in tried
        ),
        untried=tuple(f"{run.name}, {run.cell}" for run in runs if run not in tried),
        seconds={f"{one.run.name}, {one.run.cell}": one.seconds for one in ended},
        probes=settings.probes,
    )
