"""`nightly`: measures the nightlies and the release candidate, and reports what no longer holds."""

from __future__ import annotations

from datetime import UTC, date, datetime
from functools import partial

from rich.console import Console

from conformance.command_line.parsing import Arguments
from conformance.commands.selecting import jobs_of, limits_of
from conformance.errors import ExitCode, UsageError
from conformance.fixtures import load_models, verify_fixtures
from conformance.history.store import FOLDER, History, RunKind
from conformance.judging.baseline import load_baseline
from conformance.night import exit_code
from conformance.nightly.driver import NightlyDriver
from conformance.nightly.run import NightlyRequest, run_nightly
from conformance.reporting.history_report import remember
from conformance.reporting.night_report import FOLDER as NIGHTLY
from conformance.reporting.night_report import write
from conformance.reporting.night_text import render_text
from conformance.running.cell import harness_version
from conformance.running.exclusive import only_one
from conformance.running.options import Options
from conformance.running.places import default_places
from conformance.running.plan import load_rules
from conformance.running.progress import say
from conformance.running.selection import Selection


def run(arguments: Arguments) -> int:
    """Runs the night, reports it and adds it to the history."""
    limits, jobs = limits_of(arguments), jobs_of(arguments)
    today = datetime.now(UTC).date()
    as_of = _past_day(arguments.as_of, today)
    day = as_of or today.isoformat()
    rules, console = load_rules(), Console()
    tell = partial(say, console)
    base = default_places(arguments.reports)
    accepted = load_baseline(base.baseline, rules.releases).outcomes
    verify_fixtures(load_models(rules.releases))
    places = default_places(base.reports / NIGHTLY)
    places.prepare()
    harness = harness_version(places.root)

    history = History(base.reports / FOLDER, lambda text: tell(f"Earlier nights: {text}"))
    options = Options(Selection(), places, jobs, limits, arguments.fresh)
    driver = NightlyDriver(options, rules, console, date=day, as_of=as_of)
    with only_one(places.work / "matrix.lock", "a matrix of this checkout"):
        only = tuple(arguments.only) or ("*",)
        request = NightlyRequest(day, bool(as_of), limits.examples, harness, places.root, places.reports, only)
        done = run_nightly(request, rules, accepted, driver, history, tell)
    write(done.night, done.results, rules.claims, places.reports)
    code = exit_code(done.night)
    tell(render_text(done.night, code))
    tell(f"Report: {places.reports / 'index.html'}; the night: {places.reports / 'night.md'}")
    remembered = remember(done.results, RunKind.NIGHTLY, base.reports, console, night=done.night)
    return ExitCode.INCOMPLETE if code is ExitCode.AS_EXPECTED and not remembered else code


def _past_day(typed: str, today: date) -> str:
    """The day that was asked for, in ISO; empty where none was."""
    if not typed:
        return ""
    try:
        day = date.fromisoformat(typed)
    except ValueError as error:
        raise UsageError(
            f'"{typed}" is no date.', where="--as-of", remedy=f"Write it as in {today.isoformat()}."
        ) from error
    if day > today:
        raise UsageError(f"{day} has not begun.", where="--as-of", remedy="Name today or an earlier day.")
    return day.isoformat()
