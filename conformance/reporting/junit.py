"""junit.xml: one suite per cell and one test case per verdict, for the readers that CI systems bring along."""

from __future__ import annotations

import xml.etree.ElementTree as ET

from conformance.cells import CellInfo, CellStatus
from conformance.changes import OutcomeChange
from conformance.comparing.surprises import is_unexpected, is_unsettled
from conformance.grouping import grouped
from conformance.plain_text import printable
from conformance.reporting.legend import OUTCOMES, verdict_words
from conformance.reporting.model import Report
from conformance.reporting.stale import GoodNews, good_news
from conformance.results import ObservationRow, VerdictRow
from conformance.words import Change, Standing, Verdict

JUNIT = "junit.xml"
STALE_SUITE = "expectations"


def render_junit(report: Report) -> bytes:
    """The whole file. What was forecast does not fail, but its contradiction is in system-out."""
    root = ET.Element("testsuites", name="conformance")
    verdicts = grouped((row.cell, row) for row in report.results.verdicts)
    observations = {(row.cell, row.probe): row for row in report.results.observations}
    started = {row.cell: row.started for row in report.results.environments}
    changes = report.since.comparison.outcomes if report.since else ()
    regressed = grouped((row.cell, row) for row in changes if row.change is Change.REGRESSION)
    for cell in report.cells:
        suite = add_suite(root, cell.id, started.get(cell.id, ""))
        _add_cell_status(suite, cell)
        for row in verdicts.get(cell.id, ()):
            _add_verdict(suite, row, observations, cell)
        for change in regressed.get(cell.id, ()):
            _add_regression(suite, change, report)
        total(suite)
    if stale := good_news(report.results):
        suite = add_suite(root, STALE_SUITE, report.results.run.finished)
        for news in stale:
            _add_stale(suite, news)
        total(suite)
    return written(root)


def written(root: ET.Element) -> bytes:
    """The file of all suites."""
    total(root)
    ET.indent(root, " ")
    return bytes(ET.tostring(root, encoding="utf-8", xml_declaration=True)) + b"\n"


def add_suite(root: ET.Element, name: str, timestamp: str) -> ET.Element:
    """A suite without a case."""
    suite = ET.SubElement(root, "testsuite", name=printable(name))
    if timestamp:
        suite.set("timestamp", printable(timestamp))
    return suite


def add_case(suite: ET.Element, name: str, seconds: float) -> ET.Element:
    """A case that passes, as long as nothing is added to it."""
    return ET.SubElement(
        suite, "testcase", classname=suite.get("name", ""), name=printable(name), time=f"{seconds:.3f}"
    )


def _add_cell_status(suite: ET.Element, cell: CellInfo) -> None:
    """A cell that was not observed is reported once, as an error; the verdicts it owes are skipped."""
    if cell.status is CellStatus.MISSING:
        add_element(
            add_case(suite, "cell", 0.0), "error", f"missing: {cell.reason}", "The cell was planned, and not observed."
        )
    elif cell.status is CellStatus.UNAVAILABLE:
        add_element(add_case(suite, "cell", 0.0), "error", f"unavailable: {cell.reason}", "The cell cannot run here.")


def _add_verdict(
    suite: ET.Element, row: VerdictRow, observations: dict[tuple[str, str], ObservationRow], cell: CellInfo
) -> None:
    """Only a literal verdict can fail: what an implied probe finds is only reported."""
    name = f"{row.claim} [{row.way}]" if row.way else row.claim
    if row.standing is Standing.IMPLIED:
        name += " (implied)"
    seen = [found for probe in row.outcomes if (found := observations.get((row.cell, probe)))]
    case = add_case(suite, name, sum(observation.seconds for observation in seen))
    message = f"{verdict_words(row)}: {row.why}" if row.why else verdict_words(row)
    detail = _detail(row, seen)
    if row.verdict is Verdict.INCONCLUSIVE:
        reported_with_cell = cell.status is not CellStatus.OBSERVED
        add_element(case, "error" if is_unsettled(row) and not reported_with_cell else "skipped", message, detail)
    elif is_unexpected(row):
        add_element(case, "failure", message, detail)
    if row.verdict is not Verdict.AGREES:
        out = ET.SubElement(case, "system-out")
        out.text = printable(f"{message}\n{detail}")


def _detail(row: VerdictRow, seen: list[ObservationRow]) -> str:
    lines = [f"{OUTCOMES[outcome].glyph} {outcome}  {probe}" for probe, outcome in row.outcomes.items()]
    if row.expectation:
        lines.append(f"Expectation {row.expectation.id} (blame: {row.expectation.blame}): {row.expectation.reason}")
        lines.extend(row.expectation.upstream)
    lines.extend(f"Instead: {one.do} (observed to work in {one.cell})" for one in row.instead)
    for observation in seen:
        if observation.error:
            lines.append(f"{observation.probe}: {observation.error.type}: {observation.error.message}")
            lines.append(f"  {observation.reproduce}")
    return "\n".join(lines)


def _add_regression(suite: ET.Element, row: OutcomeChange, report: Report) -> None:
    """A regression fails unless an expectation forecast it, that of an implied probe as well."""
    noun = report.since.noun if report.since else ""
    case = add_case(suite, f"{row.probe} (since the {noun})", 0.0)
    message = f"regression: {row.before} → {row.after}" + (f": {row.error}" if row.error else "")
    packages = report.since.comparison.packages_of([row.environment]) if report.since else ()
    lines = [
        f"Claims: {', '.join(row.claims)}",
        *(f"Changed with it: {package}" for package in packages),
        row.reproduce,
    ]
    if row.forecast:
        ET.SubElement(case, "system-out").text = printable(
            "\n".join((message, f"Forecast by the expectation {row.forecast}.", *lines))
        )
    else:
        add_element(case, "failure", message, "\n".join(lines))


def _add_stale(suite: ET.Element, news: GoodNews) -> None:
    message = f"stale: it no longer comes true in {', '.join(news.cells)}"
    add_element(add_case(suite, news.id, 0.0), "failure", message, f"{news.what} {news.remedy}")


def add_element(case: ET.Element, kind: str, message: str, detail: str) -> None:
    """What a case came to: "failure", "error" or "skipped"."""
    element = ET.SubElement(case, kind, message=printable(message))
    element.text = printable(detail) or None


def total(suite: ET.Element) -> None:
    """Counts the test cases below; readers take the numbers of a suite from its attributes."""
    cases = list(suite.iter("testcase"))
    suite.set("tests", str(len(cases)))
    for attribute, kind in (("failures", "failure"), ("errors", "error"), ("skipped", "skipped")):
        suite.set(attribute, str(sum(case.find(kind) is not None for case in cases)))
    suite.set("time", f"{sum(float(case.get('time', '0')) for case in cases):.3f}")
