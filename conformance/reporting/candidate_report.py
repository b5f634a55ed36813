"""What candidates change: in a few lines, in Markdown for a pull request's comment, as a page, as JUnit and as JSON."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from collections.abc import Iterator, Sequence
from pathlib import Path

import msgspec

from conformance import json_file, markdown
from conformance.candidate.result import SCHEMA, CandidateEffect, CandidateFinding, CandidateResult
from conformance.changes import VerdictChange
from conformance.errors import ExitCode
from conformance.grouping import grouped
from conformance.plain_text import printable, without_machine_paths
from conformance.reporting.junit import JUNIT, add_case, add_element, add_suite, total, written
from conformance.reporting.pages import environment, inlined
from conformance.running.progress import duration
from conformance.words import Change, Standing

JSON, SCHEMA_FILE, MARKDOWN, HTML = "candidate.json", "candidate.schema.json", "candidate.md", "candidate.html"
MARK = "<!-- conformance-candidate -->"  # by which the workflow finds its comment again
_OURS = "conformance.inside.probe."  # begins the names of our own exceptions
_ON_A_SCREEN = 5  # groups of each effect
_IN_A_COMMENT = 20
_HEADINGS = {
    CandidateEffect.BROKEN: "Broken",
    CandidateEffect.MENDED: "Mended",
    CandidateEffect.CHANGED: "Changed",
    CandidateEffect.UNCLEAR: "Unclear",
}


class FindingGroup(msgspec.Struct, frozen=True):
    """Findings that presumably have one cause: the same outcomes and the same error."""

    effect: CandidateEffect
    rows: tuple[CandidateFinding, ...]

    @property
    def first(self) -> CandidateFinding:
        """The one that stands for all."""
        return self.rows[0]

    @property
    def title(self) -> str:
        """What happened, in a line."""
        first = self.first
        if len(self.probes) == 1:
            subject = "importing TensorFlow and tensorflow_hub" if first.probe == "(cell)" else first.probe
        else:
            subject = f"{len(self.probes)} probes"
        return f"{subject}: {first.before or 'none'} → {first.after or 'none'}"

    @property
    def error(self) -> str:
        """In one line, without the folders of this machine."""
        return without_machine_paths(self.first.error.removeprefix(_OURS))

    @property
    def probes(self) -> tuple[str, ...]:
        """Which, each once."""
        return tuple(dict.fromkeys(row.probe for row in self.rows))

    @property
    def cells(self) -> tuple[str, ...]:
        """Where, each once."""
        return tuple(dict.fromkeys(row.cell for row in self.rows))

    @property
    def claims(self) -> tuple[str, ...]:
        """Those that the probes speak to, each once."""
        return tuple(dict.fromkeys(claim for row in self.rows for claim in row.claims))


def groups(findings: Sequence[CandidateFinding]) -> tuple[FindingGroup, ...]:
    """The findings by effect and presumable cause."""
    by_cause = grouped((row.cause, row) for row in findings)
    return tuple(FindingGroup(rows[0].effect, tuple(rows)) for rows in by_cause.values())


def headline(result: CandidateResult) -> str:
    """The answer in a sentence."""
    counts = {effect: len(result.of(effect)) for effect in CandidateEffect}
    told = [f"{_probes(count)} {effect}" for effect, count in counts.items() if count]
    compared = sum(cell.compared for cell in result.cells)
    where = f"of {_probes(compared)} in {len(result.cells)} cell{'' if len(result.cells) == 1 else 's'}"
    if result.exit_code is ExitCode.UNEXPECTED:
        answer = "Something is worse"
    elif result.exit_code is ExitCode.INCOMPLETE:
        answer = "Not everything could be measured"
    else:
        answer = "Nothing is worse"
    return f"{answer}: {', '.join(told) or 'no difference'}, {where}."


def render_text(result: CandidateResult) -> str:
    """One screen."""
    return "\n".join(map(printable, _lines(result)))


def _lines(result: CandidateResult) -> Iterator[str]:
    yield headline(result)
    every = groups(result.findings)
    for effect in CandidateEffect:
        of_effect = [group for group in every if group.effect is effect]
        if of_effect:
            yield ""
            yield f"{_HEADINGS[effect]} ({len(result.of(effect))})"
        for group in of_effect[:_ON_A_SCREEN]:
            yield f"  {group.title}{f': {group.error}' if group.error else ''}"
            yield f"    in {_some(group.cells)}{f'; claims: {_some(group.claims)}' if group.claims else ''}"
            if group.first.forecast:
                yield f"    known of a released package: expectation {group.first.forecast}"
            yield f"    again: {group.first.reproduce}"
        if len(of_effect) > _ON_A_SCREEN:
            yield f"  ... and {len(of_effect) - _ON_A_SCREEN} more causes in {HTML}"
    if claims := page_claims(result):
        yield ""
        yield f"Verdicts that differ ({len(claims)})"
        yield from (f"  {_verdict(row)} ({row.cell})" for row in claims[:_ON_A_SCREEN])
        if len(claims) > _ON_A_SCREEN:
            yield f"  ... and {len(claims) - _ON_A_SCREEN} more in {HTML}"
    if result.unmeasured:
        yield ""
        yield f"Not measured ({len(result.unmeasured)})"
        yield from (f"  {cell.cell}: {cell.problem}" for cell in result.unmeasured)
    yield ""
    yield from (f"Note: {note}" for note in result.notes)
    yield f"Took {duration(result.seconds)}."


def page_claims(result: CandidateResult) -> tuple[VerdictChange, ...]:
    """The verdicts that got worse or better; others merely follow from what was tried."""
    return tuple(row for row in result.verdicts if row.change in (Change.REGRESSION, Change.FIXED))


def render_comment(result: CandidateResult) -> str:
    """Markdown for a comment on a pull request."""
    return "\n".join(_comment(result)) + "\n"


def _comment(result: CandidateResult) -> Iterator[str]:
    yield MARK
    yield f"### {markdown.text(headline(result))}"
    yield ""
    for info in result.candidates:
        version = f"{info.package} {info.version}" if info.version else info.typed
        yield f"- candidate: {markdown.code(version)} ({info.kind})"
    for cell in result.cells:
        took = f", {cell.compared} probes compared" if cell.compared else ""
        told = f"**not measured**: {markdown.text(cell.problem)}" if cell.problem else ", ".join(cell.replaced) + took
        yield f"- {markdown.code(cell.cell)}: {told}"
    yield from (f"- note: {markdown.text(note)}" for note in result.notes)
    shown = groups(result.findings)
    for effect in CandidateEffect:
        rows = [group for group in shown if group.effect is effect]
        if rows:
            yield from ("", f"#### {_HEADINGS[effect]} ({len(result.of(effect))})", "")
        for group in rows[:_IN_A_COMMENT]:
            yield from _of_group(group)
        if len(rows) > _IN_A_COMMENT:
            yield f"- and {len(rows) - _IN_A_COMMENT} more causes"
    if result.cannot:
        yield from ("", "<details><summary>Where it cannot be installed</summary>", "")
        reasons = grouped((why, name) for name, why in result.cannot.items())
        yield from (f"- {markdown.text(_some(names))}: {markdown.text(why)}" for why, names in reasons.items())
        yield from ("", "</details>")
    yield ""
    yield f"Again: {markdown.code(result.command)} (harness {result.harness}, {duration(result.seconds)})"


def _of_group(group: FindingGroup) -> Iterator[str]:
    first = group.first
    error = f": {markdown.code(group.error)}" if group.error else ""
    forecast = f" (known: {markdown.code(first.forecast)})" if first.forecast else ""
    yield f"- **{markdown.text(group.title)}**{error}{forecast}"
    yield f"  <br>in {', '.join(map(markdown.code, group.cells))}"
    if group.claims:
        yield f"  <br>claims: {', '.join(map(markdown.code, group.claims))}"
    yield f"  <br>again: {markdown.code(first.reproduce)}"
    if len(group.probes) > 1:
        yield f"  <details><summary>{len(group.probes)} probes</summary>"
        yield ""
        yield from (f"  - {markdown.code(probe)}" for probe in group.probes)
        yield "  </details>"


def render_page(result: CandidateResult) -> str:
    """candidate.html."""
    every = groups(result.findings)
    return (
        environment()
        .get_template("candidate.html.j2")
        .render(
            result=result,
            headline=headline(result),
            effects=[
                (effect, _HEADINGS[effect], [one for one in every if one.effect is effect])
                for effect in CandidateEffect
            ],
            claims=page_claims(result),
            verdict=_verdict,
            duration=duration,
            style=inlined("style.css"),
        )
    )


def render_candidate_junit(result: CandidateResult) -> bytes:
    """junit.xml: one suite per cell, one case for each probe that differs, and one for the cell itself."""
    root = ET.Element("testsuites", name="candidate")
    of_cell = grouped((row.cell, row) for row in result.findings)
    for cell in result.cells:
        suite = add_suite(root, cell.cell, result.started)
        case = add_case(suite, f"{cell.compared} probes compared", cell.seconds)
        if cell.problem:
            add_element(case, "error", f"not measured: {cell.problem}", "")
        for row in of_cell.get(cell.cell, ()):
            _add_finding(suite, row)
        total(suite)
    for name, why in result.cannot.items():
        suite = add_suite(root, name, result.started)
        add_element(add_case(suite, "install", 0.0), "skipped", why, "")
        total(suite)
    return written(root)


def _add_finding(suite: ET.Element, row: CandidateFinding) -> None:
    case = add_case(suite, row.probe, 0.0)
    message = f"{row.effect}: {row.before or 'none'} → {row.after or 'none'}{f': {row.error}' if row.error else ''}"
    detail = "\n".join([f"Claims: {', '.join(row.claims)}", row.evidence, row.reproduce])
    if row.effect is CandidateEffect.BROKEN:
        add_element(case, "failure", message, detail)
    elif row.effect is CandidateEffect.UNCLEAR:
        add_element(case, "skipped", message, detail)
    else:
        ET.SubElement(case, "system-out").text = printable(f"{message}\n{detail}")


def write(result: CandidateResult, folder: Path) -> None:
    """Writes all of it into `folder`.

    Raises:
        UsageError: it cannot be written to.
    """
    json_file.replace_files(
        folder,
        {
            SCHEMA_FILE: json_file.encode(json_file.json_schema(CandidateResult, SCHEMA)),
            MARKDOWN: render_comment(result).encode(),
            HTML: render_page(result).encode(),
            JUNIT: render_candidate_junit(result),
            JSON: json_file.encode(result),
        },
        remedy="Make the folder writable, or name another with --reports; nothing is then observed again.",
    )


def _verdict(row: VerdictChange) -> str:
    way = f" [{row.way}]" if row.way else ""
    implied = ", implied" if row.standing is Standing.IMPLIED else ""
    return f"{row.claim}{way}{implied}: {row.before} → {row.after}"


def _probes(count: int) -> str:
    return f"{count} probe{'' if count == 1 else 's'}"


def _some(names: Sequence[str], limit: int = 4) -> str:
    return ", ".join(names[:limit]) + (f" and {len(names) - limit} more" if len(names) > limit else "")
