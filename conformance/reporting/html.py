"""index.html: one self-contained page in the layout of the documented tables, readable offline and without a script."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import UTC, datetime

import msgspec
from jinja2 import Environment, PackageLoader, StrictUndefined, select_autoescape

from conformance.reporting import legend
from conformance.reporting.deviations import by_cause
from conformance.reporting.headline import release_name
from conformance.reporting.model import ClaimView, PlaceView, Report
from conformance.reporting.plain_text import printable
from conformance.reporting.timeline import Lane, Mark, State
from conformance.results import ObservationRow
from conformance.words import Column, Format, Operation, Outcome

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


def render_html(report: Report) -> str:
    """The whole page."""
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
        outcome_counts=outcome_counts,
        anchor=anchor,
        web_address=web_address,
        brief=brief,
        by_cause=by_cause,
    )
    environment.globals.update(
        legend=legend, State=State, Outcome=Outcome, release_name=release_name, state_words=legend.state_words
    )
    tables = tuple(documented_table(report.places, fmt) for fmt in Format)
    placed = {place.place.id for table in tables for place in _places(table)}
    elsewhere = tuple(place for place in report.places if place.place.id not in placed)
    return environment.get_template("index.html.j2").render(report=report, tables=tables, footnotes=elsewhere)


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


def outcome_counts(observations: Sequence[ObservationRow]) -> list[tuple[Outcome, int]]:
    """How often each outcome occurs, in the vocabulary's order."""
    counts = Counter(row.outcome for row in observations)
    return [(outcome, counts[outcome]) for outcome in Outcome if counts[outcome]]


def anchor(view: ClaimView) -> str:
    """The address of a claim within the page."""
    return f"claim-{view.claim.id}"


def web_address(text: str) -> str:
    """The text if it is an address to link to, else nothing: no other scheme becomes a link."""
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


def _finalize(value: object) -> object:
    """Takes out what no page may hold before autoescape turns the rest into text; markup of ours stays as it is."""
    return printable(value) if type(value) is str else value
