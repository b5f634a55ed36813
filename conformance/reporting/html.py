"""index.html: one self-contained page, readable offline and without a script.

Its script adds the one input, the comparison of releases, the filters and the evidence of each observation, which lies
in the page as compact data (see `payload.py`). A content security policy allows this script and this style sheet by
their hashes, and nothing else.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import msgspec
from markupsafe import Markup

from conformance.cells import axis_of, minor_of
from conformance.explaining.payload import SCRIPT as MATCHING_SCRIPT
from conformance.fixtures import Model
from conformance.reporting import legend
from conformance.reporting.answers import OPERATIONS
from conformance.reporting.deviations import Cause, Deviation, by_cause
from conformance.reporting.documented import documented_tables, footnotes
from conformance.reporting.errors_index import within
from conformance.reporting.grid import grid_of
from conformance.reporting.guidance import Guidance
from conformance.reporting.headline import Tally, ever, release_name, tally
from conformance.reporting.model import ClaimView, PlaceView, Report
from conformance.reporting.packing import packed
from conformance.reporting.pages import environment, inlined, policy_hash
from conformance.reporting.payload import page_data
from conformance.reporting.stale import good_news
from conformance.reporting.timeline import MarkState
from conformance.words import Change, Keras

STYLES = ("style.css", "ask.css", "grid.css", "screens.css")
SCRIPTS = (
    "script/elements.js",
    "script/run.js",
    "script/evidence.js",
    "script/filters.js",
    "script/words.js",
    "script/cards.js",
    "script/errors.js",
    "script/asking.js",
    "script/grid.js",
    "script/compare.js",
    "script/dropped.js",
    "script/address.js",
    "script/start.js",
)


class Choices(msgspec.Struct, frozen=True):
    """What the filters offer: value and label of each option, as far as the run has something of it."""

    release: tuple[tuple[str, str], ...]
    mode: tuple[tuple[str, str], ...]
    hub: tuple[tuple[str, str], ...]
    keras: tuple[tuple[str, str], ...]
    verdict: tuple[tuple[str, str], ...]
    outcome: tuple[tuple[str, str], ...]
    claim: tuple[tuple[str, str], ...]
    cause: tuple[tuple[str, str], ...]
    since: tuple[tuple[str, str], ...]


class Broken(msgspec.Struct, frozen=True):
    """What does not hold, by cause: now, only ahead of the newest release, and in earlier releases only."""

    now: tuple[Cause, ...]
    ahead: tuple[Cause, ...]
    earlier: tuple[Cause, ...]


class Guide(msgspec.Struct, frozen=True):
    """The claims of the guides beside one place of the page, with how they fare now."""

    place: PlaceView
    counts: Tally


def render_html(
    report: Report,
    guidance: Guidance | None = None,
    models: Sequence[Model] = (),
    others: Sequence[tuple[str, str]] = (),
) -> str:
    """The whole page.

    Args:
        guidance: what the one input knows, and the hazards.
        models: the fixture models, for what an observation's fixture is.
        others: the other pages that lie beside it: what each is about, and where it is.
    """
    guidance = guidance or Guidance()
    style = f"{_columns(len(report.releases))}\n{inlined(*STYLES)}"
    matching = MATCHING_SCRIPT.read_text(encoding="utf-8")
    script = f'"use strict";\n(async () => {{\n{matching}{inlined(*SCRIPTS)}}})();\n'
    return (
        environment()
        .get_template("index.html.j2")
        .render(
            **_context(report, guidance),
            others=others,
            style=Markup(style),  # noqa: S704 - ours, not a reader's
            style_hash=policy_hash(style),
            script=Markup(script),  # noqa: S704 - likewise
            script_hash=policy_hash(script),
            data=packed(page_data(report, guidance, models)),
        )
    )


def _context(report: Report, guidance: Guidance) -> dict[str, Any]:
    axis = axis_of(report.cells)
    broken = _by_time(report.broken, report.newest)
    views = tuple(report.claim_views())
    causes = [cause for group in msgspec.structs.astuple(broken) for cause in group]
    shown = (*causes, *by_cause(report.exceeding))
    return {
        "report": report,
        "run": report.results.run,
        "broken": broken,
        "exceeding": by_cause(report.exceeding),
        "implied_broken": by_cause(report.implied_broken),
        "implied_exceeding": by_cause(report.implied_exceeding),
        "guides": _guides(report),
        "guides_broken": by_cause(report.companion_broken),
        "guides_exceeding": by_cause(report.companion_exceeding),
        "grid": grid_of(views, axis, shown),
        "guides_grid": grid_of((view for view in report.companion_views() if view.evidence), axis, ()),
        "ever": ever(report.releases, [line for view in views for line in view.literal]),
        "formats": guidance.formats,
        "hazards": guidance.hazards,
        "tables": documented_tables(report.places),
        "footnotes": footnotes(report.places),
        "errors": within(report.errors),
        "good_news": good_news(report.results),
        "choices": choices(report),
        "operations": [(operation, legend.OPERATIONS[operation]) for operation in OPERATIONS],
    }


def choices(report: Report) -> Choices:
    """What the filters offer for this run."""
    rows = report.results.verdicts
    views = (*report.claim_views(), *report.companion_views())
    causes = {row.expectation.id: row.expectation for row in rows if row.expectation}
    hubs = sorted({_minor(cell.hub) for cell in report.cells}, key=lambda hub: (minor_of(hub), hub))
    flavours = {cell.keras for cell in report.cells}
    return Choices(
        release=tuple(_release_names(reversed(report.releases))),
        mode=tuple(
            (mode, name) for mode, name in legend.MODES.items() if any(cell.mode is mode for cell in report.cells)
        ),
        hub=tuple((hub, hub) for hub in hubs),
        keras=tuple((keras, legend.KERAS[keras]) for keras in Keras if keras in flavours),
        verdict=tuple(
            (state, legend.STATE_WORDS[state])
            for state in MarkState
            if any(row.verdict.value == state.value for row in rows)
        ),
        outcome=tuple((word, word) for word, count in report.outcome_counts().items() if count),
        claim=tuple((view.claim.id, view.claim.id) for view in views),
        cause=tuple((name, known.cause or name) for name, known in causes.items()),
        since=_since_choices(report),
    )


def _since_choices(report: Report) -> tuple[tuple[str, str], ...]:
    """The kinds of change since the baseline that an observation of this run has."""
    changes = {row.change for row in (report.since.comparison.outcomes if report.since else ()) if row.after}
    return (("any", "any change"), *((change, change) for change in Change if change in changes)) if changes else ()


def _by_time(deviations: Iterable[Deviation], newest: str) -> Broken:
    every = tuple(deviations)
    return Broken(
        now=by_cause(item for item in every if item.on(newest)),
        ahead=by_cause(item for item in every if item.current and not item.on(newest)),
        earlier=by_cause(item for item in every if not item.current and not item.on(newest)),
    )


def _guides(report: Report) -> tuple[Guide, ...]:
    def lines(views: Sequence[ClaimView]) -> Tally:
        return tally(report.newest, [line for view in views for line in view.literal])

    return tuple(Guide(place, lines(place.companions)) for place in report.places if place.companions)


def _release_names(releases: Iterable[str]) -> list[tuple[str, str]]:
    """Releases as the options of a choice."""
    return [(release, release_name(release).removeprefix("the ")) for release in releases]


def _columns(count: int) -> str:
    """The number of releases, and a class for each width of a bar: the policy allows no style attributes."""
    widths = "".join(f".w{width}{{--w:{width}}}" for width in range(1, count + 1))
    return f":root{{--n:{max(count, 1)}}}{widths}"


def _minor(version: str) -> str:
    return ".".join(version.split(".")[:2])
