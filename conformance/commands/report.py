"""`report`: judges and renders the records of earlier runs again."""

from __future__ import annotations

import msgspec
from rich.console import Console

from conformance.claims.catalogue import load_claims
from conformance.command_line.parsing import Arguments
from conformance.commands.answer import CommandResult
from conformance.commands.reporting import RunReporter
from conformance.commands.selecting import places_of, selection_of
from conformance.environments.catalogue import load_releases
from conformance.results import RESULTS_FILE
from conformance.running.places import default_places
from conformance.running.plan import RunPlan, judge_plan, read_plan
from conformance.running.selection import Selection, select


def run(arguments: Arguments) -> CommandResult:
    """Judges and reports."""
    releases, claims = load_releases(), load_claims()
    selection = selection_of(arguments)
    if selection == Selection():
        plan = read_plan(default_places(arguments.reports))
    else:
        plan = RunPlan(selection, tuple(cell.id for cell in select(selection, releases, claims)))
    places = places_of(arguments, plan.selection.narrowing)
    places.prepare()
    code = RunReporter(Console())(judge_plan(plan, places, releases, claims), claims, places)
    return CommandResult(code, msgspec.Raw((places.reports / RESULTS_FILE).read_bytes()))
