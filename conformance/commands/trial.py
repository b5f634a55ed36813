"""`trial`: plants defects and shows whether the probes notice."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from conformance.command_line.maintaining import MUTATED_CELLS, MUTATED_MODULES
from conformance.command_line.parsing import Arguments
from conformance.commands.answer import CommandResult
from conformance.commands.selecting import jobs_of
from conformance.environments.catalogue import Releases
from conformance.errors import UsageError
from conformance.fixtures import load_models, verify_fixtures
from conformance.running.cell import harness_version
from conformance.running.exclusive import only_one
from conformance.running.places import Places, default_places
from conformance.running.plan import load_rules
from conformance.running.process import INTERRUPTED, interruptible
from conformance.running.progress import duration
from conformance.trial import mutant_report, report
from conformance.trial.defects import choose, load_defects
from conformance.trial.findings import Judge, judging
from conformance.trial.mutation import Sampling, run_mutant_trial
from conformance.trial.runs import EndedRun, RunSettings
from conformance.trial.trial import TrialSettings, clean_runs, planted_runs, run_trial


def run(arguments: Arguments) -> int | CommandResult:
    """Runs the trial; 0 only where every defect of the library was noticed and there was no false alarm."""
    places = default_places(arguments.reports)
    rules = load_rules()
    releases, judge_one = rules.releases, judging(rules)
    verify_fixtures(load_models(releases))
    try:
        if arguments.mutants is not None:
            return _try_mutants(arguments, places, releases, judge_one)
        return _try_library(arguments, places, releases, judge_one)
    except KeyboardInterrupt:
        print("Interrupted before any defect was tried; nothing is reported.")
        return INTERRUPTED


def _try_library(arguments: Arguments, places: Places, releases: Releases, judge_one: Judge) -> CommandResult:
    if arguments.module:
        raise UsageError("chooses what to mutate.", where="trial, --module", remedy="Give --mutants N as well.")
    defects = choose(load_defects(releases), only=arguments.only, cells=arguments.cell, quick=arguments.quick)
    cells = list(dict.fromkeys(cell for defect in defects for cell in defect.cells))
    with empty_folder(places, "trial") as folder:
        print(
            f"{len(defects)} defects in {len(cells)} cells: {len(clean_runs(cells))} runs without a defect,"
            f" {len(planted_runs(defects, cells))} with one, {jobs_of(arguments)} side by side."
            f" What they leave behind: {folder}",
            flush=True,
        )
        trial = run_trial(defects, _settings(arguments, places, folder, judge_one))
    written = report.write(trial, places.reports)
    for line in report.summary(trial):
        print(line)
    print(f"Report: {written[1]}")
    return CommandResult(trial.exit_code, trial)


def _try_mutants(arguments: Arguments, places: Places, releases: Releases, judge_one: Judge) -> CommandResult:
    if arguments.mutants < 1:
        raise UsageError("none is no trial.", where="trial, --mutants", remedy="Give 1 or more.")
    if arguments.only or arguments.quick:
        raise UsageError(
            "--only and --quick choose from the library.", where="trial, --mutants", remedy="Give one or the other."
        )
    cells = [cell.id for cell in releases.cells_matching(arguments.cell or MUTATED_CELLS)]
    with empty_folder(places, "trial") as folder:
        print(
            f"{arguments.mutants} mutants (seed {arguments.seed}) in each of {len(cells)} cells, after"
            f" {len(clean_runs(cells))} runs without; {jobs_of(arguments)} side by side."
            f" What they leave behind: {folder}",
            flush=True,
        )
        sampling = Sampling(
            cells=tuple(cells),
            modules=tuple(arguments.module or MUTATED_MODULES),
            count=arguments.mutants,
            seed=arguments.seed,
            virtualenvs=places.virtualenvs,
            announce=lambda sentence: print(sentence, flush=True),
        )
        found = run_mutant_trial(sampling, _settings(arguments, places, folder, judge_one))
    written = mutant_report.write(found, places.reports)
    for line in mutant_report.summary(found):
        print(line)
    print(f"Report: {written[1]}")
    return CommandResult(found.exit_code, found)


@contextmanager
def empty_folder(places: Places, name: str) -> Iterator[Path]:
    """An empty folder for what runs leave behind, while no other command of that name runs in the checkout."""
    places.prepare()
    folder = places.reports / name
    with only_one(places.work / f"{name}.lock", f"a {name} run of this checkout"), interruptible():
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        yield folder


def _settings(arguments: Arguments, places: Places, folder: Path, judge_one: Judge) -> TrialSettings:
    return TrialSettings(
        runs=RunSettings(folder, places.root, jobs_of(arguments), print_end),
        judge_one=judge_one,
        harness=harness_version(places.root),
        started=datetime.now(UTC).isoformat(timespec="seconds"),
        brief=arguments.brief,
    )


def print_end(ended: EndedRun, left: int) -> None:
    """Says that a run has ended."""
    problem = f", exit code {ended.code}" if ended.code else ""
    print(f"[{left} to go] {ended.run.name}, {ended.run.cell}: {duration(ended.seconds)}{problem}", flush=True)
