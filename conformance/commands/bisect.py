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
from conformance.bisecting.question import Question, ask_about, ask_about_use
from conformance.bisecting.report import announcement, show_progress, summary, write
from conformance.bisecting.result import Asked
from conformance.claims.catalogue import Catalogue, load_claims
from conformance.command_line.parsing import Arguments, render
from conformance.command_line.watching import BISECT
from conformance.commands.selecting import limits_of
from conformance.environments.catalogue import Cell, Releases, load_releases
from conformance.errors import ExitCode
from conformance.exchange.golden import all_manifests
from conformance.exchange.producing import store_in
from conformance.exchange.store import classes_of
from conformance.fixtures import load_models, verify_fixtures
from conformance.running.cell import harness_version
from conformance.running.exchange_subject import USE
from conformance.running.exclusive import only_one
from conformance.running.places import Places, default_places
from conformance.running.progress import say


def run(arguments: Arguments) -> int:
    """Announces, searches, reports."""
    releases, claims, limits = load_releases(), load_claims(), limits_of(arguments)
    cell = releases.cell(arguments.cell)
    places = default_places(arguments.reports)
    question = _question(arguments.about, cell, releases, claims, places)
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


def _question(about: str, cell: Cell, releases: Releases, claims: Catalogue, places: Places) -> Question:
    """What is asked: about a probe or a claim, or about a use of a model that some release has made."""
    if not about.startswith(f"{USE}."):
        return ask_about(about, cell.mode, claims)
    store = store_in(places.reports)
    classes = classes_of(all_manifests(store), [one.id for one in releases.cells])
    return ask_about_use(about, store, classes, claims)


def _typed(arguments: Arguments) -> str:
    """The command as it can be typed again."""
    names = ("about", "cell", "older", "newer", "axis", "nightlies")
    return f"{BISECT.typed} {shlex.join(render(BISECT, {name: getattr(arguments, name) for name in names}))}"
