"""A trial by mutants: defects that nobody chose, so that the rate includes those which nobody has thought of."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

import msgspec

from conformance.errors import ExitCode
from conformance.grouping import grouped
from conformance.trial.defects import Defect
from conformance.trial.findings import DefectFinding, DefectState
from conformance.trial.mutants import Mutant, module_of, mutants_of
from conformance.trial.planted import REACH, modules_in
from conformance.trial.runs import TrialRun
from conformance.trial.trial import Trial, TrialSettings, clean_runs, measure_clean, try_defects
from conformance.words import Outcome, Package

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

    def of(self, state: DefectState) -> tuple[tuple[Sampled, DefectFinding], ...]:
        """The mutants of one state, with what was found of them."""
        by_key = {(finding.defect, finding.cell): finding for finding in self.trial.of(state)}
        return tuple((one, by_key[one.id, one.cell]) for one in self.sampled if (one.id, one.cell) in by_key)

    @property
    def survivors(self) -> tuple[Sampled, ...]:
        """The mutants that no probe noticed, or could have."""
        unnoticed = {one for one, _ in self.of(DefectState.UNNOTICED)}
        return tuple(one for one in self.sampled if one in unnoticed or not one.line_reached)

    @property
    def noticed_by_import(self) -> int:
        """How many mutants were noticed because nothing could be imported any more, which takes no probe."""
        return sum(
            all(change.after == Outcome.UNAVAILABLE for change in finding.probes)
            for _, finding in self.of(DefectState.NOTICED)
        )

    @property
    def exit_code(self) -> ExitCode:
        """0 whether or not a mutant survives, since it may be equivalent; else as that of a trial."""
        return msgspec.structs.replace(self.trial, findings=self.trial.of(DefectState.DID_NOT_TAKE)).exit_code


class Sampling(msgspec.Struct, frozen=True):
    """Which mutants are drawn."""

    cells: tuple[str, ...]  # the ids of the cells that they are drawn for
    modules: tuple[str, ...]  # the globs of the modules that are mutated
    count: int  # how many are drawn for each cell
    seed: int  # the same seed draws the same mutants
    virtualenvs: Path  # the folder of the cells' virtualenvs, whose modules are mutated
    announce: Callable[[str], None]  # called with a sentence about each cell once its mutants are drawn


def run_mutant_trial(sampling: Sampling, settings: TrialSettings) -> MutantTrial:
    """Draws mutants for each cell, and ends the run of each once a probe has noticed it.

    Raises:
        KeyboardInterrupt: we were interrupted before any mutant was tried; later, what was tried is returned.
    """
    runs = clean_runs(sampling.cells, second=REACH + ",".join(sampling.modules))
    clean = measure_clean(runs, settings)
    reached = {run.cell: run.trace(settings.folder).reached for run in runs if run.defect}
    sampled: list[Sampled] = []
    candidates: dict[str, int] = {}
    unreached: dict[str, tuple[str, ...]] = {}
    for cell in clean.records:
        modules = modules_in(sampling.virtualenvs / cell, sampling.modules)
        sources = {name: path.read_bytes() for name, path in modules.items()}
        reach = Reach(reached[cell])
        everything = [mutant for name, source in sources.items() for mutant in mutants_of(name, source)]
        reachable = [mutant for mutant in everything if reach.probes_of_function(mutant)]
        left = (f"{mutant.module}:{mutant.function}" for mutant in everything if mutant not in reachable)
        drawn = sample(reachable, sampling.count, f"{sampling.seed}, {cell}")
        sampling.announce(f"{cell}: {len(drawn)} of {len(reachable)} mutants in functions that probes reach.")
        candidates[cell], unreached[cell] = len(reachable), tuple(dict.fromkeys(left))
        sampled += [_sampled(mutant, cell, reach, sources[mutant.module]) for mutant in drawn]
    brief = msgspec.structs.replace(settings, brief=True)
    return MutantTrial(
        schema=SCHEMA,
        seed=sampling.seed,
        modules=sampling.modules,
        candidates=candidates,
        unreached=unreached,
        sampled=tuple(sampled),
        trial=try_defects(as_defects(sampled), [one.run for one in sampled if one.line_reached], clean, brief),
    )


def _sampled(mutant: Mutant, cell: str, reach: Reach, source: bytes) -> Sampled:
    probes = reach.probes_of_statement(mutant)
    only = () if WHILE_NO_PROBE_RUNS in probes else tuple(sorted(probes))
    return Sampled(mutant.id, cell, mutant.function, bool(probes), only, mutant.diff(source))


def as_defects(sampled: Iterable[Sampled]) -> list[Defect]:
    """What a trial tries: each mutant once, with its cells."""
    return [
        Defect(
            id=mutant_id,
            breaks=same[-1].function,
            package=Package(module_of(mutant_id).partition(".")[0]),
            cells=tuple(one.cell for one in same),
            claims=(),
            seconds=PROBE_SECONDS,
        )
        for mutant_id, same in grouped((one.id, one) for one in sampled).items()
    ]


class Reach:
    """Which probes reach which lines, by what a trace calls "MODULE:LINE PROBE"."""

    def __init__(self, reached: Iterable[str]) -> None:
        self._probes: dict[str, dict[int, set[str]]] = {}
        for line_and_probe in reached:
            place, _, probe = line_and_probe.partition(" ")
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
