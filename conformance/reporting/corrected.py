"""The corrected page: what the documentation would have to say today, in its own layout, derived from the verdicts.

Nothing about an outcome is written by hand here: a statement is a claim's level (or what its verdicts make of it), the
intervals in which they say so, and the reviewed cause where they differ from the page.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterable, Iterator, Sequence

import msgspec

from conformance.grouping import grouped
from conformance.markdown import text
from conformance.plain_text import printable
from conformance.reporting.documented import documented_tables, footnotes
from conformance.reporting.headline import release_name
from conformance.reporting.legend import LEVELS
from conformance.reporting.model import ClaimView, PlaceView, Report
from conformance.reporting.pages import environment
from conformance.reporting.timeline import Mark, MarkRun, MarkState, Timeline
from conformance.words import Level, Standing

# What a verdict makes of a claim that promises something, and of one that does not; by qualifier.
_PROMISED: dict[tuple[MarkState, str], str] = {
    (MarkState.AGREES, "noted"): "Works with a loss",
    (MarkState.CONTRADICTS, ""): "Does not work",
    (MarkState.CONTRADICTS, "minor"): "Runs, but loses something",
}
_NOT_PROMISED: dict[tuple[MarkState, str], str] = {
    (MarkState.AGREES, "unclear"): "Not supported (though no clear error says so)",
    (MarkState.AGREES, "dangerous"): "Not supported (and fails by a crash or by wrong values)",
}
_EITHER: dict[tuple[MarkState, str], str] = {
    (MarkState.EXCEEDS, ""): "Works, without being promised",
    (MarkState.EXCEEDS, "hazard"): "Runs, but silently loses something: do not rely on it",
    (MarkState.INCONCLUSIVE, ""): "Not settled",
    (MarkState.MISSING, ""): "Not observed",
}


class Phrase(msgspec.Struct, frozen=True):
    """One thing that holds of a claim.

    Attributes:
        state: for the reader's eye; the words say the same.
        word: "Fully supported", "Does not work".
        where: "since TensorFlow 2.16 with the default Keras"; all settings that say the same, joined.
        cause: why, where it is not what the page says today.
        instead: what to do instead, as far as the run proves it.
        ways: the ways of trying it that this is true of; empty where it is true of all.
    """

    state: MarkState
    word: str
    where: str
    cause: str = ""
    instead: tuple[str, ...] = ()
    ways: tuple[str, ...] = ()


class Statement(msgspec.Struct, frozen=True):
    """A claim as the page puts it, and what would have to be said of it."""

    claim: str
    says: str
    call: str
    condition: str
    phrases: tuple[Phrase, ...]

    @property
    def subject(self) -> str:
        """The page's words; marked as such where something else was observed."""
        departs = any(one.state in (MarkState.CONTRADICTS, MarkState.EXCEEDS) for one in self.phrases)
        return f"The page says: {self.says}" if departs else self.says

    @property
    def evidence(self) -> str:
        """Where the report shows the evidence."""
        return f"index.html#claim-{self.claim}"


def statements_of(place: PlaceView) -> tuple[Statement, ...]:
    """What a place would have to say."""
    return tuple(
        Statement(
            claim=view.claim.id,
            says=view.claim.statement,
            call=view.claim.call.strip(),
            condition=view.claim.condition,
            phrases=_phrases(view),
        )
        for view in place.claims
        if any(line.lanes for line in view.literal)
    )


def render_markdown(report: Report) -> str:
    """corrected-page.md."""
    lines = ["# Model compatibility for TF1/TF2, as observed", "", text(_preface(report)), ""]
    for table in documented_tables(report.places):
        lines += [f"## {text(table.heading)}", ""]
        for place in table.floor:
            lines += [f"{_in_markdown(statement)}\n" for statement in statements_of(place)]
        headings = [f"{heading} [1]" if not number else heading for number, heading in enumerate(table.columns)]
        lines += [f"| Operation | {' | '.join(map(text, headings))} |", f"|---{'|---' * len(headings)}|"]
        for row in table.rows:
            cells = ["<br><br>".join(_cell_lines(cell.places, cell.notes)) for cell in row.cells]
            lines.append(f"| {text(row.heading)} | {' | '.join(cells)} |")
        lines.append("")
    for place in footnotes(report.places):
        lines += ["[1] " + " ".join(_in_markdown(statement) for statement in statements_of(place)), ""]
    return "\n".join(lines)


def render_page(report: Report) -> str:
    """corrected-page.html: the same, to look at."""
    return (
        environment()
        .get_template("corrected.html.j2")
        .render(
            preface=_preface(report),
            tables=documented_tables(report.places),
            footnotes=footnotes(report.places),
            statements_of=statements_of,
        )
    )


def _preface(report: Report) -> str:
    """Of what, and when, it was derived."""
    if not report.releases:
        return "Nothing was observed."
    first, last = (release_name(release) for release in (report.releases[0], report.releases[-1]))
    day = report.results.run.finished[:10]
    return (
        f"What TensorFlow Hub's compatibility page would have to say, by what was observed from {first} to {last} on "
        f"{day}. Derived from the verdicts of that run, with links to their evidence. "
        f"{report.coverage}"
    )


def _phrases(view: ClaimView) -> tuple[Phrase, ...]:
    """What the claim's timelines say; what several ways of trying it say alike is said once."""
    ways = grouped(
        (phrase, view.claim.ways.get(line.way, line.way))
        for line in view.literal
        for phrase in _phrases_of_way(view, line)
    )
    tried = sum(bool(line.lanes) for line in view.literal)
    return tuple(
        msgspec.structs.replace(phrase, ways=tuple(names) if len(names) < tried else ())
        for phrase, names in ways.items()
    )


def _phrases_of_way(view: ClaimView, line: Timeline) -> Iterator[Phrase]:
    """What the lanes say: each thing once, with all the lanes and intervals that say it."""
    advice = _advice(view, line.way)
    runs = ((lane.label, run) for lane in line.lanes for run in lane.runs if run.first.state is not MarkState.NOT_RUN)
    for same in grouped((run.first.says, (label, run)) for label, run in runs).values():
        yield _phrase(view, same, advice)


def _phrase(view: ClaimView, runs: Sequence[tuple[str, MarkRun]], advice: dict[str, tuple[str, ...]]) -> Phrase:
    first = runs[0][1].first
    cells = [cell for _, run in runs for mark in run.marks for cell in mark.cells]
    by_lane = grouped((label, run.when) for label, run in runs)
    return Phrase(
        state=first.state,
        word=_word(view.claim.level, first),
        where="; ".join(_where(label, whens) for label, whens in by_lane.items()),
        cause=_cause(first),
        instead=tuple(dict.fromkeys(do for cell in cells for do in advice.get(cell, ()))),
    )


def _word(level: Level, mark: Mark) -> str:
    said = (mark.state, mark.qualifier)
    particular = _NOT_PROMISED if level is Level.NOT_SUPPORTED else _PROMISED
    return particular.get(said) or _EITHER.get(said) or LEVELS[level]


def _cause(mark: Mark) -> str:
    if mark.expectation:
        return mark.expectation.cause or mark.expectation.reason
    return "nobody has reviewed why" if mark.surprising else ""


def _where(label: str, whens: Sequence[str]) -> str:
    """E.g. "since TensorFlow 2.16 with the default Keras"."""
    first, *rest = whens
    when = f"since TensorFlow {first[6:]}" if first.startswith("since ") else f"on TensorFlow {first}"
    when += "".join(f", {each}" for each in rest)
    label = re.sub(r"\bhub\b", "tensorflow_hub", label).replace("default Keras", "the default Keras")
    return f"{when} with {label.replace(', ', ' and ')}" if label else when


def _advice(view: ClaimView, way: str) -> dict[str, tuple[str, ...]]:
    """Cell -> what to do instead there."""
    rows = (
        row for item in view.evidence for row in item.verdicts if row.way == way and row.standing is Standing.LITERAL
    )
    return {row.cell: tuple(one.do for one in row.instead) for row in rows}


def _cell_lines(places: Iterable[PlaceView], notes: Iterable[PlaceView]) -> list[str]:
    said = [_in_markdown(statement) for place in places for statement in statements_of(place)]
    noted = [f"Note: {_in_markdown(statement)}" for place in notes for statement in statements_of(place)]
    return [*said, *noted]


def _in_markdown(statement: Statement) -> str:
    """A statement in one line, as a table's cell needs it."""
    parts = [f"{text(statement.subject)} ([evidence]({statement.evidence}))"]
    if statement.call:
        parts.append(f"<code>{_code(statement.call)}</code>")
    if statement.condition:
        parts.append(f"On condition: {text(statement.condition)}.")
    for phrase in statement.phrases:
        cause = f": {text(phrase.cause)}" if phrase.cause else ""
        instead = f" Instead: {text(' Or: '.join(phrase.instead))}" if phrase.instead else ""
        ways = " or ".join(f"<code>{_code(way)}</code>" for way in phrase.ways)
        tried = f", tried as {ways}" if ways else ""
        parts.append(f"**{text(phrase.word)}** {text(phrase.where)}{tried}{cause}.{instead}")
    return "<br>".join(parts)


def _code(value: str) -> str:
    """Code within a table's cell: its lines broken, nothing in it left for Markdown or HTML to act on."""
    lines = (html.escape(printable(line), quote=False).replace("  ", "&nbsp;&nbsp;") for line in value.splitlines())
    return "<br>".join(re.sub(r"([\\`*_\[\]|~])", lambda sign: f"&#{ord(sign[1])};", line) for line in lines)
