"""`accept`: makes what was observed the reviewed baseline, after showing how it differs from the one before."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping

import msgspec
from rich.console import Console

from conformance.changes import Comparison, OutcomeChange
from conformance.command_line.declaration import CommandResult
from conformance.command_line.parsing import Arguments
from conformance.commands.selecting import plan_of
from conformance.errors import ExitCode, UsageError
from conformance.explaining.index import all_stated, index_of
from conformance.explaining.known_errors import write_known_errors
from conformance.judging.accepting import Proposal, propose, write_baseline
from conformance.judging.baseline import load_baseline
from conformance.plain_text import counted, printable
from conformance.reporting.diff_views import render_text
from conformance.running.places import Places, default_places
from conformance.running.plan import RunPlan, judge_plan, load_rules
from conformance.words import Change

LIMIT = 8  # entries per list


class Acceptance(msgspec.Struct, frozen=True):
    """What `--json` prints."""

    changes: Comparison | None  # how the latest records differ from the baseline; null where there is none yet
    losing: tuple[OutcomeChange, ...]  # what got worse without a forecast, or is no longer observed
    kept: Mapping[str, str]  # the cells that are not accepted, with the reason
    written: tuple[str, ...]  # the environments whose baseline is, or would be, another
    removed: tuple[str, ...]  # the environments whose baseline goes, since they no longer exist
    accepted: bool  # whether the baseline was written


def run(arguments: Arguments) -> CommandResult:
    """Shows the difference, asks, and writes."""
    rules = load_rules()
    places = default_places(arguments.reports)
    plan = plan_of(arguments, places, rules)
    _refuse_narrowed(plan, places)
    baseline = load_baseline(places.baseline, rules.releases)
    results = judge_plan(plan, places, rules)
    proposal = propose(baseline, results, rules.releases)
    console = Console(highlight=False, soft_wrap=True)
    for line in _shown(results.changes, proposal):
        console.print(line, markup=False)
    code, written = _settle(proposal, arguments, places, console)
    accepted = written or not (proposal or arguments.dry_run)
    whole = set(plan.cells) >= {cell.id for cell in rules.releases.cells}  # a part would not know all errors
    known = index_of(results, all_stated(rules.claims)) if accepted and whole else ()
    if known and write_known_errors(known, results, places.known_errors):
        console.print(f"Written: {places.known_errors}. Commit it.")
    document = Acceptance(
        results.changes, proposal.losing, proposal.kept, proposal.written, proposal.removed, accepted=written
    )
    return CommandResult(code, document)


def _settle(proposal: Proposal, arguments: Arguments, places: Places, console: Console) -> tuple[ExitCode, bool]:
    """Writes the baseline if that is what the user wants; says whether it did."""
    incomplete = ExitCode.INCOMPLETE if proposal.kept else ExitCode.AS_EXPECTED
    if not proposal:
        return incomplete, False
    if arguments.dry_run:
        console.print("Nothing is written: --dry-run.")
        return ExitCode.UNEXPECTED, False
    if proposal.losing and not arguments.regressions:
        console.print(
            f"Nothing is written: {counted(len(proposal.losing), 'observation')} got worse unforecast, or"
            f" {'is' if len(proposal.losing) == 1 else 'are'} no longer made. Fix it, or give it an expectation, or"
            " accept it for good with --regressions."
        )
        return ExitCode.UNEXPECTED, False
    if not arguments.yes and not _agreed(console):
        return ExitCode.UNEXPECTED, False
    write_baseline(proposal, places.baseline)
    console.print(f"Written: {places.baseline}. Commit it.")
    return incomplete, True


def _agreed(console: Console) -> bool:
    """Asks, if there is somebody to ask."""
    if not is_terminal():
        console.print("Nothing is written: there is nobody to ask. Repeat the command with --yes to accept.")
        return False
    answer = input("Accept this as the reviewed baseline? [y/N] ")
    if answer.strip().lower() in ("y", "yes"):
        return True
    console.print("Nothing is written.")
    return False


def is_terminal() -> bool:
    """The seam for whether somebody can answer."""
    return sys.stdin.isatty() and sys.stdout.isatty()


def _refuse_narrowed(plan: RunPlan, places: Places) -> None:
    if plan.selection.narrowing:
        raise UsageError(
            f"the latest matrix ({plan.selection}) tried only a part of each cell, which cannot stand for all of it.",
            where=str(places.plan),
            remedy="Run one that tries everything, or select the cells whose whole records are to be accepted,"
            " e.g. with --only '*'.",
        )


def _shown(changes: Comparison | None, proposal: Proposal) -> Iterator[str]:
    if changes:
        yield printable(render_text(changes, limit=LIMIT))
    else:
        yield "There is no baseline yet.\n"
    yield from _listed("Got worse unforecast, or no longer observed", [_loss(row) for row in proposal.losing])
    yield from _listed("Not accepted", [f"{cell}: {why}" for cell, why in proposal.kept.items()])
    yield from _listed("Environments to be written", list(proposal.written))
    yield from _listed("Environments that no longer exist, to be removed", list(proposal.removed))
    if not proposal:
        yield _settled(proposal)


def _settled(proposal: Proposal) -> str:
    if not proposal.taken:
        return "No cell has complete evidence; nothing is to be written."
    where = f"in the {counted(proposal.taken, 'cell')} with complete evidence" if proposal.kept else "everywhere"
    return f"The baseline is what was observed {where}; nothing is to be written."


def _loss(row: OutcomeChange) -> str:
    what = "worse" if row.change is Change.REGRESSION else "not observed"
    error = f": {row.error}" if row.error else ""
    return f"{what}: {row.probe} in {row.cell}: {row.before} → {row.after}{error}"


def _listed(title: str, entries: list[str]) -> Iterator[str]:
    if entries:
        yield f"{title} ({len(entries)})"
        yield from (f"  {' '.join(printable(entry).split())}" for entry in entries[:LIMIT])
        if len(entries) > LIMIT:
            yield f"  ... and {len(entries) - LIMIT} more"
        yield ""
