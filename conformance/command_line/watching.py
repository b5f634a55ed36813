"""Commands that notice changes, find their cause, and accept or announce them."""

from __future__ import annotations

from pathlib import Path

from conformance.command_line.declaration import Argument, Command, Example, Group
from conformance.command_line.options import (
    FRESH,
    JOBS,
    JSON,
    REPORTS,
    UNREADABLE,
    USAGE,
    WHICH_CELLS,
    limits,
    repeated,
)
from conformance.limits import Limits

_RUN = (
    Argument("results", "results.json of a run, or its folder", metavar="RESULTS", kind=Path),
    Argument(
        "--night",
        "its night.json, if it was a nightly run: only what was confirmed then counts",
        metavar="FILE",
        kind=Path,
    ),
    Argument(
        "--exchange",
        "the exchange.json that belongs to it: a broken promise of TensorFlow counts like a regression",
        metavar="FILE",
        kind=Path,
    ),
)

NIGHTLY = Command(
    name="nightly",
    summary="Measure the nightlies and the release candidate, and report what no longer holds.",
    details="""\
Measures the newest tf-nightly (with its Keras nightlies, with tensorflow_hub and with its nightly) and the release
candidate, if there is one, beside the newest release. Compares each cell with that release and with the nightly run
before.

A suspected regression is repeated in an environment built anew from the same lock. Then it is either confirmed, or
flaky (it is repeated once more, and never an alarm). One that an earlier nightly run confirmed is reported as standing,
with the date since which it is there. The unpinned installation (pip install tensorflow tensorflow_hub) is installed
and imported as well.

Everything is resolved as of now or, with --as-of, as of the end of a past day (UTC), so that any nightly run can be
repeated later; it is then compared with the latest kept run that stands for an earlier day.
""",
    arguments=(
        Argument("--as-of", "repeat the nightly run of a past day: 2026-10-20", metavar="DATE", default=""),
        repeated(
            "--only",
            "GLOB",
            "only these of its cells, by id: '*-tf2-keras3'; the cells that they are compared with are added",
        ),
        JOBS,
        FRESH,
        limits(Limits(examples=25)),
        REPORTS,
    ),
    examples=(
        Example("", "as of now"),
        Example("--as-of 2026-10-20", "a past day (needs a package index that says when files were uploaded)"),
        Example("--examples 100 --fresh", "a thorough search, reusing nothing"),
        Example("--only 'tfnightly-hub0.16-tf2-*'", "a part of it"),
    ),
    notes="""\
It writes to reports/nightly/: night.md (one screen), night.json (night.schema.json), the usual reports of its cells,
and the locks it used. What the next nightly run is compared with is added to reports/history/: keep that folder.
""",
    exit_codes={
        0: "nothing needs attention; flaky, fixed and reviewed changes are reported",
        1: "a confirmed regression, new or standing, that nobody has reviewed (no expectation forecasts it, and the "
        "baseline does not have it); or the unpinned installation imported the day before and no longer does",
        2: USAGE,
        4: "something was not measured (the package index cannot be reached, for example), or is suspected and could "
        "not be repeated",
        130: "interrupted before anything was measured; the records and the reports are as they were",
    },
)

BISECT = Command(
    name="bisect",
    summary="Find the version in which an outcome changed, and the package that changed it.",
    details="""\
Finds the first version of TensorFlow (or, with --axis hub, of tensorflow_hub) in which the outcome of a probe or of a
claim is no longer what it is in the oldest, by binary search over the versions that the package index has. Then finds
the package that changed it: TensorFlow, Keras, tensorflow_hub, Python or the rest of the lock of the first version with
the new outcome is put into the lock of the last version with the old one.

A version gets the Python and the pins of its minor's release in releases.toml; one that cannot be resolved, installed
or imported is skipped, and named. What is observed is kept in .nox/bisections: an interrupted search continues where it
was, and a search between other versions uses what is known. For a claim, its literal probes answer; of several probes
the worst outcome counts.
""",
    arguments=(
        Argument(
            "about",
            "a probe by id, a glob of probes, a claim by id, or what is done with a model that some release made, as"
            " exchange.json names it: consume.values[tf2-dense-0a1b2c3d]",
            metavar="PROBE",
        ),
        Argument("cell", "the cell with today's outcome; `nox -s list` shows all", metavar="CELL"),
        Argument(
            "--from",
            "the older end: a version (2.15, 2.16.0rc0, nightly) or an environment with its tensorflow_hub"
            " (tf2.15-hub0.15); default: the oldest known",
            metavar="VERSION",
            default="",
            destination="older",
        ),
        Argument("--to", "the newer end (default: the cell)", metavar="VERSION", default="", destination="newer"),
        Argument(
            "--axis",
            "whose versions are searched: tf (default), or hub with TensorFlow unchanged",
            metavar="AXIS",
            default="tf",
            choices=("tf", "hub"),
        ),
        Argument("--nightlies", "search the nightlies between the ends too, also where neither end is one"),
        Argument("--dry-run", "say what would be done and how long it takes; do nothing"),
        limits(),
        REPORTS,
    ),
    examples=(
        Example(
            "tf2-savedmodel.fine-tune.tf1.estimator tf2.21-hub0.16-tf1-compat-legacy --from 2.11",
            "since which version is Estimator broken, and which package broke it?",
        ),
        Example(
            "tf1-hub.load.tf1.module tf2.21-hub0.16-tf1-compat-legacy --from tf2.15-hub0.15",
            "did TensorFlow 2.16 or tensorflow_hub 0.16 remove hub.Module?",
        ),
        Example("tf1-hub.load.tf1.module tf2.15-hub0.16-tf1-compat --axis hub", "the same, along tensorflow_hub"),
        Example("'tf2_savedmodel_load.*' tfnightly-hub0.16-tf2-keras3 --from 2.22.0rc0", "which nightly broke it?"),
    ),
    exit_codes={
        0: "the change was found; with --dry-run: the plan was shown",
        1: "no change can be found: both ends have the same outcome, or an outcome is flaky",
        2: USAGE,
        4: "evidence is incomplete: too little could be tried, or the package index cannot be asked",
        130: "interrupted; what was observed is kept, and the same command goes on from here",
    },
)

ACCEPT = Command(
    name="accept",
    summary="Make what was observed the reviewed baseline, after showing the difference.",
    details="""\
The baseline (conformance/judging/baseline/) is what every later run is compared with. First shows how the latest
records differ from it. Then writes it if the user of the terminal agrees, or with --yes; commit what it wrote.

Takes the cells of the latest matrix or, where a selection is given, the selected cells. Only complete evidence is
accepted: other cells keep their baseline, and are named. Cells that are not selected keep theirs as well.
""",
    arguments=(
        WHICH_CELLS,
        Group(
            exclusive=True,
            arguments=(
                Argument("--dry-run", "show what would change, and write nothing"),
                Argument("--yes", "do not ask"),
            ),
        ),
        Argument(
            "--regressions",
            "also accept what got worse without a forecast, or is no longer observed: no later run will report it",
        ),
        REPORTS,
        JSON,
    ),
    examples=(
        Example("--dry-run", "how the latest records differ from the baseline"),
        Example("", "show, ask, write"),
        Example("--only tf2.23 --yes", "one release, without asking"),
    ),
    exit_codes={
        0: "the baseline is what was observed: it was written, or nothing had to be",
        1: "the baseline differs from what was observed, and nothing was written",
        2: USAGE,
        4: "some of the cells have no complete evidence; the others were accepted, or there was nothing to write",
    },
)

ANNOTATE = Command(
    name="annotate",
    summary="Print what a run asks somebody to look at as annotations of GitHub Actions.",
    details="""\
Prints regressions and unexpected verdicts (as errors), incomplete evidence (as warnings) and stale expectations (as
notices) as workflow commands: one line each, at most ten of each level, since GitHub shows no more.
""",
    arguments=_RUN,
    examples=(
        Example("reports", "the latest matrix"),
        Example("reports/nightly --night reports/nightly/night.json", "the latest nightly run"),
    ),
    exit_codes={
        0: "printed, whatever the result of the run",
        2: USAGE,
        4: UNREADABLE,
    },
    in_nox=False,
)

ISSUES = Command(
    name="issues",
    summary="Keep one issue for each regression or unexpected verdict of a run.",
    details="""\
Prints the issues that there should be after a run, as JSON, each with a key that stays the same as long as the same
thing is wrong in the same way. With --apply, changes the issues on GitHub accordingly, with GitHub's gh: those with
our label are updated, opened, or closed where the run has observed that the problem is gone. What the run did not
observe is left alone.
""",
    arguments=(*_RUN, Argument("--apply", "change the issues (needs gh, GH_TOKEN and GH_REPO)")),
    examples=(
        Example("reports", "print the issues that there should be"),
        Example("reports --apply", "open, update and close issues"),
    ),
    exit_codes={0: "printed, or applied", 2: USAGE + "; or gh failed", 4: UNREADABLE},
    in_nox=False,
)

COMMANDS = (NIGHTLY, BISECT, ACCEPT, ANNOTATE, ISSUES)
