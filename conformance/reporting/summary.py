"""summary.md: the run on one page, fit for the job summary of a CI system."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from conformance.markdown import code, text
from conformance.plain_text import some
from conformance.reporting.deviations import Deviation
from conformance.reporting.headline import Tally, release_name
from conformance.reporting.legend import PACKAGES, STATES
from conformance.reporting.model import Report
from conformance.reporting.since import Regression
from conformance.reporting.stale import good_news
from conformance.reporting.timeline import MarkState
from conformance.words import Verdict

LIMIT = 30  # entries per section; CI systems cut a long summary off anywhere


def render_summary(report: Report) -> str:
    """The whole file, as GitHub-flavoured Markdown."""
    sections = [
        [
            "# Model compatibility for TF1/TF2: what holds",
            "",
            f"**{text(report.headline)}** {text(report.subheading)}",
            *(["", f"**{text(report.since.sentence)}**"] if report.since else []),
            "",
            _run_line(report),
        ],
        _regressions(report),
        _attention(report),
        _tallies(report.tallies),
        _section("What no longer holds", [item for item in report.broken if item.current]),
        _section("What did not hold in earlier releases only", [item for item in report.broken if not item.current]),
        _section("What works although documented as unsupported", report.exceeding),
        _section("What the guides add that does not hold", report.companion_broken),
        _unobserved(report),
    ]
    return "\n\n".join("\n".join(lines) for lines in sections if lines) + "\n"


def _run_line(report: Report) -> str:
    run = report.results.run
    counts = _counts(report.verdict_counts())
    added = _counts(report.verdict_counts(companions=True))
    beside = f"; on what the guides add: {added}" if added else ""
    return (
        f"{text(report.coverage)} {len(report.results.observations)} observations; "
        f"verdicts: {counts or 'none'}{beside}. Selection: {code(run.selection or 'everything')}. "
        f"{text(report.reuse)}{' ' * bool(report.reuse)}"
        f"Finished {text(run.finished)}, harness {text(run.harness)}."
    )


def _counts(counts: Mapping[Verdict, int]) -> str:
    return ", ".join(f"{count} {verdict}" for verdict, count in counts.items() if count)


def _regression_row(one: Regression) -> str:
    row = one.first
    return (
        f"| {'<br>'.join(code(probe) for probe in one.probes[:5])}{'<br>...' if len(one.probes) > 5 else ''} "
        f"| {row.before} → {row.after}{f': {code(one.error)}' if one.error else ''} | {_cells(one.cells)} "
        f"| {text(' '.join((one.suspects, one.evidence)))} "
        f"| {code(row.reproduce)}{f'<br>forecast by {code(row.forecast)}' if row.forecast else ''} |"
    )


def _regressions(report: Report) -> list[str]:
    """What got worse since the baseline, by cause."""
    if not report.since or not report.since.regressions:
        return []
    rows = [_regression_row(one) for one in report.since.regressions[:LIMIT]]
    more = len(report.since.regressions) - len(rows)
    return [
        f"## Worse than the {report.since.noun} of {text(report.since.dated)}",
        "",
        "| Probe | What happened | Cells | Packages | Reproduce |",
        "|---|---|---|---|---|",
        *rows,
        *([f"\n... and {more} more: see index.html."] if more else []),
    ]


def _attention(report: Report) -> list[str]:
    """What nobody forecast comes first: it is what the exit code is about."""
    items = [_unexpected(item) for item in report.unexpected]
    items += [
        f"Stale expectation {code(news.id)}: {text(news.what)} {text(news.remedy)} ({_cells(news.cells)})"
        for news in good_news(report.results)
    ]
    items += [text(note) for note in report.results.notes]
    return ["## Needs attention", "", *_listed(items)] if items else []


def _unexpected(item: Deviation) -> str:
    way = f", {code(item.way)}" if item.way else ""
    return (
        f"{STATES[item.state].glyph} {code(item.claim.id)}{way}: {item.state} (unexpected) {text(item.where)}. "
        f"{text('; '.join(item.reasons))} ({_cells(item.cells)})"
    )


def _tallies(tallies: Sequence[Tally]) -> list[str]:
    if not tallies:
        return []
    rows = [
        f"| {text(release_name(tally.release))} | {len(tally.holds)} | {len(tally.partly)} | {len(tally.broken)} "
        f"| {len(tally.exceeded)} | {len(tally.unclear)} | {len(tally.missing)} |"
        for tally in tallies
    ]
    return [
        "## Documented claims, per release",
        "",
        "| Release | hold | only in some settings | do not hold | work although unsupported | not settled "
        "| not observed |",
        "|---|---|---|---|---|---|---|",
        *rows,
    ]


def _section(title: str, deviations: Sequence[Deviation]) -> list[str]:
    if not deviations:
        return []
    rows = [_row(deviation) for deviation in deviations[:LIMIT]]
    more = len(deviations) - len(rows)
    return [
        f"## {title}",
        "",
        "| Claim | When | Because of | What to do instead |",
        "|---|---|---|---|",
        *rows,
        *([f"\n... and {more} more: see index.html."] if more else []),
    ]


def _row(deviation: Deviation) -> str:
    known = deviation.expectation
    claim = code(deviation.claim.id) + (f"<br>{code(deviation.way)}" if deviation.way else "")
    when = text(deviation.where)
    held = {span.held_through for span in deviation.spans if span.held_through}
    if deviation.state is MarkState.CONTRADICTS and len(held) == 1:
        when += f", held through {text(held.pop())}"
    if deviation.qualifiers:
        when += f" ({text(', '.join(deviation.qualifiers))})"
    if known:
        cause = f"{text(PACKAGES[known.blame])}: {text(known.cause or known.reason)}"
    else:
        cause = "**unexpected**" + (f": {code(deviation.errors[0].line)}" if deviation.errors else "")
    return f"| {claim} | {when} | {cause} | {_instead(deviation)} |"


def _instead(deviation: Deviation) -> str:
    """All that the run proves; where it is proved for some of the cells only, how many."""
    lines = []
    for remedy in deviation.remedies:
        some = len(remedy.cells) < len(deviation.cells)
        lines.append(text(remedy.do) + (f" ({len(remedy.cells)} of {len(deviation.cells)} cells)" if some else ""))
    return "<br>".join(lines)


def _unobserved(report: Report) -> list[str]:
    items = [f"{group.status}: {text(group.reason)} ({_cells(group.cells)})" for group in report.lost]
    items += [
        f"inconclusive: {code(entry.claim.id)}{f' {code(entry.way)}' if entry.way else ''}, "
        f"{text('; '.join(entry.where))}. {text(entry.why)}"
        for entry in report.open
    ]
    items += [f"the claims file no longer has {code(claim)}, which these results judge" for claim in report.unknown]
    return ["## What could not be observed", "", *_listed(items)] if items else []


def _listed(items: Sequence[str]) -> list[str]:
    shown = [f"- {item}" for item in items[:LIMIT]]
    return [*shown, f"- ... and {len(items) - LIMIT} more: see index.html."] if len(items) > LIMIT else shown


def _cells(cells: Iterable[str], limit: int = 4) -> str:
    return some([code(cell) for cell in cells], limit)
