"""`bisect`: finds the version in which an outcome changed, and whose doing it is."""

from __future__ import annotations

import shlex
from datetime import UTC, datetime
from functools import partial

from rich.console import Console

from conformance.bisecting.bisection import bisect
from conformance.bisecting.candidates import Axis, Lineup
from conformance.bisecting.environment_tester import VirtualenvTester
from conformance.bisecting.package_index import offered
from conformance.bisecting.question import ask_about
from conformance.bisecting.report import announcement, show_progress, summary, write
from conformance.bisecting.result import Asked
from conformance.claims.catalogue import load_claims
from conformance.command_line.parsing import Arguments, render
from conformance.command_line.watching import BISECT
from conformance.commands.selecting import limits_of
from conformance.environments.catalogue import load_releases
from conformance.errors import ExitCode
from conformance.fixtures import load_models, verify_fixtures
from conformance.running.cell import harness_version
from conformance.running.exclusive import only_one
from conformance.running.places import default_places
from conformance.running.progress import say


def run(arguments: Arguments) -> int:
    """Announces, searches, reports."""
    releases, claims, limits = load_releases(), load_claims(), limits_of(arguments)
    cell = releases.cell(arguments.cell)
    question = ask_about(arguments.about, cell.mode, claims)
    places = default_places(arguments.reports)
    console = Console()
    asked = Asked(
        about=question.about,
        cell=cell.id,
        axis=arguments.axis,
        command=_typed(arguments),
        harness=harness_version(places.root),
        started=datetime.now(UTC).isoformat(timespec="seconds"),
    )
    lineup = Lineup(cell, releases, offered, nightlies=arguments.nightlies)
    candidates = lineup.along(Axis(arguments.axis), arguments.older, arguments.newer)
    for line in announcement(asked, candidates):
        say(console, line)
    if arguments.dry_run:
        return ExitCode.AS_EXPECTED
    verify_fixtures(load_models(releases))
    places.prepare()
    tester = VirtualenvTester(question, releases, claims, places, limits)
    with only_one(places.work / "bisect.lock", "a bisection of this checkout"):
        say(console, f"What the probes print: {tester.log}")
        try:
            found = bisect(candidates, tester, asked, partial(show_progress, console))
        finally:
            tester.tidy()
    written = write(found, places.reports)
    for line in summary(found):
        say(console, line)
    say(console, f"Result: {written[1]}")
    return found.exit_code


def _typed(arguments: Arguments) -> str:
    """The command as it can be typed again."""
    names = ("about", "cell", "older", "newer", "axis", "nightlies")
    return f"{BISECT.typed} {shlex.join(render(BISECT, {name: getattr(arguments, name) for name in names}))}"
