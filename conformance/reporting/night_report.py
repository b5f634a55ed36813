"""Writes what a night leaves behind: the usual reports of its cells, and the night itself."""

from __future__ import annotations

from pathlib import Path

from conformance.claims.catalogue import Catalogue
from conformance.json_file import encode, json_schema, replace_files
from conformance.night import SCHEMA, Night, exit_code
from conformance.reporting.night_text import render_markdown
from conformance.reporting.writing import write_reports
from conformance.results import Results

FOLDER = "nightly"  # below the reports
NIGHT = "night.json"
SCHEMA_FILE = "night.schema.json"
SUMMARY = "night.md"


def write(night: Night, results: Results, claims: Catalogue, folder: Path) -> None:
    """Writes the reports of the night into `folder`.

    Raises:
        UsageError: the folder cannot be written to; what it held is left as it was.
    """
    write_reports(results, claims, folder)
    rendered = {
        SCHEMA_FILE: encode(json_schema(Night, SCHEMA)),
        SUMMARY: render_markdown(night, exit_code(night)).encode(),
        NIGHT: encode(night),
    }
    replace_files(folder, rendered, remedy="Make the folder writable (or free some space) and run it again.")
