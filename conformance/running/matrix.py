"""The main job: says what will run, runs it, and leaves judged reports behind, whatever happened on the way."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import partial

import msgspec
from rich.console import Console

from conformance.environments import virtualenv
from conformance.environments.catalogue import Cell
from conformance.errors import ExitCode
from conformance.evidence import Record, Unavailable
from conformance.fixtures import load_models, verify_fixtures
from conformance.judging.baseline import load_baseline
from conformance.running.cell import record_unavailable
from conformance.running.exclusive import only_one
from conformance.running.fleet import Fleet
from conformance.running.keys import KeyMaker, Keys
from conformance.running.options import Options
from conformance.running.places import Places
from conformance.running.plan import Reporter, RunPlan, judge_plan, load_rules, write_plan
from conformance.running.progress import Progress, duration, say
from conformance.running.resolving import Resolved, resolve
from conformance.running.reuse_plan import ReusePlan, describe, plan_reuse
from conformance.running.schedule import UNKNOWN_SECONDS, Schedule
from conformance.running.selection import select
from conformance.running.watch import Watch


def run_matrix(options: Options, console: Console, report: Reporter) -> ExitCode:
    """Measures what is not known yet of the selected cells, judges them and writes the reports.

    Everything that can be refused is refused before any work is done.
    """
    rules = load_rules()
    cells = select(options.selection, rules.releases, rules.claims)
    load_baseline(options.places.baseline, rules.releases)
    models = load_models(rules.releases)
    verify_fixtures(models)
    places = options.places
    places.prepare()
    with only_one(places.work / "matrix.lock", "a matrix of this checkout"):
        try:
            resolved = resolve(cells, places, fresh=options.fresh, say=partial(say, console))
            reuse = plan_reuse(cells, options, resolved.locks, lambda: Keys(places.root, rules.claims, models))
        except KeyboardInterrupt:
            say(console, "Interrupted before anything was run; the records and the reports are as they were.")
            return ExitCode.INCOMPLETE
        plan = RunPlan(options.selection, tuple(cell.id for cell in cells), reuse.untouched)
        write_plan(plan, places)
        schedule = Schedule([cell for cell in cells if cell.id not in reuse.untouched], reuse.seconds())
        for line in _announced(cells, options, reuse, schedule):
            say(console, line)
        interrupted = measure(schedule, options, resolved, console, total=len(cells))
        if interrupted:
            console.print("Interrupted. What was observed is judged; the rest is reported as missing.", style="bold")
        results = judge_plan(plan, places, rules, records=reuse.evidence(places))
        code = report(results, rules.claims, places)
        return ExitCode.INCOMPLETE if interrupted and code is ExitCode.AS_EXPECTED else code


class Measured(msgspec.Struct, frozen=True):
    """The evidence of a run."""

    records: tuple[Record, ...]
    reused: tuple[str, ...] = ()  # the cells of which nothing was run, because nothing that they depend on has changed
    interrupted: bool = False  # whether the rest is missing because somebody wanted it to end


def measure_cells(
    cells: Sequence[Cell],
    options: Options,
    resolved: Resolved,
    keys: Callable[[], KeyMaker],
    console: Console,
    unknown: float = UNKNOWN_SECONDS,
) -> Measured:
    """Measures what is not known yet of the cells, side by side, and says before what it will take.

    Args:
        resolved: the locks that are not committed, and the environments that have none.
        keys: makes the keys of everything as it is now.
        unknown: how many seconds a cell may take, where none has been measured yet.

    Raises:
        KeyboardInterrupt: before anything was run.
    """
    reuse = plan_reuse(cells, options, resolved.locks, keys)
    schedule = Schedule([cell for cell in cells if cell.id not in reuse.untouched], reuse.seconds(), unknown)
    for line in (*describe(reuse, cells), *_time_needed(options, reuse, schedule)):
        say(console, line)
    interrupted = measure(schedule, options, resolved, console, total=len(cells))
    return Measured(tuple(reuse.evidence(options.places)), reuse.untouched, interrupted)


def measure(schedule: Schedule, options: Options, resolved: Resolved, console: Console, *, total: int) -> bool:
    """Measures the cells that wait, and records those whose environment is lost; says whether it was interrupted.

    Args:
        total: how many cells there are with those that do not wait, since their records hold.
    """
    places = options.places
    progress = Progress(console, total=total, seconds_left=schedule.seconds_left({}, options.jobs))
    progress.state.done = total - len(schedule.waiting)
    try:
        with progress.shown():
            for cell in schedule.waiting:
                if unavailable := resolved.lost.get(cell.environment.id):
                    schedule.drop(cell)
                    _lose(cell, unavailable, places, progress)
            Fleet(schedule, progress, options, resolved.locks).run()
    except KeyboardInterrupt:
        return True
    return False


def _lose(cell: Cell, unavailable: Unavailable, places: Places, progress: Progress) -> None:
    """Records a cell whose environment could not be resolved."""
    record_unavailable(cell, unavailable, places)
    watch = Watch(places.record(cell.id))
    watch.look()
    progress.state.done += 1
    progress.finished(cell.id, watch, 0.0)


def _announced(cells: Sequence[Cell], options: Options, reuse: ReusePlan, schedule: Schedule) -> Iterator[str]:
    environments = dict.fromkeys(cell.environment.id for cell in cells)
    yield f"Selection: {options.selection}"
    yield f"Cells: {len(cells)} in {len(environments)} environments, {options.jobs} side by side"
    yield from describe(reuse, cells)
    yield from _time_needed(options, reuse, schedule)
    yield f"Records and reports: {options.places.reports}"
    yield ""
    if schedule.waiting:
        yield from (f"  {name}: {', '.join(_modes(cells, name, reuse))}" for name in environments)
        yield ""
        if note := virtualenv.note_on_copies(options.places.virtualenvs):
            yield f"Note: {note}"
            yield ""


def _time_needed(options: Options, reuse: ReusePlan, schedule: Schedule) -> Iterator[str]:
    if waiting := schedule.waiting:
        known = reuse.seconds()
        guessed = sum(cell.id not in known for cell in waiting)
        basis = f"a guess for {guessed} cell{'s' if guessed != 1 else ''}" if guessed else "from earlier records"
        yield f"Time: about {duration(schedule.seconds_left({}, options.jobs))} ({basis}), and what downloading takes"


def _modes(cells: Sequence[Cell], environment_id: str, reuse: ReusePlan) -> list[str]:
    prefix = f"{environment_id}-"
    return [
        cell.id.removeprefix(prefix) + (" (reused)" if cell.id in reuse.untouched else "")
        for cell in cells
        if cell.environment.id == environment_id
    ]
