"""`nightly`: measures the nightlies and the release candidate, and tells what no longer holds."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime

from rich.console import Console

from conformance.claims.catalogue import load_claims
from conformance.command_line.parsing import Arguments
from conformance.commands.selecting import jobs_of, limits_of
from conformance.environments.catalogue import Cell, load_releases
from conformance.errors import UsageError
from conformance.evidence import Record
from conformance.fixtures import load_models, verify_fixtures
from conformance.history.store import RunKind
from conformance.judging.baseline import load_baseline
from conformance.judging.judge import judge
from conformance.night import exit_code
from conformance.nightly.archive import FOLDER, Archive
from conformance.nightly.holding import Asked, World, hold_night
from conformance.nightly.laboratory import RealLaboratory
from conformance.reporting.history_report import remember
from conformance.reporting.night_report import FOLDER as NIGHTLY
from conformance.reporting.night_report import write
from conformance.reporting.night_text import render_text
from conformance.results import Results
from conformance.running.cell import harness_version
from conformance.running.exclusive import only_one
from conformance.running.places import default_places
from conformance.running.plan import load_forecasts
from conformance.running.process import INTERRUPTED, interruptible
from conformance.snapshot import snapshot_of


def run(arguments: Arguments) -> int:
    """Holds the night, reports it and keeps it."""
    limits, jobs = limits_of(arguments), jobs_of(arguments)
    today = datetime.now(UTC).date()
    as_of = _past_day(arguments.as_of, today)
    day = as_of or today.isoformat()
    releases, claims, console = load_releases(), load_claims(), Console()
    forecasts = load_forecasts(claims, releases)
    base = default_places(arguments.reports)
    baseline = load_baseline(base.baseline, releases)
    verify_fixtures(load_models(releases))
    places = default_places(base.reports / NIGHTLY)
    places.prepare()
    harness = harness_version(places.root)

    def say(text: str) -> None:
        console.print(text, markup=False, highlight=False, soft_wrap=True)

    def judged(records: Sequence[Record], cells: Sequence[Cell], reused: Sequence[str]) -> Results:
        return judge(
            records,
            claims=claims,
            releases=releases,
            expectations=forecasts,
            planned=cells,
            selection=f"the night of {day}",
            harness=harness,
            reused=reused,
        )

    accepted = {
        (cell.cell, probe): outcome
        for cell in baseline.cells.values()
        for outcome, probes in cell.outcomes.items()
        for probe in probes
    }
    world = World(releases, judged, accepted)
    archive = Archive(places.reports / FOLDER, lambda text: say(f"Earlier nights: {text}"))
    laboratory = RealLaboratory(
        places, releases, claims, console, date=day, as_of=as_of, jobs=jobs, limits=limits, fresh=arguments.fresh
    )
    with only_one(places.work / "matrix.lock", "a matrix of this checkout"), interruptible():
        try:
            only = tuple(arguments.only) or ("*",)
            asked = Asked(day, bool(as_of), limits.examples, harness, places.root, places.reports, only)
            held = hold_night(asked, world, laboratory, archive, say)
        except KeyboardInterrupt:
            say("Interrupted before anything was measured; the records and the reports are as they were.")
            return INTERRUPTED
    write(held.night, held.results, claims, places.reports)
    code = exit_code(held.night)
    say(render_text(held.night, code))
    say(f"Report: {places.reports / 'index.html'}; the night: {places.reports / 'night.md'}")
    archive.keep(held.night, snapshot_of(held.results))
    remember(held.results, RunKind.NIGHTLY, base.reports, console)
    return code


def _past_day(typed: str, today: date) -> str:
    """The day that was asked for, in ISO; empty where none was.

    Raises:
        UsageError: it is no date, or has not begun.
    """
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
