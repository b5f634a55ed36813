"""The main job: says what will run, runs it, and leaves judged reports behind, whatever happened on the way."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path

import msgspec
from rich.console import Console

from conformance.claims.catalogue import load_claims
from conformance.environments import virtualenv
from conformance.environments.catalogue import Cell, load_releases
from conformance.environments.unavailable import UnavailableError
from conformance.errors import ExitCode
from conformance.fixtures import load_models, verify_fixtures
from conformance.running.cell import Limits, lock_for, record_unavailable
from conformance.running.exclusive import only_one
from conformance.running.fleet import Fleet
from conformance.running.places import Places
from conformance.running.process import interruptible
from conformance.running.progress import Progress, duration
from conformance.running.records import earlier_seconds
from conformance.running.reporting import Plan, judge_and_report, load_forecasts, write_plan
from conformance.running.schedule import Schedule
from conformance.running.selection import Selection, select
from conformance.running.watch import Watch


class Options(msgspec.Struct, frozen=True):
    """How a matrix is run."""

    selection: Selection
    places: Places
    jobs: int
    limits: Limits = Limits()


def default_jobs() -> int:
    """As many cells side by side as this process has processors."""
    return len(os.sched_getaffinity(0))


def run_matrix(options: Options, console: Console) -> ExitCode:
    """Measures the selected cells, judges them and writes the reports.

    Everything that can be refused is refused before any work is done.

    Raises:
        HarnessError: the selection, a data file, a fixture or a folder has to be mended first.
    """
    releases, claims = load_releases(), load_claims()
    cells = select(options.selection, releases, claims)
    load_forecasts(claims, releases)
    verify_fixtures(load_models(releases))
    places = options.places
    places.prepare()
    with only_one(places.work / "matrix.lock", "a matrix of this checkout"), interruptible():
        started = _now()
        plan = Plan(options.selection, tuple(cell.id for cell in cells))
        write_plan(plan, places)
        known = earlier_seconds(cells, places)
        estimate = Schedule(cells, known).seconds_left({}, options.jobs)
        _announce(cells, options, console, estimate=estimate, guessed=len(cells) - len(known))
        interrupted = _measure(cells, options, Progress(console, total=len(cells), seconds_left=estimate))
        if interrupted:
            console.print("Interrupted. What was observed is judged; the rest is reported as missing.", style="bold")
        code = judge_and_report(plan, places, releases, claims, console, since=started)
        return ExitCode.INCOMPLETE if interrupted and code is ExitCode.AS_EXPECTED else code


def _measure(cells: Sequence[Cell], options: Options, progress: Progress) -> bool:
    """Measures the cells; returns whether that was interrupted."""
    places = options.places
    try:
        with progress.shown():
            locks, lost = _resolve(cells, places, progress)
            left = [cell for cell in cells if cell.environment.id not in lost]
            schedule = Schedule(left, earlier_seconds(left, places))
            Fleet(
                schedule,
                progress,
                places,
                jobs=options.jobs,
                narrowing=options.selection.narrowing,
                limits=options.limits,
                locks=locks,
            ).run()
    except KeyboardInterrupt:
        return True
    return False


def _resolve(cells: Sequence[Cell], places: Places, progress: Progress) -> tuple[Mapping[str, Path], set[str]]:
    """Resolves each floating environment once, so that its cells agree on what it is; records those that cannot be."""
    locks: dict[str, Path] = {}
    lost: dict[str, UnavailableError] = {}
    for cell in cells:
        environment = cell.environment
        if not environment.release.floating:
            continue
        if environment.id not in locks and environment.id not in lost:
            progress.note(f"Resolving {environment.id} as of now.")
            try:
                locks[environment.id] = lock_for(environment, places.resolutions)
            except UnavailableError as error:
                lost[environment.id] = error
        if environment.id in lost:
            record_unavailable(cell, lost[environment.id].unavailable, places)
            watch = Watch(places.record(cell.id))
            watch.look()
            progress.state.done += 1
            progress.finished(cell.id, watch, 0.0)
    return locks, set(lost)


def _announce(cells: Sequence[Cell], options: Options, console: Console, *, estimate: float, guessed: int) -> None:
    environments = dict.fromkeys(cell.environment.id for cell in cells)
    basis = f"a guess for {guessed} cells" if guessed else "from earlier records"
    lines = [
        f"Selection: {options.selection}",
        f"Cells: {len(cells)} in {len(environments)} environments, {options.jobs} side by side",
        f"Time: about {duration(estimate)} ({basis}), and what downloading takes",
        f"Records and reports: {options.places.reports}",
        "",
        *(f"  {name}: {', '.join(_modes(cells, name))}" for name in environments),
        "",
    ]
    if note := virtualenv.note_on_copies(options.places.virtualenvs):
        lines += [f"Note: {note}", ""]
    for line in lines:
        console.print(line, markup=False, highlight=False, soft_wrap=True)


def _modes(cells: Sequence[Cell], environment_id: str) -> list[str]:
    prefix = f"{environment_id}-"
    return [cell.id.removeprefix(prefix) for cell in cells if cell.environment.id == environment_id]


def _now() -> datetime:
    """The seam for the date; in whole seconds, as records have it."""
    return datetime.now(UTC).replace(microsecond=0)
