"""`diff`: compares two runs and says what changed, and which packages changed with it."""

from __future__ import annotations

from conformance.command_line.declaration import CommandResult
from conformance.command_line.parsing import Arguments
from conformance.comparing.comparison import compare
from conformance.errors import ExitCode
from conformance.json_file import encode, replace_files
from conformance.reporting.diff_views import render_diff_html, render_text
from conformance.results import read_results, results_at
from conformance.running.places import default_places

LIMIT = 8  # entries per list on the console, all of which are in the files


def run(arguments: Arguments) -> CommandResult:
    """Compares and reports."""
    comparison = compare(read_results(results_at(arguments.new)), reference=read_results(results_at(arguments.old)))
    folder = default_places(arguments.reports).reports
    replace_files(
        folder,
        {"diff.json": encode(comparison), "diff.html": render_diff_html(comparison).encode()},
        remedy="Make the folder writable, or name another with --reports.",
    )
    print(render_text(comparison, limit=LIMIT))
    print(f"All of it: {folder / 'diff.html'}")
    code = ExitCode.UNEXPECTED if comparison.differs else ExitCode.AS_EXPECTED
    return CommandResult(code, comparison)
