"""`nightly`: measures the nightlies and the release candidate, and tells what no longer holds."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from datetime import UTC, date, datetime

from rich.console import Console

from conformance.claims.catalogue import load_claims
from conformance.commands.selecting import add_limits, add_reports, limits_of
from conformance.environments.catalogue import Cell, load_releases
from conformance.errors import UsageError
from conformance.evidence import Record
from conformance.fixtures import load_models, verify_fixtures
from conformance.history.remembering import remember
from conformance.history.store import Kind
from conformance.judging.baseline import load_baseline
from conformance.judging.judge import judge
from conformance.nightly.archive import FOLDER, Archive
from conformance.nightly.holding import Asked, World, hold_night
from conformance.nightly.laboratory import RealLaboratory
from conformance.nightly.night import exit_code
from conformance.nightly.report import FOLDER as NIGHTLY
from conformance.nightly.report import write
from conformance.nightly.told import render_text
from conformance.results import Results
from conformance.running.cell import Limits, harness_version
from conformance.running.exclusive import only_one
from conformance.running.matrix import default_jobs
from conformance.running.places import default_places
from conformance.running.process import INTERRUPTED, interruptible
from conformance.running.reporting import load_forecasts
from conformance.snapshot import snapshot_of

EXAMPLES = 25

DESCRIPTION = """\
Measure the newest tf-nightly (with its Keras nightlies, with tensorflow_hub and with its nightly) and the release
candidate, if there is one, beside the newest release; compare each cell with that release and with the night before.

A regression that is suspected is repeated in an environment built anew from the same lock. It is confirmed, or it is
flaky (then it is repeated once more) and no alarm. One that an earlier night confirmed is told as standing, with the
night since which it is there. The plain line (pip install tensorflow tensorflow_hub) is installed and imported as well.

Everything is resolved as of now or, with --as-of, as of the end of a past day (UTC), so that any night can be replayed;
the night before is then the latest of the nights kept that stands for an earlier day.
"""

EPILOG = """\
examples:
  nightly                        tonight
  nightly --as-of 2026-10-20     a past night, as it would have been (the index has to tell upload times)
  nightly --examples 100 --fresh
  nightly --only 'tfnightly-hub0.16-tf2-*'

what it leaves in reports/nightly/: night.md (one screen), night.json (night.schema.json), the usual reports of its
cells, the locks of the night, and in nights/ what the next night compares itself with. Keep that folder.

exit codes:
  0  no regression that asks for anybody; flaky, fixed and reviewed ones are told
  1  a confirmed regression, new or standing since an earlier night, that nobody has reviewed (no expectation forecasts
     it, and the baseline does not have it); or the plain line imported the night before and no longer does
  2  usage
  4  something was not measured (the index cannot be reached, say), or is suspected and could not be repeated
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Adds the command's options."""
    parser.description, parser.epilog = DESCRIPTION, EPILOG
    parser.add_argument("--as-of", default="", metavar="DATE", help="replay the night of a past day: 2026-10-20")
    parser.add_argument(
        "--only",
        action="append",
        default=[],
        metavar="GLOB",
        help="only these of the night's cells, by id: '*-tf2-keras3'; what they are measured against comes along",
    )
    parser.add_argument("--jobs", type=int, metavar="N", help="cells side by side (default: as many as processors)")
    parser.add_argument("--fresh", action="store_true", help="observe again what has not changed since it was observed")
    add_limits(parser, Limits(examples=EXAMPLES))
    add_reports(parser)


def run(arguments: argparse.Namespace) -> int:
    """Holds the night, reports it and keeps it."""
    limits, jobs = limits_of(arguments), default_jobs() if arguments.jobs is None else arguments.jobs
    if jobs < 1:
        raise UsageError(f"{jobs} cells cannot run side by side.", where="--jobs", remedy="Give 1 or more.")
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
    remember(held.results, Kind.NIGHTLY, base.reports, console)
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
