"""The arguments and exit codes that several commands share."""

from __future__ import annotations

from pathlib import Path

from conformance.command_line.declaration import Argument, Group
from conformance.limits import Limits

USAGE = "usage error: an option, a data file or a folder that has to be corrected first"
UNREADABLE = "evidence is incomplete: a file that is read here is missing or damaged"
INTERRUPTED = "interrupted; what was observed is kept"

# Of the commands that judge a run.
JUDGED = {
    0: "everything is as the page says, or as a reviewed expectation forecasts",
    1: "a verdict, or a regression against the baseline, that no expectation forecasts",
    2: USAGE,
    3: "an expectation is stale: its forecast no longer comes true",
    4: "evidence is incomplete: a planned cell or probe has no usable record",
}


def repeated(name: str, metavar: str, help: str) -> Argument:
    """An option that may be given several times."""
    return Argument(name, help, metavar=metavar, many=True)


WHICH_CELLS = Group(
    title="which cells (each may be repeated; a cell must match all options that are given)",
    arguments=(
        Argument("--quick", "the cells of the quick selection"),
        repeated("--only", "GLOB", "cells, environments or releases by id: tf2.15-hub0.16-tf2, 'tf2.1[5-9]*', tf2.15"),
        repeated("--tf", "RELEASE", "a TensorFlow release: 2.15, rc, nightly"),
        repeated("--hub", "VERSION", "a tensorflow_hub version: 0.15"),
        repeated("--mode", "MODE", "tf1, tf1-compat or tf2"),
        repeated("--keras", "KERAS", "bundled, keras3 or legacy"),
    ),
)
NARROWING = Group(
    title="what is tried in each cell (each may be repeated)",
    arguments=(
        repeated("--format", "FORMAT", "claims about one model format: tf1-hub or tf2-savedmodel"),
        repeated("--operation", "OPERATION", "claims about load, fine-tune, create or mode"),
        repeated("--probe", "GLOB", "probes by id: 'tf1_hub_load.*'"),
    ),
)
SELECTION = (WHICH_CELLS, NARROWING)

REPORTS = Argument("--reports", "the folder of records and reports (default: reports/)", metavar="FOLDER", kind=Path)
JOBS = Argument("--jobs", "cells side by side (default: the number of processors)", metavar="N", kind=int)
FRESH = Argument(
    "--fresh",
    "observe everything again, and resolve rc and nightly again; without it, an earlier observation is reused where"
    " nothing that it depends on has changed (lock, interpreter, probes, fixture models, claims)",
)
JSON = Argument(
    "--json",
    "print one JSON document on standard output, and everything else on standard error; no document after an error",
)
CELL = Argument("cell", "the cell's id; `nox -s list` shows all", metavar="CELL")


def limits(default: Limits = Limits(), *, examples: bool = True) -> Group:  # noqa: B008  (frozen)
    """How long a probe and a cell may take, and how many models are generated, where any are."""
    seconds = (
        Argument(
            "--probe-limit",
            f"a probe that takes longer has timed out, and is tried once more (default: {default.probe:g})",
            metavar="SECONDS",
            kind=float,
            default=default.probe,
        ),
        Argument(
            "--cell-limit",
            f"a cell that takes longer, not counting its build, is ended (default: {default.cell:g})",
            metavar="SECONDS",
            kind=float,
            default=default.cell,
        ),
    )
    generated = Argument(
        "--examples",
        f"models that each property-based probe generates (default: {default.examples}; 100 makes a thorough search)",
        metavar="N",
        kind=int,
        default=default.examples,
    )
    return Group(title="limits", arguments=(*seconds, generated) if examples else seconds)
