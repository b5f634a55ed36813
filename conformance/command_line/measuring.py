"""Commands that measure."""

from __future__ import annotations

from pathlib import Path

from conformance.command_line.declaration import Argument, Command, Example, Group, Session
from conformance.command_line.options import (
    CELL,
    FRESH,
    INTERRUPTED,
    JOBS,
    JSON,
    JUDGED,
    NARROWING,
    REPORTS,
    SELECTION,
    USAGE,
    limits,
    repeated,
)

MATRIX = Command(
    name="matrix",
    summary="Measure the selected releases, judge the page and write the reports: the main job.",
    arguments=(*SELECTION, JOBS, FRESH, limits(), REPORTS),
    examples=(
        Example("", "every release, in every mode"),
        Example("--quick", "a few minutes: TF 1.15, the last before Keras 3, the newest"),
        Example("--only 'tf2.1[5-9]*' --mode tf2", "a part of it"),
        Example("--examples 100 --fresh", "a thorough search, reusing nothing"),
    ),
    exit_codes=JUDGED,
    shortcuts=(Session("quick", "Measure the quick selection and judge the page, in a few minutes.", ("--quick",)),),
)

LIST = Command(
    name="list",
    summary="List what a selection would run.",
    arguments=(*SELECTION, JSON),
    examples=(
        Example("", "all cells"),
        Example("--hub 0.15 --operation fine-tune", "the cells that have such claims"),
        Example("--json", "the same as one JSON array, for programs"),
    ),
    exit_codes={0: "listed", 2: USAGE},
)

SHARD = Command(
    name="shard",
    summary="Measure a part of a run, on any machine, to be merged with the other parts.",
    arguments=(
        Argument(
            "names",
            "what to measure: environments, cells or releases by id or glob (default: the whole run)",
            metavar="NAME",
            many=True,
        ),
        Argument("--out", "the folder of the shard", metavar="FOLDER", kind=Path, required=True),
        *SELECTION,
        JOBS,
        FRESH,
        limits(),
    ),
    examples=(
        Example("tf2.15-hub0.16 --out shards/a", "one environment of the whole matrix"),
        Example("tf1.15 'tf2.1[0-5]*' --quick --out shards/b", "a part of the quick selection"),
    ),
    notes="""\
Give every shard of a run the same options: they say what the whole run is. The names say which part of it the shard
measures. Shards may be measured one after the other, side by side, or on different machines, each in a clean checkout
of the same commit. Then `nox -s merge` judges and reports them as one run.

A shard is a folder of reports with its records and logs, and a manifest.json, which is written last: without it the
shard is not complete. Measuring into the same folder again reuses what is still valid.
""",
    exit_codes={
        0: "the part was measured, whatever was observed (the merge judges)",
        2: "usage error: an option, a folder, or a checkout with changes that are in no commit",
        4: "evidence is incomplete: a cell or a probe of the part left no usable record",
    },
)

MERGE = Command(
    name="merge",
    summary="Judge the shards of a run, wherever they were measured, and report them as one run.",
    arguments=(Argument("shards", "the folder of a shard", metavar="SHARD", kind=Path, many=True), *SELECTION, REPORTS),
    examples=(
        Example("shards/*", "the run that the shards are parts of"),
        Example("shards/* --quick", "the same, and it must be this run; works also where no shard came back"),
    ),
    notes="""\
The shards say what the whole run is; options, where given, must say the same. A planned cell that no shard has is
reported as missing. Shards are only read. A shard is refused if it has no manifest; if a record is not the one that was
packed; if it was measured with another commit, other probes, claims, releases, locks or fixture models than this
checkout has, or with changes that are in no commit; if it is of another run; or if two shards have different records of
one cell. Then the reports stay as they were.
""",
    exit_codes=JUDGED
    | {4: "evidence is incomplete: a planned cell or probe has no usable record; or a shard is refused"},
)

CELL_COMMAND = Command(
    name="cell",
    summary="Measure one cell into reports/records/.",
    arguments=(
        CELL,
        Argument("--lock", "the lock file, where it is not the committed one", metavar="FILE", kind=Path),
        Argument(
            "--models", "the description of users' own models to try, which `model` writes", metavar="FILE", kind=Path
        ),
        Argument(
            "--exchange",
            "the description of models to make or to use, which `produce` and `exchange` write",
            metavar="FILE",
            kind=Path,
        ),
        Argument(
            "--reuse",
            "reuse what the cell's earlier records hold and nothing has changed for (a matrix runs its cells so);"
            " without it, everything is observed",
        ),
        repeated("--first", "PROBE", "probes that run before all others, in this order"),
        Argument(
            "--virtualenvs",
            "the folder of its virtualenv below .nox (default: cells)",
            metavar="FOLDER",
            default="cells",
        ),
        NARROWING,
        limits(),
        REPORTS,
    ),
    examples=(
        Example("tf2.15-hub0.16-tf2", "everything"),
        Example("tf2.15-hub0.16-tf2 --probe 'tf1_hub_load.*'", "some probes only, into reports/narrowed/"),
    ),
    exit_codes={
        0: "the cell was measured, or found to be unavailable, whatever was observed",
        2: USAGE,
        4: "evidence is incomplete: a fixture model is damaged",
        130: INTERRUPTED,
    },
    notes="With nox: nox -s \"cell(tf2.15-hub0.16-tf2)\" -- --probe 'tf1_hub_load.*'",
    in_nox=False,  # the noxfile has one session for each cell
)

JOBS_COMMAND = Command(
    name="jobs",
    summary="Print the jobs by which a CI system measures a selection, one for each environment.",
    arguments=SELECTION,
    examples=(Example("--quick", "the jobs of the quick selection"),),
    notes="""\
Prints one line of JSON, {"include": [...]}, which GitHub Actions takes as `strategy.matrix` by way of fromJSON().
Each job has `environment` (to be measured by `nox -s shard -- ENVIRONMENT`), `python` (which its cells need beside the
host's), `cells` (how many) and `cache` (a key that stays the same as long as the environment's lock does).
""",
    exit_codes={0: "the jobs were printed", 2: USAGE},
    in_nox=False,
)

CANDIDATE = Command(
    name="candidate",
    summary="Say what a build of your own of TensorFlow, Hub or Keras would break, before it is released.",
    details="""\
Puts the candidate into the lock of each selected environment, in the place of exactly the package that it is a build
of, and measures it against the same cells without it. What is known of those is not observed again. The result is what
differs: what is broken, what is mended, what changed, each with the claims of the page, the error, and the command
that observes it again. What differs is measured once more, on both sides, before it is reported.

A candidate is a source tree, a wheel, an sdist, a version, or a requirement of the package index. It is built once, to
a wheel, and not again as long as its sources are the same.
""",
    arguments=(
        Group(
            title="candidates (one for each package)",
            arguments=(
                repeated("--hub", "CANDIDATE", "of tensorflow_hub: ../hub, dist/tensorflow_hub-0.17.0.whl, 0.17.0rc0"),
                repeated("--tf", "CANDIDATE", "of TensorFlow"),
                repeated("--keras", "CANDIDATE", "of keras"),
                repeated("--tf-keras", "CANDIDATE", "of tf_keras"),
                Argument(
                    "--with",
                    "of anything else: 'numpy==2.3.1'",
                    metavar="CANDIDATE",
                    many=True,
                    destination="beside",
                ),
            ),
        ),
        Group(
            title="which cells",
            arguments=(
                repeated(
                    "--only",
                    "GLOB",
                    "cells, environments or releases by id (default: those of the quick selection, each with the newest"
                    " tensorflow_hub of its release)",
                ),
                repeated("--mode", "MODE", "tf1, tf1-compat or tf2"),
                Argument(
                    "--matrix",
                    "all cells; and write the page and the support intervals as they would be after the release",
                ),
            ),
        ),
        Group(
            exclusive=True,
            arguments=(
                repeated("--probe", "GLOB", "probes by id: 'tf1_hub_load.*' (default: all)"),
                Argument(
                    "--impacted",
                    "only a choice of the probes that reach a statement which the candidate changes, by the map of the"
                    " cell; without it, they run first",
                ),
                Argument("--map", "make the maps of the cells anew, without a candidate: which probes reach what"),
            ),
        ),
        JOBS,
        FRESH,
        limits(),
        REPORTS,
        JSON,
    ),
    examples=(
        Example("--hub ../hub", "a checkout of tensorflow_hub"),
        Example("--hub 0.17.0rc0 --only tf2.15-hub0.16-tf2", "a version of the package index, in one cell"),
        Example("--tf tensorflow_cpu-2.22.0-cp313-cp313-linux_x86_64.whl --only tf2.21", "a wheel of TensorFlow"),
        Example("--with 'numpy==2.3.1' --only 'tf2.2*'", "another NumPy"),
        Example("--map --only tf2.15-hub0.16-tf2", "note which probes reach what; then, for a small change:"),
        Example("--hub ../hub --impacted --only tf2.15-hub0.16-tf2", "a choice of the probes that it can concern"),
        Example("--hub 0.17.0rc0 --matrix", "rehearse a release"),
    ),
    notes="""\
It writes to reports/candidate/NAME/: candidate.md (for a comment on a pull request), candidate.html, candidate.json
(candidate.schema.json) and junit.xml. Environments in which a candidate cannot be installed are left out, and named
with why.
""",
    exit_codes={
        0: "nothing is worse",
        1: "something is worse: a claim's probe no longer works as before, or TensorFlow and hub no longer import",
        2: "usage error: a candidate that is not there, does not build, or can be installed in no selected environment",
        4: "something was not measured",
        130: "interrupted; what was observed is kept, and not observed again",
    },
)

COMMANDS = (MATRIX, LIST, SHARD, MERGE, CELL_COMMAND, JOBS_COMMAND, CANDIDATE)
