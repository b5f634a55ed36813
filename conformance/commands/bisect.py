"""`bisect`: finds the version in which an outcome changed, and whose doing it is."""

from __future__ import annotations

import argparse
import shlex
from datetime import UTC, datetime

from rich.console import Console

from conformance.bisecting.bisection import bisect
from conformance.bisecting.candidates import Axis, Lineup
from conformance.bisecting.laboratory import RealLaboratory
from conformance.bisecting.package_index import offered
from conformance.bisecting.question import ask_about
from conformance.bisecting.report import Teller, announcement, summary, write
from conformance.bisecting.result import Asked
from conformance.claims.catalogue import load_claims
from conformance.commands.selecting import add_limits, add_reports, limits_of
from conformance.environments.catalogue import load_releases
from conformance.errors import ExitCode
from conformance.fixtures import load_models, verify_fixtures
from conformance.running.cell import harness_version
from conformance.running.exclusive import only_one
from conformance.running.places import default_places
from conformance.running.process import INTERRUPTED, interruptible

DESCRIPTION = """\
Find the first version of TensorFlow (or, with --axis hub, of tensorflow_hub) in which the outcome of a probe or of a
claim is no longer what it is in the oldest, by binary search over the versions that the package index has. Then tell
which package is guilty: TensorFlow, Keras, tensorflow_hub, Python or the rest of the lock of the first version with
the new outcome is put into the lock of the last version with the old one.

A version takes the Python and the pins of its minor's release in releases.toml; one that cannot be resolved, installed
or imported is a gap, which is named and passed over. What is observed is kept in .nox/bisections: an interrupted
search goes on where it was, and a search over other ends uses what is known. For a claim, its literal probes answer;
of several probes the worst outcome counts.
"""

EPILOG = """\
examples:
  since when has Estimator been broken, and whose doing is it?
    bisect tf2-savedmodel.fine-tune.tf1.estimator tf2.21-hub0.16-tf1-compat-legacy --from 2.11
  who took hub.Module away: TensorFlow 2.16 or tensorflow_hub 0.16?
    bisect tf1-hub.load.tf1.module tf2.21-hub0.16-tf1-compat-legacy --from tf2.15-hub0.15
    bisect tf1-hub.load.tf1.module tf2.15-hub0.16-tf1-compat --axis hub
  which night broke it?
    bisect 'tf2_savedmodel_load.*' tfnightly-hub0.16-tf2-keras3 --from 2.22.0rc0

exit codes:
  0  the change was found
  1  there is none to be found: both ends have the same outcome, or an outcome is flaky
  2  usage
  4  incomplete: too little could be tried, or the package index cannot be asked
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Adds the command's options."""
    parser.description, parser.epilog = DESCRIPTION, EPILOG
    parser.add_argument("about", metavar="PROBE", help="a probe by id, a glob of probes, or a claim by id")
    parser.add_argument("cell", metavar="CELL", help="where the outcome is as it is now; `list` shows all cells")
    end = "a version (2.15, 2.16.0rc0, nightly) or an environment with its tensorflow_hub (tf2.15-hub0.15)"
    parser.add_argument(
        "--from", dest="older", default="", metavar="VERSION", help=f"the older end: {end}; default: the oldest known"
    )
    parser.add_argument("--to", dest="newer", default="", metavar="VERSION", help="the newer end; default: the cell")
    parser.add_argument(
        "--axis",
        type=Axis,
        choices=list(Axis),
        default=Axis.TF,
        metavar="AXIS",
        help="whose versions are searched: tf (default), or hub with TensorFlow held",
    )
    parser.add_argument(
        "--nightlies", action="store_true", help="the nightlies between the ends too, also where no end is one"
    )
    parser.add_argument("--dry-run", action="store_true", help="say what would be done and what it costs; do nothing")
    add_limits(parser)
    add_reports(parser)


def run(arguments: argparse.Namespace) -> int:
    """Announces, searches, tells."""
    releases, claims, limits = load_releases(), load_claims(), limits_of(arguments)
    cell = releases.cell(arguments.cell)
    question = ask_about(arguments.about, cell.mode, claims)
    places = default_places(arguments.reports)
    console = Console()
    asked = Asked(
        about=question.about,
        cell=cell.id,
        axis=arguments.axis.value,
        command=_typed(arguments),
        harness=harness_version(places.root),
        started=datetime.now(UTC).isoformat(timespec="seconds"),
    )
    lineup = Lineup(cell, releases, offered, nightlies=arguments.nightlies)
    candidates = lineup.along(arguments.axis, arguments.older, arguments.newer)
    for line in announcement(asked, candidates):
        console.print(line, markup=False, highlight=False, soft_wrap=True)
    if arguments.dry_run:
        return ExitCode.AS_EXPECTED
    verify_fixtures(load_models(releases))
    places.prepare()
    laboratory = RealLaboratory(question, releases, claims, places, limits)
    with only_one(places.work / "bisect.lock", "a bisection of this checkout"), interruptible():
        console.print(f"What the probes print: {laboratory.log}", markup=False, highlight=False, soft_wrap=True)
        try:
            found = bisect(candidates, laboratory, asked, Teller(console))
        except KeyboardInterrupt:
            console.print("Interrupted. What was observed is kept: the same command goes on from here.")
            return INTERRUPTED
        finally:
            laboratory.tidy()
    written = write(found, places.reports)
    for line in summary(found):
        console.print(line, markup=False, highlight=False, soft_wrap=True)
    console.print(f"Result: {written[1]}", markup=False, highlight=False, soft_wrap=True)
    return found.exit_code


def _typed(arguments: argparse.Namespace) -> str:
    """The command as it can be typed again."""
    words = [arguments.about, arguments.cell]
    words += [
        word
        for option, value in (("--from", arguments.older), ("--to", arguments.newer))
        if value
        for word in (option, value)
    ]
    words += ["--axis", arguments.axis.value] if arguments.axis is not Axis.TF else []
    words += ["--nightlies"] if arguments.nightlies else []
    return f"nox -s bisect -- {shlex.join(words)}"
