"""A trial by mutants: defects that nobody chose, so that the rate tells of those which nobody has thought of."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

import msgspec

from conformance.errors import ExitCode
from conformance.trial.changed import REACH, modules_in
from conformance.trial.defects import Culprit, Defect
from conformance.trial.findings import Finding, Judge, State
from conformance.trial.mutants import Mutant, module_of, mutants_of
from conformance.trial.runs import EndedRun, TrialRun
from conformance.trial.trial import Trial, clean_runs, measure_clean, try_defects
from conformance.words import Outcome

SCHEMA = "mutants/1"

# Some mutants loop for ever. No probe takes half as long without one, nor does the machine's noise make it.
PROBE_SECONDS = 60.0

WHILE_NO_PROBE_RUNS = ""  # in the place of a probe, what reaches a line while modules are imported


class Sampled(msgspec.Struct, frozen=True):
    """A mutant that was drawn for a cell.

    Attributes:
        line_reached: whether the statement that it changes is reached, and not only the function around it. What is
            not reached cannot be noticed, and is not run.
        probes: those that reach it, which alone are run; none, where it is reached while no probe runs, so that all
            are.
    """

    id: str
    cell: str
    function: str
    line_reached: bool
    probes: tuple[str, ...]
    diff: str

    @property
    def run(self) -> TrialRun:
        """The run that tries it."""
        return TrialRun(self.id, self.cell, self.id, PROBE_SECONDS, self.probes)


class MutantTrial(msgspec.Struct, frozen=True):
    """What a trial by mutants found.

    Attributes:
        modules: the globs of the modules that were mutated.
        candidates: the mutants of each cell that were drawn from: those in functions which its probes reach.
        unreached: the functions of each cell that no probe reaches and that could be mutated, as "MODULE:FUNCTION".
    """

    schema: str
    seed: int
    modules: tuple[str, ...]
    candidates: dict[str, int]
    unreached: dict[str, tuple[str, ...]]
    sampled: tuple[Sampled, ...]
    trial: Trial

    def of(self, state: State) -> tuple[tuple[Sampled, Finding], ...]:
        """The mutants of one state, with what was found of them."""
        by_key = {(finding.defect, finding.cell): finding for finding in self.trial.of(state)}
        return tuple((one, by_key[one.id, one.cell]) for one in self.sampled if (one.id, one.cell) in by_key)

    @property
    def survivors(self) -> tuple[Sampled, ...]:
        """The mutants that no probe noticed, or could have."""
        unnoticed = {one for one, _ in self.of(State.UNNOTICED)}
        return tuple(one for one in self.sampled if one in unnoticed or not one.line_reached)

    @property
    def noticed_by_import(self) -> int:
        """How many mutants were noticed because nothing could be imported any more, which takes no probe."""
        return sum(
            all(change.after == Outcome.UNAVAILABLE for change in finding.probes)
            for _, finding in self.of(State.NOTICED)
        )

    @property
    def exit_code(self) -> ExitCode:
        """0 whether or not a mutant survives, since it may be equivalent; else as that of a trial."""
        if self.trial.false_alarms:
            return ExitCode.UNEXPECTED
        incomplete = self.trial.of(State.DID_NOT_TAKE) or self.trial.broken or self.trial.untried
        return ExitCode.INCOMPLETE if incomplete else ExitCode.AS_EXPECTED


def hold_mutant_trial(
    cells: Sequence[str],
    modules: Sequence[str],
    count: int,
    seed: int,
    folder: Path,
    *,
    virtualenvs: Path,
    root: Path,
    jobs: int,
    judge_one: Judge,
    harness: str,
    started: str,
    tell: Callable[[EndedRun, int], None],
    announce: Callable[[str], None],
) -> MutantTrial:
    """Draws `count` mutants per cell, and ends the run of each once a probe has noticed it.

    Args:
        announce: called with a sentence about each cell once its mutants are drawn.

    Raises:
        KeyboardInterrupt: we were interrupted before any mutant was tried; later, what was tried is returned.
        UsageError: a glob of `modules` matches none of a cell's.
    """
    runs = clean_runs(cells, second=REACH + ",".join(modules))
    clean = measure_clean(runs, folder, root=root, jobs=jobs, tell=tell)
    reached = {run.cell: run.trace(folder).reached for run in runs if run.defect}
    candidates: dict[str, int] = {}
    unreached: dict[str, tuple[str, ...]] = {}
    sampled: list[Sampled] = []
    for cell in clean.records:
        sources = {name: path.read_bytes() for name, path in modules_in(virtualenvs / cell, modules).items()}
        everything = [mutant for name, source in sources.items() for mutant in mutants_of(name, source)]
        reach = Reach(reached[cell])
        reachable = [mutant for mutant in everything if reach.probes_of_function(mutant)]
        drawn = sample(reachable, count, f"{seed}, {cell}")
        announce(f"{cell}: {len(drawn)} of {len(reachable)} mutants in functions that probes reach.")
        candidates[cell] = len(reachable)
        left = {f"{mutant.module}:{mutant.function}": None for mutant in everything if mutant not in reachable}
        unreached[cell] = tuple(left)
        for mutant in drawn:
            probes = reach.probes_of_statement(mutant)
            only = () if WHILE_NO_PROBE_RUNS in probes else tuple(sorted(probes))
            diff = mutant.diff(sources[mutant.module])
            sampled.append(Sampled(mutant.id, cell, mutant.function, bool(probes), only, diff))
    return MutantTrial(
        schema=SCHEMA,
        seed=seed,
        modules=tuple(modules),
        candidates=candidates,
        unreached=unreached,
        sampled=tuple(sampled),
        trial=try_defects(
            as_defects(sampled),
            [one.run for one in sampled if one.line_reached],
            clean,
            folder,
            root=root,
            jobs=jobs,
            judge_one=judge_one,
            harness=harness,
            started=started,
            tell=tell,
            brief=True,
        ),
    )


def as_defects(sampled: Iterable[Sampled]) -> list[Defect]:
    """What a trial tries: each mutant once, with its cells."""
    cells: dict[str, list[str]] = {}
    functions: dict[str, str] = {}
    for one in sampled:
        cells.setdefault(one.id, []).append(one.cell)
        functions[one.id] = one.function
    return [
        Defect(
            id=mutant_id,
            breaks=functions[mutant_id],
            package=Culprit(module_of(mutant_id).partition(".")[0]),
            cells=tuple(where),
            claims=(),
            seconds=PROBE_SECONDS,
        )
        for mutant_id, where in cells.items()
    ]


class Reach:
    """Which probes reach which lines, by what a trace calls "MODULE:LINE PROBE"."""

    def __init__(self, reached: Iterable[str]) -> None:
        self._probes: dict[str, dict[int, set[str]]] = {}
        for told in reached:
            place, _, probe = told.partition(" ")
            module, _, line = place.rpartition(":")
            self._probes.setdefault(module, {}).setdefault(int(line), set()).add(probe)

    def probes_of_function(self, mutant: Mutant) -> set[str]:
        """The probes that reach a line of the function around it."""
        first, last = mutant.body
        lines = self._probes.get(mutant.module, {})
        return {probe for line, probes in lines.items() if first <= line <= last for probe in probes}

    def probes_of_statement(self, mutant: Mutant) -> set[str]:
        """The probes that can meet the change: of a default, those that reach the function that has it."""
        if not mutant.statement:
            return self.probes_of_function(mutant)
        return self._probes.get(mutant.module, {}).get(mutant.statement, set())


def sample(mutants: Sequence[Mutant], count: int, seed: str) -> list[Mutant]:
    """`count` of them, each as likely as any other and always the same for a seed; all, where there are no more."""
    drawn = random.Random(seed).sample(mutants, min(count, len(mutants)))  # noqa: S311 - nothing to keep secret
    return sorted(drawn, key=lambda mutant: (mutant.module, mutant.start, mutant.id))
