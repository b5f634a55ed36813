"""index.html: one self-contained page in the layout of the documented tables, readable offline and without a script.

Its script adds the answer box, the filters and the evidence of each observation, which lies in the page as compact data
(see `payload.py`). A content security policy allows this script and this style sheet by their hashes, and nothing else.
"""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from importlib.resources import files
from urllib.parse import urlencode

import msgspec
from jinja2 import Environment, PackageLoader, StrictUndefined, select_autoescape
from markupsafe import Markup

from conformance.cells import minor_of
from conformance.explaining.payload import SCRIPT as MATCHING_SCRIPT
from conformance.fixtures import Model
from conformance.plain_text import printable
from conformance.reporting import legend
from conformance.reporting.answers import Answer
from conformance.reporting.deviations import Cause, by_cause
from conformance.reporting.errors_index import within
from conformance.reporting.headline import Tally, release_name, tally
from conformance.reporting.model import ClaimView, PlaceView, Report
from conformance.reporting.payload import page_data, script_json
from conformance.reporting.stale import good_news
from conformance.reporting.timeline import Lane, Mark, State
from conformance.words import Change, Column, Format, Mode, Operation, Outcome

ROWS = (Operation.LOAD, Operation.FINE_TUNE, Operation.CREATE)


class TableCell(msgspec.Struct, frozen=True):
    """A cell of a documented table: what it says itself, and its notes."""

    heading: str
    places: tuple[PlaceView, ...]
    notes: tuple[PlaceView, ...]


class TableRow(msgspec.Struct, frozen=True):
    """A row of a documented table."""

    heading: str
    cells: tuple[TableCell, ...]


class Table(msgspec.Struct, frozen=True):
    """One of the two documented tables; `floor` is what stands above it."""

    heading: str
    columns: tuple[str, ...]
    floor: tuple[PlaceView, ...]
    rows: tuple[TableRow, ...]


class Saying(msgspec.Struct, frozen=True):
    """What a lane says in words: one state and all its intervals."""

    mark: Mark
    when: str


class Choices(msgspec.Struct, frozen=True):
    """What the filters offer: value and label of each option, as far as the run has something of it."""

    mode: tuple[tuple[str, str], ...]
    hub: tuple[tuple[str, str], ...]
    verdict: tuple[tuple[str, str], ...]
    outcome: tuple[tuple[str, str], ...]
    claim: tuple[tuple[str, str], ...]
    cause: tuple[tuple[str, str], ...]
    since: tuple[tuple[str, str], ...]


_THREAD = re.compile(r"(?P<repository>[A-Za-z0-9-]+/[\w.-]+)#(?P<number>\d+)")
MODES: dict[Mode, str] = {Mode.TF1: "TF1", Mode.TF1_COMPAT: "TF1 compat mode in TF2", Mode.TF2: "TF2"}


def render_html(report: Report, models: Sequence[Model] = (), answers: Sequence[Answer] = (), history: str = "") -> str:
    """The whole page.

    Args:
        models: the fixture models, for what an observation's fixture is.
        answers: what the answer box knows.
        history: where the page of the history is; "" where there is none.
    """
    numbers = {cell.id: str(number) for number, cell in enumerate(report.cells)}
    environment = Environment(
        loader=PackageLoader("conformance.reporting", "templates"),
        autoescape=select_autoescape(default=True, default_for_string=True),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        finalize=_finalize,
    )
    environment.filters.update(
        sayings=sayings,
        day=day,
        anchor=anchor,
        web_address=web_address,
        brief=brief,
        by_cause=by_cause,
        slug=slug,
        since=since,
        plain_error=lambda line: line.removeprefix("conformance.inside.probe."),
        tally_of=tally_of,
        names=release_names,
        rows=lambda operations: [(word, name) for word, name in operations.items() if word in ROWS],
        rstrip=lambda text: text.rstrip("."),
        urlencode=urlencode,
        numbers=lambda cells: " ".join(numbers[cell] for cell in cells if cell in numbers),
    )
    environment.globals.update(
        legend=legend, State=State, Outcome=Outcome, release_name=release_name, state_words=legend.state_words
    )
    tables = tuple(documented_table(report.places, fmt) for fmt in Format)
    placed = {place.place.id for table in tables for place in _places(table)}
    style = f":root{{--n:{len(report.releases)}}}\n{_asset('style.css')}"
    script = MATCHING_SCRIPT.read_text(encoding="utf-8") + _asset("page.js")
    return environment.get_template("index.html.j2").render(
        report=report,
        history=history,
        tables=tables,
        footnotes=tuple(place for place in report.places if place.place.id not in placed),
        errors=within(report.errors),
        good_news=good_news(report.results),
        choices=choices(report),
        style=Markup(style),  # noqa: S704 - ours, not a reader's
        style_hash=_hash(style),
        script=Markup(script),  # noqa: S704 - likewise
        script_hash=_hash(script),
        data=Markup(script_json(page_data(report, models, answers))),  # noqa: S704 - script_json escapes
    )


def choices(report: Report) -> Choices:
    """What the filters offer for this run."""
    rows = report.results.verdicts
    views = (*report.claim_views(), *report.companion_views())
    causes = {row.expectation.id: row.expectation for row in rows if row.expectation}
    hubs = sorted({_minor(cell.hub) for cell in report.cells}, key=lambda hub: (minor_of(hub), hub))
    return Choices(
        mode=tuple((mode, name) for mode, name in MODES.items() if any(cell.mode is mode for cell in report.cells)),
        hub=tuple((hub, hub) for hub in hubs),
        verdict=tuple((state, state) for state in State if any(row.verdict.value == state.value for row in rows)),
        outcome=tuple((word, word) for word, count in report.outcome_counts().items() if count),
        claim=tuple((view.claim.id, view.claim.id) for view in views),
        cause=tuple((name, known.cause or name) for name, known in causes.items()),
        since=_since_choices(report),
    )


def _since_choices(report: Report) -> tuple[tuple[str, str], ...]:
    """The kinds of change since the baseline that an observation of this run has."""
    changes = {row.change for row in (report.since.comparison.outcomes if report.since else ()) if row.after}
    return (("any", "any change"), *((change, change) for change in Change if change in changes)) if changes else ()


def documented_table(places: Sequence[PlaceView], fmt: Format) -> Table:
    """Lays the places of one format out as the page does."""
    mine = [view for view in places if view.place.format is fmt]

    def cell(row: Operation, column: Column) -> TableCell:
        here = [view for view in mine if (view.place.operation, view.place.column) == (row, column)]
        return TableCell(
            heading=legend.COLUMNS[fmt, column],
            places=tuple(view for view in here if not _is(view, "note") and not _is(view, "floor")),
            notes=tuple(view for view in here if _is(view, "note")),
        )

    return Table(
        heading=f"Compatibility of {'the ' if fmt is Format.TF1_HUB else ''}{legend.FORMATS[fmt]}",
        columns=tuple(legend.COLUMNS[fmt, column] for column in Column),
        floor=tuple(view for view in mine if _is(view, "floor")),
        rows=tuple(
            TableRow(heading=legend.OPERATIONS[row], cells=tuple(cell(row, column) for column in Column))
            for row in ROWS
        ),
    )


def sayings(lane: Lane) -> tuple[Saying, ...]:
    """A lane in words, in the order of its marks; intervals that say the same are told together."""
    told: dict[object, list[tuple[Mark, str]]] = {}
    for run in lane.runs:
        told.setdefault(run.first.says, []).append((run.first, run.when))
    return tuple(Saying(mark=runs[0][0], when=", ".join(when for _, when in runs)) for runs in told.values())


def anchor(view: ClaimView) -> str:
    """The address of a claim within the page."""
    return f"claim-{view.claim.id}"


def slug(cause: Cause) -> str:
    """The address of a cause within the page."""
    first = cause.example
    about = cause.expectation.id if cause.expectation else f"{first.claim.id}.{first.way}"
    now = "now" if first.current else "earlier"
    return f"{first.claim.source}.{first.standing}.{first.state}.{now}.{about}".replace(" ", "-")


def since(cause: Cause) -> tuple[tuple[str, str], ...]:
    """When the deviations of a cause set in and with what, each once."""
    spells = [spell for item in cause.deviations for spell in item.spells if spell.current]
    return tuple(dict.fromkeys((spell.when, spell.lane) for spell in spells))


def tally_of(views: Sequence[ClaimView], report: Report) -> Tally:
    """How the claims of some views fare on the newest release."""
    return tally(report.newest, [line for view in views for line in view.literal])


def release_names(releases: Iterable[str], first: str) -> list[tuple[str, str]]:
    """Releases as the options of a choice, that named `first` at the top."""
    ordered = sorted(releases, key=lambda release: release != first)
    return [(release, release_name(release).removeprefix("the ")) for release in ordered]


def web_address(text: str) -> str:
    """Where to link to: the text itself if it is an address, a thread written as owner/name#number, or else nothing.

    No other scheme becomes a link.
    """
    if thread := _THREAD.fullmatch(text):
        return f"https://github.com/{thread['repository']}/issues/{thread['number']}"  # leads to pull requests as well
    return text if text.startswith("https://") else ""


def brief(address: str) -> str:
    """An issue's address as people write it: owner/name#number."""
    parts = address.removeprefix("https://").split("/")
    is_thread = len(parts) == 5 and parts[0] == "github.com" and parts[3] in ("issues", "pull")
    return f"{parts[1]}/{parts[2]}#{parts[4]}" if is_thread else address


def day(moment: str) -> str:
    """A moment as a reader would write it, or as it came if it is none."""
    try:
        parsed = datetime.fromisoformat(moment)
    except ValueError:
        return moment
    return f"{parsed.astimezone(UTC) if parsed.tzinfo else parsed:%Y-%m-%d %H:%M} UTC"


def _places(table: Table) -> list[PlaceView]:
    cells = [cell for row in table.rows for cell in row.cells]
    return [*table.floor, *(view for cell in cells for view in (*cell.places, *cell.notes))]


def _is(view: PlaceView, kind: str) -> bool:
    """Whether a place is a note or the floor: its id ends so."""
    return view.place.id.rpartition(".")[2] == kind


def _minor(version: str) -> str:
    return ".".join(version.split(".")[:2])


def _asset(name: str) -> str:
    """A file of ours that becomes part of the page."""
    return files("conformance.reporting").joinpath("templates", name).read_text(encoding="utf-8")


def _hash(text: str) -> str:
    """An inline element's content as a content security policy names it."""
    return "sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()


def _finalize(value: object) -> object:
    """Takes out what no page may hold before autoescape turns the rest into text; markup of ours stays as it is."""
    return printable(value) if type(value) is str else value
