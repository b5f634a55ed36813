"""`steadiness`: repeats cells, whose outcomes must not differ."""

from __future__ import annotations

import argparse
import shutil

from conformance import json_file
from conformance.commands.selecting import add_reports
from conformance.commands.trial import tell
from conformance.environments.catalogue import load_releases
from conformance.errors import UsageError
from conformance.fixtures import load_models, verify_fixtures
from conformance.running.exclusive import only_one
from conformance.running.matrix import default_jobs
from conformance.running.places import default_places
from conformance.running.process import INTERRUPTED, interruptible
from conformance.trial.steadiness import repeat, told

DEFAULT = ("tf1.15-hub0.15-tf1", "tf2.15-hub0.16-tf2", "tf2.21-hub0.16-tf2-keras3")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Adds the command's options."""
    parser.add_argument(
        "--cells", nargs="+", default=DEFAULT, metavar="GLOB", help=f"cells by id (default: {', '.join(DEFAULT)})"
    )
    parser.add_argument("--repeat", type=int, default=10, metavar="N", help="runs of each (default: 10)")
    parser.add_argument("--jobs", type=int, default=default_jobs(), metavar="N", help="cells side by side")
    add_reports(parser)


def run(arguments: argparse.Namespace) -> int:
    """Repeats the cells; 0 only where no outcome differed."""
    releases = load_releases()
    cells = [cell.id for cell in releases.cells_matching(tuple(arguments.cells))]
    if arguments.repeat < 2:
        raise UsageError("one run cannot differ.", where="steadiness, --repeat", remedy="Give 2 or more.")
    verify_fixtures(load_models(releases))
    places = default_places(arguments.reports)
    places.prepare()
    folder = places.reports / "steadiness"
    with only_one(places.work / "steadiness.lock", "a steadiness run of this checkout"):
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        try:
            with interruptible():
                found = repeat(cells, arguments.repeat, folder, root=places.root, jobs=arguments.jobs, tell=tell)
        except KeyboardInterrupt:
            print("Interrupted; nothing is reported.")
            return INTERRUPTED
    json_file.replace({places.reports / "steadiness.json": json_file.encode(found)})
    for line in told(found):
        print(line)
    return found.exit_code
