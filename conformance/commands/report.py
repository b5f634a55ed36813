"""`report`: judges and renders the records of earlier runs again."""

from __future__ import annotations

import msgspec
from rich.console import Console

from conformance.command_line.declaration import CommandResult
from conformance.command_line.parsing import Arguments
from conformance.commands.reporting import RunReporter
from conformance.commands.selecting import places_of, plan_of
from conformance.results import RESULTS_FILE
from conformance.running.places import default_places
from conformance.running.plan import judge_plan, load_rules


def run(arguments: Arguments) -> CommandResult:
    """Judges and reports."""
    rules = load_rules()
    plan = plan_of(arguments, default_places(arguments.reports), rules)
    places = places_of(arguments, plan.selection.narrowing)
    places.prepare()
    code = RunReporter(Console())(judge_plan(plan, places, rules), rules.claims, places)
    return CommandResult(code, msgspec.Raw((places.reports / RESULTS_FILE).read_bytes()))
