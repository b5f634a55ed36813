"""Writes the reports of a run: all are rendered before the first is replaced, and each is replaced in one step."""

from __future__ import annotations

from pathlib import Path

from conformance import json_file
from conformance.claims.catalogue import Catalogue
from conformance.environments.catalogue import load_releases
from conformance.fixtures import load_models
from conformance.reporting.badges import badge_files
from conformance.reporting.corrected import render_markdown, render_page
from conformance.reporting.examples import EXAMPLES, with_those_kept
from conformance.reporting.guidance import guidance_of
from conformance.reporting.html import render_html
from conformance.reporting.junit import JUNIT, render_junit
from conformance.reporting.model import Report, build_report
from conformance.reporting.summary import render_summary
from conformance.reporting.support import SCHEMA as SUPPORT_VERSION
from conformance.reporting.support import Support, support_of
from conformance.results import (
    RESULTS_FILE,
    SCHEMA_FILE,
    Results,
    encode_results,
    json_schema,
)

HTML = "index.html"
SUMMARY = "summary.md"
CORRECTED_PAGE = "corrected-page"
SUPPORT = "support.json"
SUPPORT_SCHEMA = "support.schema.json"
BADGES = "badges"
# What other commands leave beside the report, by what it is about.
OTHER_PAGES = (("Made with one, used in another", "exchange/index.html"), ("Real models", "models/corpus.html"))


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
    guidance = guidance_of(report.results, claims)
    others = [(about, page) for about, page in OTHER_PAGES if (directory / page).is_file()]
    if history:
        others.append(("History", history))
    rendered = {
        SCHEMA_FILE: json_file.encode(json_schema()),
        HTML: render_html(report, guidance, load_models(load_releases()), others).encode(),
        SUMMARY: render_summary(report).encode(),
        JUNIT: render_junit(report),
        f"{CORRECTED_PAGE}.md": render_markdown(report).encode(),
        f"{CORRECTED_PAGE}.html": render_page(report).encode(),
        SUPPORT: json_file.encode(support_of(report)),
        SUPPORT_SCHEMA: json_file.encode(json_file.json_schema(Support, SUPPORT_VERSION)),
        **{f"{BADGES}/{name}": content for name, content in badge_files(report, guidance.formats)},
        **({EXAMPLES: examples} if (examples := with_those_kept(directory / EXAMPLES, results)) else {}),
        RESULTS_FILE: encode_results(results),  # last: whoever sees the new results finds the reports that go with them
    }
    json_file.replace_files(
        directory,
        rendered,
        remedy="Make the folder writable (or free some space) and render them again: `nox -s report`.",
    )
    return report
