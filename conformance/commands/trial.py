"""`trial`: plants defects and shows whether the probes notice."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from conformance.command_line.declaration import CommandResult
from conformance.command_line.maintaining import MUTATED_CELLS, MUTATED_MODULES
from conformance.command_line.parsing import Arguments
from conformance.commands.selecting import jobs_of
from conformance.environments.catalogue import Releases
from conformance.errors import UsageError
from conformance.fixtures import load_models, verify_fixtures
from conformance.running.cell import harness_version
from conformance.running.exclusive import only_one
from conformance.running.places import Places, default_places
from conformance.running.plan import load_rules
from conformance.running.progress import duration
from conformance.trial import report
from conformance.trial.defects import choose, load_defects
from conformance.trial.findings import judging
from conformance.trial.mutation import MutantTrial, Sampling, run_mutant_trial
from conformance.trial.runs import EndedRun
from conformance.trial.trial import Trial, TrialSettings, clean_runs, run_trial

Attempt = Callable[[TrialSettings], Trial | MutantTrial]


def run(arguments: Arguments) -> CommandResult:
    """Runs the trial; 0 only where every defect of the library was noticed and there was no false alarm."""
    _refuse_contradictions(arguments)
    places, rules = default_places(arguments.reports), load_rules()
    verify_fixtures(load_models(rules.releases))
    plan, carry_out = (_library if arguments.mutants is None else _mutants)(arguments, rules.releases, places)
    with empty_folder(places, "trial") as folder:
        settings = TrialSettings(
            *(folder, places.root, jobs_of(arguments), print_end),
            judge_one=judging(rules),
            harness=harness_version(places.root),
            started=datetime.now(UTC).isoformat(timespec="seconds"),
            brief=arguments.brief,
            probes=tuple(arguments.probe),
        )
        print(f"{plan}, {settings.jobs} side by side. What they leave behind: {folder}", flush=True)
        found = carry_out(settings)
    written = report.write(found, places.reports)
    for line in report.summary(found):
        print(line)
    print(f"Report: {written[1]}")
    return CommandResult(found.exit_code, found)


def _refuse_contradictions(arguments: Arguments) -> None:
    if arguments.mutants is None:
        if arguments.module:
            raise UsageError("chooses what to mutate.", where="trial, --module", remedy="Give --mutants N as well.")
    elif arguments.mutants < 1:
        raise UsageError("none is no trial.", where="trial, --mutants", remedy="Give 1 or more.")
    elif arguments.only or arguments.quick or arguments.probe:
        raise UsageError(
            "--only, --quick and --probe are about the library.",
            where="trial, --mutants",
            remedy="Give one or the other.",
        )


def _library(arguments: Arguments, releases: Releases, _: Places) -> tuple[str, Attempt]:
    """What is about to be run, in words, and what runs it."""
    defects = choose(load_defects(releases), only=arguments.only, cells=arguments.cell, quick=arguments.quick)
    cells = {cell for defect in defects for cell in defect.cells}
    clean, planted = len(clean_runs([*cells])), sum(len(defect.cells) for defect in defects)
    plan = f"{len(defects)} defects in {len(cells)} cells: {clean} runs without a defect, {planted} with one"
    return plan, lambda settings: run_trial(defects, settings)


def _mutants(arguments: Arguments, releases: Releases, places: Places) -> tuple[str, Attempt]:
    sampling = Sampling(
        cells=tuple(cell.id for cell in releases.cells_matching(arguments.cell or MUTATED_CELLS)),
        modules=tuple(arguments.module or MUTATED_MODULES),
        count=arguments.mutants,
        seed=arguments.seed,
        virtualenvs=places.virtualenvs,
        announce=lambda sentence: print(sentence, flush=True),
    )
    cells, clean = len(sampling.cells), len(clean_runs(sampling.cells))
    plan = f"{sampling.count} mutants (seed {sampling.seed}) in each of {cells} cells, after {clean} runs without"
    return plan, lambda settings: run_mutant_trial(sampling, settings)


@contextmanager
def empty_folder(places: Places, name: str) -> Iterator[Path]:
    """An empty folder for what runs leave behind, while no other command of that name runs in the checkout."""
    places.prepare()
    folder = places.reports / name
    with only_one(places.work / f"{name}.lock", f"a {name} run of this checkout"):
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        yield folder


def print_end(ended: EndedRun, left: int) -> None:
    """Says that a run has ended."""
    problem = f", exit code {ended.code}" if ended.code else ""
    print(f"[{left} to go] {ended.run.name}, {ended.run.cell}: {duration(ended.seconds)}{problem}", flush=True)
