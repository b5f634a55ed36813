"""`explain`: finds a pasted error again, and says what it is, whose doing, in which releases, and what to do."""

from __future__ import annotations

import sys

import msgspec
from rich.console import Console

from conformance.claims.catalogue import load_claims
from conformance.command_line.declaration import CommandResult
from conformance.command_line.parsing import Arguments
from conformance.environments.catalogue import load_releases
from conformance.environments.without_pins import read_tries
from conformance.errors import ExitCode, UsageError
from conformance.explaining.console import describe
from conformance.explaining.explain import Explainer, Explanation
from conformance.explaining.index import all_stated, index_of
from conformance.explaining.installing import install_entries
from conformance.explaining.known_errors import entries_of_models, read_known_errors
from conformance.plain_text import printable
from conformance.results import read_results, results_at
from conformance.running.places import default_places


def run(arguments: Arguments) -> CommandResult:
    """Explains the text that is given, or what is typed or piped in."""
    text = " ".join(arguments.text) or sys.stdin.read()
    if not text.strip():
        raise UsageError("there is no text.", where="explain", remedy='Give it: nox -s explain -- "the error".')
    explanation, source = _explain(text, arguments)
    Console(highlight=False, soft_wrap=True).print(printable(describe(explanation, source)), markup=False)
    code = ExitCode.AS_EXPECTED if explanation.match else ExitCode.UNEXPECTED
    return CommandResult(code, {**msgspec.structs.asdict(explanation), "source": source})


def _explain(text: str, arguments: Arguments) -> tuple[Explanation, str]:
    """By the latest run; what that does not know (it may have been a small one), by the committed index."""
    places = default_places(arguments.reports)
    others = (*install_entries(read_tries(), load_releases()), *entries_of_models())
    latest = results_at(places.reports)
    if latest.exists():
        results = read_results(latest)
        known = Explainer((*others, *index_of(results, all_stated(load_claims())))).explain(text)
        if known.match:
            return known, f"{latest}, {_looked_at(results.run.finished, len(results.environments))}"
    committed = read_known_errors(places.known_errors)
    source = f"{places.known_errors.name}, {_looked_at(committed.finished, committed.cells)}"
    return Explainer((*others, *committed.entries)).explain(text), source


def _looked_at(finished: str, cells: int) -> str:
    """Which run knows it, and how far its releases can be relied on."""
    every = len(load_releases().cells)
    rest = "" if cells == every else "; releases that it did not look at are not listed"
    return f"by the run of {finished[:10]} over {cells} of {every} cells{rest}"
