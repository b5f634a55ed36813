"""Measures cells with candidates in them, and compares each with the same cell without them."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Protocol

import msgspec

from conformance.candidate.asked import TypedCandidate, refuse_rivals
from conformance.candidate.building import BuiltWheel
from conformance.candidate.repeating import Settled, Sides, settle
from conformance.candidate.replacing import CannotReplaceError, PreparedCandidate, Replaced
from conformance.candidate.result import (
    SCHEMA,
    CandidateCell,
    CandidateFinding,
    CandidateInfo,
    CandidateResult,
    findings_of,
    import_finding,
    ordered,
    problem_of,
)
from conformance.comparing.comparison import compare
from conformance.environments.catalogue import Cell, Environment
from conformance.environments.unavailable import UnavailableError
from conformance.errors import UsageError
from conformance.evidence import Record
from conformance.grouping import grouped
from conformance.judging.judge import WHOLE_CELL, JudgedRun, Rules, judge
from conformance.judging.narrowing import Narrowing
from conformance.plain_text import counted
from conformance.results import Results
from conformance.running.matrix import Measured

_AT_ONCE = 4  # resolutions, which mostly wait for the index


class CandidateDriver(Protocol):
    """What a run needs from outside: the seam that tests replace."""

    def build(self, asked: TypedCandidate) -> BuiltWheel:
        """The wheel of a candidate."""
        ...

    def replace(self, environment: Environment, candidates: Sequence[PreparedCandidate]) -> Replaced:
        """The lock of an environment with the candidates in it.

        Raises:
            CannotReplaceError: they cannot be installed there.
            UnavailableError: the lock cannot be made for another reason.
        """
        ...

    def without(self, cells: Sequence[Cell]) -> Measured:
        """The cells as they are; what is known of them is not observed again."""
        ...

    def with_them(self, cells: Sequence[Cell], locks: Mapping[str, Path], without: Sequence[Record]) -> Measured:
        """The cells with the candidates, by the locks of their environments; says of what is broken at once."""
        ...

    def again(
        self, cells: Sequence[Cell], locks: Mapping[str, Path], probes: Sequence[str]
    ) -> tuple[Measured, Measured]:
        """Some probes of cells, observed anew: without the candidates, and with them."""
        ...


class CandidateRequest(msgspec.Struct, frozen=True):
    """What is asked for."""

    asked: tuple[TypedCandidate, ...]
    cells: tuple[Cell, ...]
    selection: str
    narrowing: Narrowing  # what is tried in each cell
    command: str  # what was typed, and can be again
    reproduce: Callable[[str], str]  # makes the command that measures one cell again
    harness: str
    started: str
    notes: tuple[str, ...] = ()  # what a reader should know of what was chosen to be tried


class CandidateRun(msgspec.Struct, frozen=True):
    """What a run found, and the judged results of the cells with the candidates."""

    result: CandidateResult
    results: Results


class Fitting(msgspec.Struct, frozen=True):
    """Where candidates can be installed, and where not."""

    replaced: dict[str, Replaced]  # the locks, by environment
    cannot: dict[str, str]  # why not, by environment


def run_candidate(
    request: CandidateRequest, rules: Rules, driver: CandidateDriver, say: Callable[[str], None]
) -> CandidateRun:
    """Builds, replaces, measures on both sides, compares.

    Raises:
        UsageError: a candidate cannot be built, or can be installed in none of the environments.
        KeyboardInterrupt: it was interrupted before anything could be compared.
    """
    began = time.monotonic()
    candidates = [PreparedCandidate(asked, driver.build(asked) if asked.path else None) for asked in request.asked]
    refuse_rivals((candidate.asked, candidate.family) for candidate in candidates)
    infos = tuple(map(_info, candidates))
    say(f"Candidate: {'; '.join(map(str, infos))}")
    fitting = fit(_environments(request.cells), candidates, driver)
    if not fitting.replaced:
        raise _nowhere(request, fitting)
    for why, names in grouped((why, name) for name, why in fitting.cannot.items()).items():
        say(f"Left out: {', '.join(names)}: {why}")
    notes = dict.fromkeys(note for replaced in fitting.replaced.values() for note in replaced.notes)
    cells = [cell for cell in request.cells if cell.environment.id in fitting.replaced]
    say(f"Cells: {', '.join(cell.id for cell in cells)}")
    say("Without the candidate:")
    without = driver.without(cells)
    if without.interrupted:  # nothing could be held against what was not observed
        raise KeyboardInterrupt
    say("With the candidate:")
    locks = {name: replaced.path for name, replaced in fitting.replaced.items()}
    with_them = driver.with_them(cells, locks, without.records)
    judged = _Judged(request, cells, rules, without.reused)
    first = judged.of(without.records, with_them.records)

    def measure_again(findings: Sequence[CandidateFinding]) -> Sides:
        say(f"Measured again, with and without the candidate: {len(findings)} of the probes that differ")
        concerned = {one.cell for one in findings}
        again = driver.again(
            [cell for cell in cells if cell.id in concerned], locks, _probes_of(findings, without.records)
        )
        return judged.of(*(side.records for side in again))

    settled = (
        Settled(first, tuple(first.findings)) if with_them.interrupted else settle(first, measure_again, judged.of)
    )
    sides = _by_cell(with_them.records), _by_cell(without.records)
    measured = tuple(_cell(cell, fitting.replaced[cell.environment.id], *sides) for cell in cells)
    result = CandidateResult(
        schema=SCHEMA,
        candidates=infos,
        command=request.command,
        harness=request.harness,
        started=request.started,
        seconds=round(time.monotonic() - began, 1),
        cells=measured,
        cannot=fitting.cannot,
        notes=(*request.notes, *notes, *_notes_on(settled, interrupted=with_them.interrupted)),
        findings=ordered((*settled.findings, *settled.unsteady), measured),
        verdicts=settled.sides.comparison.verdicts,
        packages=settled.sides.comparison.environments,
    )
    return CandidateRun(result, settled.sides.results)


def fit(
    environments: Sequence[Environment], candidates: Sequence[PreparedCandidate], driver: CandidateDriver
) -> Fitting:
    """Puts the candidates into each environment's lock, some side by side."""

    def attempt(environment: Environment) -> Replaced | str:
        try:
            return driver.replace(environment, candidates)
        except CannotReplaceError as error:
            return error.what
        except UnavailableError as error:
            return f"{error.what} {error.remedy}"

    with ThreadPoolExecutor(_AT_ONCE) as executor:
        attempts = dict(zip(environments, executor.map(attempt, environments), strict=True))
    return Fitting(
        {one.id: replaced for one, replaced in attempts.items() if isinstance(replaced, Replaced)},
        {one.id: why for one, why in attempts.items() if isinstance(why, str)},
    )


class _Judged(msgspec.Struct, frozen=True):
    request: CandidateRequest
    cells: Sequence[Cell]
    rules: Rules
    reused: tuple[str, ...]

    def of(self, without: Sequence[Record], with_them: Sequence[Record]) -> Sides:
        """Both sides are judged alike; what no longer holds stands in neither."""
        request = self.request
        plan = JudgedRun(self.cells, request.selection, request.harness, request.narrowing, self.reused)
        results = judge(with_them, msgspec.structs.replace(plan, reused=()), self.rules)
        comparison = compare(results, reference=judge(without, plan, self.rules))
        found = findings_of(comparison, results, {cell.id: request.reproduce(cell.id) for cell in self.cells})
        before, after = _by_cell(without), _by_cell(with_them)
        for cell in self.cells:
            pair = after.get(cell.id), before.get(cell.id)
            if pair[0] and pair[1] and (finding := import_finding(pair[0], pair[1], request.reproduce(cell.id))):
                found.append(finding)
        return Sides(without, with_them, results, comparison, found)


def _probes_of(findings: Iterable[CandidateFinding], records: Iterable[Record]) -> tuple[str, ...]:
    """The probes to run for findings; for a cell that cannot be imported, whichever comes first."""
    first = next((record.plan[0] for record in records if record.plan), "*")
    return tuple(dict.fromkeys(first if one.probe == WHOLE_CELL else one.probe for one in findings))


def _notes_on(settled: Settled, *, interrupted: bool) -> Iterator[str]:
    if interrupted:
        yield "It was interrupted; the rest is missing, and what differs was not measured again."
    elif settled.asked:
        probes = counted(settled.asked, "probe")
        yield f"What differs was measured again, without and with the candidate: {probes}, at least one of each cause."
        if settled.unsteady:
            yield f"{counted(len(settled.unsteady), 'difference')} did not come back: listed as unclear."
        if settled.unmeasured:
            yield f"{counted(settled.unmeasured, 'probe')} could not be observed again, so that the first time counts."


def _cell(
    cell: Cell, replaced: Replaced, with_them: Mapping[str, Record], without: Mapping[str, Record]
) -> CandidateCell:
    now, before = with_them.get(cell.id), without.get(cell.id)
    both = _observed(now) & _observed(before)
    return CandidateCell(
        cell=cell.id,
        environment=cell.environment.id,
        replaced=replaced.changes,
        compared=len(both),
        problem=problem_of(now, before),
        seconds=now.footer.seconds if now and now.footer else 0.0,
    )


def _observed(record: Record | None) -> set[str]:
    return {one.probe for one in record.observations} if record else set()


def _by_cell(records: Iterable[Record]) -> dict[str, Record]:
    return {record.header.cell: record for record in records}


def _environments(cells: Iterable[Cell]) -> list[Environment]:
    return list({cell.environment.id: cell.environment for cell in cells}.values())


def _info(candidate: PreparedCandidate) -> CandidateInfo:
    asked, wheel = candidate.asked, candidate.wheel
    return CandidateInfo(
        option=str(asked.slot),
        typed=asked.typed,
        kind=str(asked.kind),
        package=wheel.name if wheel else asked.name or candidate.family,
        version=wheel.version if wheel else "",
        digest=f"sha256:{wheel.digest}" if wheel else "",
    )


def _nowhere(request: CandidateRequest, fitting: Fitting) -> UsageError:
    reasons = grouped((why, name) for name, why in fitting.cannot.items())
    told = " ".join(f"In {', '.join(names)}: {why}" for why, names in reasons.items())
    return UsageError(
        f"cannot be installed in any of the selected environments. {told}",
        where=" and ".join(asked.where for asked in request.asked),
        remedy="Give another build, or select other environments with --only (`nox -s list` shows all).",
    )
