"""Writes the reports of a run: all are rendered before the first is replaced, and each is replaced in one step."""

from __future__ import annotations

import os
from pathlib import Path
from tempfile import NamedTemporaryFile

import msgspec

from conformance.claims.catalogue import Catalogue
from conformance.environments.catalogue import load_releases
from conformance.errors import UsageError
from conformance.fixtures import load_models
from conformance.reporting.answers import find_answers
from conformance.reporting.badges import badge_files
from conformance.reporting.corrected import render_markdown, render_page
from conformance.reporting.examples import EXAMPLES, with_those_kept
from conformance.reporting.html import render_html
from conformance.reporting.junit import render_junit
from conformance.reporting.model import Report, build_report
from conformance.reporting.summary import render_summary
from conformance.reporting.support import support_of, support_schema
from conformance.results import (
    RESULTS_FILE,
    SCHEMA_FILE,
    Results,
    encode_results,
    json_schema,
)

HTML = "index.html"
SUMMARY = "summary.md"
JUNIT = "junit.xml"
CORRECTED_PAGE = "corrected-page"
SUPPORT = "support.json"
SUPPORT_SCHEMA = "support.schema.json"
BADGES = "badges"


def write_reports(
    results: Results, claims: Catalogue, directory: Path, *, earlier: Results | None = None, history: str = ""
) -> Report:
    """Writes results.json with its schema and everything that is rendered from it into `directory`; gives the report.

    Args:
        earlier: the run to say of what changed since.
        history: where the page of the history is, relative to `directory`; "" where there is none.

    Raises:
        UsageError: the directory cannot be written to; what it held is left as it was.
    """
    report = build_report(results, claims, earlier)
    rendered = {
        SCHEMA_FILE: _json(json_schema()),
        HTML: render_html(
            report, load_models(load_releases()), find_answers(results, claims, report.cells), history
        ).encode(),
        SUMMARY: render_summary(report).encode(),
        JUNIT: render_junit(report),
        f"{CORRECTED_PAGE}.md": render_markdown(report).encode(),
        f"{CORRECTED_PAGE}.html": render_page(report).encode(),
        SUPPORT: _json(support_of(report)),
        SUPPORT_SCHEMA: _json(support_schema()),
        **{f"{BADGES}/{name}": content for name, content in badge_files(report)},
        **({EXAMPLES: examples} if (examples := with_those_kept(directory / EXAMPLES, results)) else {}),
        RESULTS_FILE: encode_results(results),  # last: whoever sees the new results finds the reports that go with them
    }
    write_files(
        directory,
        rendered,
        remedy="Make the folder writable (or free some space) and render them again: `nox -s report`.",
    )
    return report


def write_files(directory: Path, rendered: dict[str, bytes], *, remedy: str) -> None:
    """Writes files (by their names below `directory`): all of them, or none.

    Raises:
        UsageError: the directory cannot be written to; what it held is left as it was.
    """
    try:
        _replace_all(directory, rendered)
    except OSError as error:
        raise UsageError(
            f"the reports cannot be written ({error.strerror or error}); what was there is untouched.",
            where=str(directory),
            remedy=remedy,
        ) from error


def _json(data: object) -> bytes:
    return msgspec.json.format(msgspec.json.encode(data), indent=1)


def _replace_all(directory: Path, rendered: dict[str, bytes]) -> None:
    """Writes every file beside its place first, so that a full disk is met before anything is replaced."""
    written: list[tuple[Path, Path]] = []
    try:
        for name, content in rendered.items():
            final = directory / name
            final.parent.mkdir(parents=True, exist_ok=True)
            with NamedTemporaryFile(dir=final.parent, prefix=f".{final.name}.", delete=False) as file:
                written.append((Path(file.name), final))
                file.write(content)
                os.fchmod(file.fileno(), 0o644)  # temporary files are private; reports are not
        for temporary, final in written:
            temporary.replace(final)
    finally:
        for temporary, _ in written:
            temporary.unlink(missing_ok=True)
