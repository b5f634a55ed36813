from __future__ import annotations

import io
from pathlib import Path

import pytest
from rich.console import Console

from conformance.claims.catalogue import Catalogue
from conformance.environments.catalogue import Releases
from conformance.errors import ExitCode
from conformance.reporting.console import EXIT_MEANINGS, LIMIT, print_summary
from conformance.reporting.model import build_report
from conformance.results import Results
from conformance.words import Verdict
from tests.reporting import sample


def printed(results: Results, claims: Catalogue, width: int = 80, code: ExitCode = ExitCode.UNEXPECTED) -> str:
    out = io.StringIO()
    console = Console(file=out, width=width, force_terminal=False, highlight=False)
    print_summary(build_report(results, claims), report=Path("reports/index.html"), exit_code=code, console=console)
    return out.getvalue()


def test_it_fits_one_screen_and_80_columns(full_run: Results, claims: Catalogue) -> None:
    lines = printed(full_run, claims).splitlines()
    assert len(lines) <= 40
    assert max(len(line) for line in lines) <= 80


def test_the_unexpected_comes_before_what_is_missing_and_stale(full_run: Results, claims: Catalogue) -> None:
    text = printed(full_run, claims)
    order = [text.index(part) for part in ("Unexpected (2)", "Not observed (4)", "Stale expectations (1)", "Report:")]
    assert order == sorted(order)
    assert text.rstrip().endswith("Exit code 1: a verdict or a regression that nobody forecast.")


def test_what_no_longer_holds_is_reported_by_cause_with_what_to_do_instead(
    full_run: Results, claims: Catalogue
) -> None:
    text = " ".join(printed(full_run, claims).split())
    assert "No longer holds (3)" in text
    assert "tensorflow_hub 0.16 removed hub.Module: 5 claims, since 1.15." in text
    assert "since 1.15. Instead: Stay on tensorflow_hub 0.15." in text


def test_what_the_guides_add_is_counted_apart(claims: Catalogue, releases: Releases) -> None:
    both, cell = sample.with_companion(claims), releases.cell("tf2.15-hub0.15-tf1-compat")
    rows = [
        sample.verdict(cell, both.claims[0]),
        sample.verdict(cell, both.claims[-1], verdict=Verdict.CONTRADICTS, expectation=sample.KERAS3),
    ]
    text = printed(sample.results([cell], [sample.setting(cell)], verdicts=rows), both)
    assert "Verdicts: ✓ 1 agrees, ✗ 0 contradicts, + 0 exceeds, ? 0 inconclusive\n" in text
    assert "What the guides add: ✓ 0 agrees, ✗ 1 contradicts" in text
    assert "No longer holds" not in text
    assert "What the guides add" not in printed(sample.results([]), claims)


def test_a_long_list_is_cut_and_says_so(claims: Catalogue, releases: Releases) -> None:
    missing = {cell.id: f"reason {number}" for number, cell in enumerate(releases.cells[: LIMIT + 3])}
    text = printed(sample.results([], missing=missing), claims, width=200)
    assert "  ... and 3 more in the report\n" in text


def test_a_long_report_path_is_not_broken(full_run: Results, claims: Catalogue) -> None:
    out = io.StringIO()
    path = Path("/somewhere") / ("x" * 120) / "index.html"
    console = Console(file=out, width=80, highlight=False)
    print_summary(build_report(full_run, claims), report=path, exit_code=ExitCode.AS_EXPECTED, console=console)
    assert str(path) in out.getvalue()


def test_markup_of_the_console_is_not_obeyed(claims: Catalogue) -> None:
    run = sample.results([], missing={"tf2.15-hub0.16-tf2": "[red]not markup[/red] \x1b[31m"})
    assert "[red]not markup[/red] (tf2.15" in " ".join(printed(run, claims, width=200).split())


@pytest.mark.parametrize("code", list(ExitCode))
def test_every_exit_code_is_explained(code: ExitCode, claims: Catalogue) -> None:
    assert f"Exit code {int(code)}: {EXIT_MEANINGS[code]}." in " ".join(
        printed(sample.results([]), claims, code=code).split()
    )
