"""What the probes noticed: outcomes and verdicts with a defect, compared with those without."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from fnmatch import fnmatchcase

import msgspec

from conformance.comparing.comparison import compare as compare_results
from conformance.comparing.surprises import exit_code
from conformance.errors import ExitCode
from conformance.evidence import Record
from conformance.judging.judge import JudgedRun, Rules, judge
from conformance.results import Results
from conformance.trial.defects import Defect
from conformance.trial.planted import Trace
from conformance.words import Outcome, Word

MISSING = "missing"  # a probe that was to run and left no observation

Outcomes = Mapping[str, str]


class DefectState(Word):
    """What a trial shows about one defect in one cell."""

    NOTICED = "noticed"
    UNNOTICED = "unnoticed"
    DID_NOT_TAKE = "did-not-take"  # says nothing about the probes: the defect has to be fixed


class DefectEffect(msgspec.Struct, frozen=True):
    """A probe's outcome, or a claim's verdict, without and with the defect."""

    name: str
    before: str
    after: str


class DefectFinding(msgspec.Struct, frozen=True):
    """One defect in one cell.

    Attributes:
        probes: the probes that noticed.
        verdicts: the verdicts that changed, as "claim (way), standing".
        alarm: whether the harness would have exited otherwise than without the defect, the outcomes without it being
            the reviewed baseline.
        where_meant: whether a probe noticed that speaks to a claim which the defect should show in.
        reached: the patched functions that were called at all.
        why: for a defect that did not take, why.
        ended_early: whether the run was ended once a probe had noticed, so that there may be more, and no verdicts.
    """

    defect: str
    cell: str
    state: DefectState
    probes: tuple[DefectEffect, ...] = ()
    verdicts: tuple[DefectEffect, ...] = ()
    alarm: bool = False
    where_meant: bool = False
    reached: tuple[str, ...] = ()
    why: str = ""
    ended_early: bool = False


class Judgement(msgspec.Struct, frozen=True):
    """The verdicts of a record, and the exit code that they amount to."""

    verdicts: dict[str, str]
    code: ExitCode


Judge = Callable[[Record, Record], Judgement]  # of a record, with the other one as its baseline


def judging(rules: Rules) -> Judge:
    """Judges a single record, as a whole run is judged and compared with the reviewed baseline."""

    def results_of(record: Record) -> Results:
        run = JudgedRun([rules.releases.cell(record.header.cell)], "trial", record.header.harness)
        return judge([record], run, rules)

    def judge_one(record: Record, baseline: Record) -> Judgement:
        results = results_of(record)
        results = msgspec.structs.replace(results, changes=compare_results(results, reference=results_of(baseline)))
        verdicts = {
            f"{row.claim}{f' ({row.way})' if row.way else ''}, {row.standing}": (
                f"{row.verdict}{f', {row.qualifier}' if row.qualifier else ''}{'' if row.expected else ', unexpected'}"
            )
            for row in results.verdicts
        }
        return Judgement(verdicts, exit_code(results))

    return judge_one


def outcomes_of(record: Record) -> dict[str, str]:
    """The outcome of every probe that was to run."""
    if record.unavailable:
        return dict.fromkeys(record.plan, Outcome.UNAVAILABLE.value)
    seen = {observation.probe: observation.outcome.value for observation in record.observations}
    return {**dict.fromkeys(record.missing, MISSING), **seen}


def narrowed(record: Record, probes: Sequence[str]) -> Record:
    """The record as if only these probes, by ids or globs, had been asked for; as it is, where there are none."""
    if not probes:
        return record

    def asked_for(probe: str) -> bool:
        return probe in probes or any(fnmatchcase(probe, glob) for glob in probes)

    return msgspec.structs.replace(
        record,
        plan=tuple(probe for probe in record.plan if asked_for(probe)),
        observations=tuple(one for one in record.observations if asked_for(one.probe)),
    )


def differences(runs: Sequence[Outcomes]) -> dict[str, tuple[str, ...]]:
    """The probes whose outcome is not the same in all runs, with the outcome in each."""
    probes = dict.fromkeys(probe for run in runs for probe in run)
    outcomes_by_probe = {probe: tuple(run.get(probe, MISSING) for run in runs) for probe in probes}
    return {probe: outcomes for probe, outcomes in outcomes_by_probe.items() if len(set(outcomes)) > 1}


def compare(
    defect: Defect, clean: Sequence[Record], planted: Record | None, trace: Trace, judge_one: Judge
) -> DefectFinding:
    """What a defect did to the outcomes of a cell.

    A probe notices where its outcome is none that it had without the defect: one that is unsteady by itself proves
    nothing. Where the whole cell is unavailable, every probe is.
    """
    changed = changes(clean, planted) if planted else ()
    noticed = {change.name for change in changed}
    found = DefectFinding(
        defect=defect.id,
        cell=clean[0].header.cell,
        state=DefectState.NOTICED if changed else DefectState.UNNOTICED,
        probes=changed,
        where_meant=any(
            defect.concerns(tested.id)
            for observation in clean[0].observations
            if observation.probe in noticed
            for tested in observation.claims
        ),
        reached=trace.reached,
    )
    if planted is None or trace.trouble or not (planted.footer or changed):
        why = trace.trouble or ("the run was cut short" if planted else "the run left no record; its log says why")
        return DefectFinding(defect.id, found.cell, DefectState.DID_NOT_TAKE, reached=trace.reached, why=why)
    if not planted.footer:
        return msgspec.structs.replace(found, ended_early=True)
    before, after = judge_one(clean[0], clean[0]), judge_one(planted, clean[0])
    verdicts = tuple(
        DefectEffect(name, verdict, after.verdicts.get(name, MISSING))
        for name, verdict in before.verdicts.items()
        if after.verdicts.get(name, MISSING) != verdict
    )
    return msgspec.structs.replace(found, verdicts=verdicts, alarm=after.code is not before.code)


def changes(clean: Sequence[Record], planted: Record) -> tuple[DefectEffect, ...]:
    """The probes whose outcome is none that they had without the defect.

    Of a record that goes on (or was ended), only what it observed counts; of a whole one, what is missing as well.
    """
    before = [outcomes_of(record) for record in clean]
    after = outcomes_of(planted)
    if planted.unavailable:
        after = dict.fromkeys(before[0], Outcome.UNAVAILABLE.value)
    if not planted.footer:
        after = {probe: outcome for probe, outcome in after.items() if outcome != MISSING}
    probes = dict.fromkeys([*before[0], *after] if planted.footer else after)
    return tuple(
        DefectEffect(probe, before[0].get(probe, MISSING), after.get(probe, MISSING))
        for probe in probes
        if after.get(probe, MISSING) not in {run.get(probe, MISSING) for run in before}
    )
