"""Writes the reports of a judged run, prints its summary, and adds it to the history."""

from __future__ import annotations

import msgspec
from rich.console import Console

from conformance.claims.catalogue import Catalogue
from conformance.comparing.surprises import exit_code
from conformance.errors import ExitCode
from conformance.history.store import RunKind
from conformance.reporting.console import print_summary
from conformance.reporting.history_page import PAGE
from conformance.reporting.history_report import remember
from conformance.reporting.writing import HTML, write_reports
from conformance.results import Results
from conformance.running.places import Places


class RunReporter(msgspec.Struct, frozen=True):
    """Reports a run on a console; what is narrowed has no place in the history."""

    console: Console

    def __call__(self, results: Results, claims: Catalogue, places: Places) -> ExitCode:
        """Reports `results`, and says what the run amounts to."""
        report = write_reports(results, claims, places.reports, history="" if places.narrowed else PAGE)
        code = exit_code(results)
        print_summary(report, report=places.reports / HTML, exit_code=code, console=self.console)
        remembered = places.narrowed or remember(results, RunKind.MATRIX, places.reports, self.console)
        return ExitCode.INCOMPLETE if code is ExitCode.AS_EXPECTED and not remembered else code
