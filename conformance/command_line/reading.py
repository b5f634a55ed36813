"""Commands that read what runs have left behind."""

from __future__ import annotations

from pathlib import Path

from conformance.command_line.declaration import Argument, Command, Example
from conformance.command_line.options import (
    FRESH,
    INTERRUPTED,
    JOBS,
    JSON,
    JUDGED,
    REPORTS,
    SELECTION,
    UNREADABLE,
    USAGE,
    WHICH_CELLS,
    limits,
    repeated,
)

REPORT = Command(
    name="report",
    summary="Judge and render the records of earlier runs again, running nothing.",
    details="""\
Takes the latest records of the cells that the latest matrix set out to measure or, where a selection is given, of the
selected cells.
""",
    arguments=(*SELECTION, REPORTS, JSON),
    examples=(
        Example("", "the latest matrix, under the claims and expectations of today"),
        Example("--only '*'", "every cell that has a record"),
        Example("--json", "print the results (as in reports/results.json) for a program"),
    ),
    exit_codes=JUDGED,
)

RENDER = Command(
    name="render",
    summary="Render the reports of any run again, from its results.json alone.",
    details="No records are needed and nothing is judged again. It ends with the run's own exit code.",
    arguments=(
        Argument("results", "a results.json, or the folder it is in", metavar="RESULTS", kind=Path),
        Argument("--since", "say what changed since this earlier run", metavar="OLD", kind=Path),
        Argument("--reports", "where to write the reports (default: beside it)", metavar="FOLDER", kind=Path),
    ),
    examples=(Example("old/results.json --reports old/again", "into another folder"),),
    exit_codes=JUDGED,
)

DIFF = Command(
    name="diff",
    summary="Compare two runs: what changed, and which packages changed with it.",
    details="""\
Prints, and writes to diff.json and diff.html, what differs in verdicts, outcomes, probes and cells, and which packages
changed along with it. What a claim promises and got worse is a regression; what works again is fixed; what is
documented not to work, or what no claim covers, has changed; what only one run observed is missing or new.
""",
    arguments=(
        Argument("old", "results.json of the earlier run, or its folder", metavar="OLD", kind=Path),
        Argument("new", "results.json of the later run, or its folder", metavar="NEW", kind=Path),
        REPORTS,
        JSON,
    ),
    examples=(
        Example("old/results.json reports/results.json", "what differs"),
        Example("old reports --json", "the same for a program (as in diff.json)"),
    ),
    exit_codes={0: "nothing that was observed differs", 1: "something differs", 2: USAGE, 4: UNREADABLE},
)

HISTORY = Command(
    name="history",
    summary="List the runs so far, show claims over them, and render the page and the feed of changes.",
    details="""\
Without an option, lists the runs. With --claim or --cell, shows what each cell said, run after run, judged under
today's claims.
""",
    arguments=(
        Argument("--claim", "claims by id", metavar="GLOB"),
        Argument("--cell", "cells by id", metavar="GLOB"),
        Argument("--import", "add the runs of another history", metavar="FOLDER", kind=Path, destination="other"),
        Argument("--rebuild", "render the page and the feed again"),
        Argument("--site", "where the reports are published, for the feed's links", metavar="URL", default=""),
        REPORTS,
        JSON,
    ),
    examples=(
        Example("", "the runs"),
        Example("--claim tf2-savedmodel.load.tf2.hub-load", "a claim in every cell"),
        Example("--claim 'tf1-hub.*' --cell 'tfnightly*'", "some claims in some cells"),
        Example("--import ../other/reports/history --rebuild", "add another machine's runs, and render"),
        Example("--rebuild --site https://example.org/compatibility", "render for publishing there"),
    ),
    notes="""\
Every complete run is added to reports/history/ automatically, as one file that is never changed; files of other
machines may also be copied there. Files that are damaged, or are not runs, are named and left alone.
""",
    exit_codes={0: "done", 2: USAGE, 4: UNREADABLE},
)

EXPLAIN = Command(
    name="explain",
    summary="Find a pasted error again: what it is, whose doing, in which releases, and what to do.",
    details="""\
Takes a whole traceback, its last line or any part of it, with other paths, addresses and versions than ours; reads it
from standard input where it is not given. Answers from reports/results.json and, where that does not know the error or
does not exist, from the committed index of the run that the baseline was made of.
""",
    arguments=(Argument("text", "the error", metavar="TEXT", many=True), REPORTS, JSON),
    examples=(
        Example("\"AttributeError: module 'tensorflow_hub' has no attribute 'Module'\"", "a line"),
        Example("< traceback.txt", "a file"),
        Example("--json < traceback.txt", "the same for a program"),
    ),
    exit_codes={
        0: "the error is known",
        1: "it is not known; the nearest known errors are named",
        2: USAGE,
        4: UNREADABLE,
    },
)

MODEL = Command(
    name="model",
    summary="Say of a model of your own what it is, and where it loads, computes and trains.",
    details="""\
Takes the folder of a SavedModel (with saved_model.pb or saved_model.pbtxt), a .tar.gz, .tgz, .tar or .zip archive of
one, a handle whose model the local cache of tensorflow_hub has, or a folder of several models. No model is downloaded,
except with --corpus: it gets packages that ship one, and compares each model with the fixture of its kind.

First it answers from the files alone: the model's ops, attributes and versions are held against what each release
registers (conformance/inspecting/ops.json), and what the matrix measured of models of its format is added. Then it
tries every call form that applies in the selected cells (default: the quick ones, or the releases of --require) and
compares what the model computes there. Writes models/NAME/ below the reports: index.html, model.json and the records.
""",
    arguments=(
        Argument("path", "a folder, an archive or a handle", metavar="PATH", optional=True),
        Argument(
            "--corpus", "the real models of conformance/corpus.toml in place of yours; PATH is a name, or all are"
        ),
        Argument("--static", "answer from its files alone; run nothing of it"),
        repeated("--require", "GLOB", "releases in which it has to load: tf2.15, 'tf2.1[5-9]*'"),
        Argument(
            "--inputs",
            "inputs to try it on, by name: .npz, or .json (default: made from its signatures)",
            metavar="FILE",
            kind=Path,
        ),
        Argument(
            "--expect",
            "the outputs that are right, by name: .npz, or .json (default: those of the release that made the model, or"
            " of the oldest that computes it)",
            metavar="FILE",
            kind=Path,
        ),
        WHICH_CELLS,
        JOBS,
        FRESH,
        limits(examples=False),
        REPORTS,
        JSON,
    ),
    examples=(
        Example("path/to/model", "what it is, and how it fares in a few releases"),
        Example("path/to/model --static", "in seconds, from its files alone"),
        Example("model.tar.gz --require 'tf2.1[5-9]*'", "fail where one of these releases cannot load it"),
        Example("path/to/model --only '*' --inputs inputs.npz", "in every cell, on inputs of your own"),
        Example("--corpus", "the real models of conformance/corpus.toml, installed by name and hash"),
        Example("https://tfhub.dev/google/nnlm-en-dim50/2 --json", "a model of the local cache, for a program"),
    ),
    notes="""\
A SavedModel is a program. It is run within limits on memory, time and the size of files and, where the system allows
that, without a network and with nothing that it can write to but a scratch folder; the output says which.
""",
    exit_codes={
        0: "it loads, or nothing in its files speaks against that, wherever it is required to",
        1: "it does not load in a release in which it is required to",
        2: USAGE,
        4: "a file of a model, or a committed table, is missing or damaged; or a release that is required, or a planned"
        " probe, left no observation",
        130: INTERRUPTED,
    },
)

COMMANDS = (REPORT, RENDER, DIFF, EXPLAIN, MODEL, HISTORY)
