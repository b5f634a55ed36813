"""The end of a run on one screen: the verdicts, what was not forecast, and what the exit code means."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from rich.console import Console
from rich.padding import Padding
from rich.text import Text

from conformance.errors import ExitCode
from conformance.grouping import grouped
from conformance.plain_text import printable, some
from conformance.reporting.deviations import Deviation, by_cause
from conformance.reporting.legend import STATES
from conformance.reporting.model import Report
from conformance.reporting.stale import good_news
from conformance.reporting.timeline import MarkState
from conformance.words import Standing, Verdict

LIMIT = 6  # entries per list: all of it is to fit one screen
EXIT_MEANINGS: dict[ExitCode, str] = {
    ExitCode.AS_EXPECTED: "everything is as the page says or as a reviewed expectation forecasts",
    ExitCode.UNEXPECTED: "a verdict or a regression that nobody forecast",
    ExitCode.USAGE: "the command or a data file is wrong",
    ExitCode.STALE_EXPECTATION: "good news: an expectation no longer comes true; remove or narrow it",
    ExitCode.INCOMPLETE: "evidence that was planned is missing",
}
_STYLES = {
    MarkState.AGREES: "green",
    MarkState.CONTRADICTS: "red",
    MarkState.EXCEEDS: "blue",
    MarkState.INCONCLUSIVE: "yellow",
}


def print_summary(model: Report, *, report: Path, exit_code: ExitCode, console: Console | None = None) -> None:
    """Prints the run on one screen.

    Args:
        report: where index.html is.
        exit_code: what the command will exit with.
    """
    screen = console or Console(highlight=False, soft_wrap=False)
    results = model.results
    screen.print()
    screen.print(Text(printable(model.headline), style="bold"))
    if model.subheading:
        screen.print(Text(printable(model.subheading)))
    screen.print(Text(" ".join((model.coverage, model.reuse)).rstrip()))
    if model.since:
        screen.print(Text(model.since.sentence, style="bold red" if model.since.alarming else "bold"))
    screen.print(_counts("Verdicts", model.verdict_counts(), _forecast(model)))
    if any(model.verdict_counts(companions=True).values()):
        screen.print(_counts("What the guides add", model.verdict_counts(companions=True)))
    _print_list(screen, "Regressed", _regressed(model), "red")
    _print_list(screen, "Unexpected", [_unexpected(item) for item in model.unexpected], "red")
    _print_list(screen, "No longer holds", _causes(model), "")
    _print_list(screen, "Not observed", _not_observed(model), "")
    stale = [f"{news.id}: {news.what} {news.remedy} ({some(news.cells)})" for news in good_news(results)]
    _print_list(screen, "Stale expectations", stale, "green")
    _print_list(screen, "Notes", results.notes, "")
    screen.print()
    screen.print(Text(f"Report: {printable(str(report))}"), soft_wrap=True)  # a path is for copying: never broken
    screen.print(Text(f"Exit code {int(exit_code)}: {EXIT_MEANINGS[exit_code]}."))


def _counts(title: str, numbers: Mapping[Verdict, int], forecast: int = 0) -> Text:
    counts = Text(f"{title}: ")
    for number, (verdict, count) in enumerate(numbers.items()):
        state = MarkState(verdict.value)
        counts.append(", " if number else "")
        counts.append(f"{STATES[state].glyph} {count} {verdict}", style=_STYLES[state] if count else "dim")
    counts.append(f" ({forecast} of them deviate as forecast)" if forecast else "")
    return counts


def _forecast(model: Report) -> int:
    """How many of the page's verdicts deviate as an expectation forecasts."""
    mine = {view.claim.id for view in model.claim_views()}
    return sum(
        row.expectation is not None
        and row.verdict is not Verdict.AGREES
        and row.standing is Standing.LITERAL
        and row.claim in mine
        for row in model.results.verdicts
    )


def _causes(model: Report) -> list[str]:
    """What is broken in the newest releases as forecast, by cause; what nobody forecast has a list of its own."""
    causes = by_cause(item for item in model.broken if item.current and item.expected)
    lines = []
    for cause in causes:
        known = cause.expectation
        when = next(span.when for span in cause.example.spans if span.current)
        claims = len({item.claim.id for item in cause.deviations})
        instead = f" Instead: {cause.remedies[0].do}" if cause.remedies else ""
        name = (known.cause or known.reason) if known else "; ".join(cause.example.reasons)
        lines.append(f"{name}: {claims} claim{'s' if claims != 1 else ''}, {when}.{instead}")
    return lines


def _regressed(model: Report) -> list[str]:
    """What got worse since the baseline, by cause, unforecast first."""
    lines = []
    for one in model.since.regressions if model.since else ():
        row = one.first
        error = f": {one.error}" if one.error else ""
        forecast = f" Forecast by {row.forecast}." if row.forecast else ""
        lines.append(
            f"{some(one.probes)}: {row.before} → {row.after}{error} ({some(one.cells)}). {one.suspects}{forecast}"
        )
    return lines


def _unexpected(item: Deviation) -> str:
    way = f" [{item.way}]" if item.way else ""
    reasons = f". {'; '.join(item.reasons)}" if item.reasons else ""
    return f"{STATES[item.state].glyph} {item.claim.id}{way}: {item.state} {item.where}{reasons} ({some(item.cells)})"


def _not_observed(model: Report) -> list[str]:
    lost = [f"{group.status}: {group.reason} ({some(group.cells)})" for group in model.lost]
    unsettled = grouped(
        (("; ".join(entry.where), entry.why), f"{entry.claim.id}{f' [{entry.way}]' if entry.way else ''}")
        for entry in model.open
    )
    glyph = STATES[MarkState.INCONCLUSIVE].glyph
    return lost + [f"{glyph} {some(names)}: inconclusive {where}. {why}" for (where, why), names in unsettled.items()]


def _print_list(screen: Console, title: str, entries: Sequence[str], style: str) -> None:
    if not entries:
        return
    screen.print()
    screen.print(Text(f"{title} ({len(entries)})", style=f"bold {style}".strip()))
    for entry in entries[:LIMIT]:
        screen.print(Padding(Text(" ".join(printable(entry).split())), (0, 0, 0, 2)))
    if len(entries) > LIMIT:
        screen.print(Text(f"  ... and {len(entries) - LIMIT} more in the report"))
