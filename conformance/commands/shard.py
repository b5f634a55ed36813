"""`shard`: measures a part of a run, to be merged with the others."""

from __future__ import annotations

import argparse
from pathlib import Path

from rich.console import Console

from conformance.commands.selecting import add_limits, add_selection, limits_of, selection_of
from conformance.errors import UsageError
from conformance.running.matrix import Options, default_jobs
from conformance.running.places import default_places
from conformance.sharding.measuring import measure_shard

EPILOG = """\
examples:
  nox -s shard -- tf2.15-hub0.16 --out shards/a                 an environment of the whole matrix
  nox -s shard -- tf1.15 'tf2.1[0-5]*' --quick --out shards/b   a part of the quick selection
  nox -s merge -- shards/a shards/b                             judge and report them as one run

Every shard of a run is given the same options: they say what the whole run is. The names say which part of it the
shard measures. Shards may be measured one after the other, side by side, or on different machines, each in a clean
checkout of the same commit.

What the shard leaves behind is a folder of reports of its own, with its records and logs, and a manifest.json, which
is written last: without it the shard is not whole. Measuring again into the same folder takes over what still holds.

exit codes:
  0  the part was measured, whatever was observed (the merge judges)
  2  usage: an option, a folder or a checkout with changes that are in no commit
  4  a cell or a probe of the part left no usable record
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Adds the command's options."""
    parser.epilog = EPILOG
    parser.add_argument(
        "names",
        nargs="*",
        metavar="NAME",
        help="what to measure: environments, cells or releases by id, shell-style (default: all of the run)",
    )
    parser.add_argument("--out", type=Path, required=True, metavar="FOLDER", help="the folder of the shard")
    add_selection(parser)
    parser.add_argument("--jobs", type=int, metavar="N", help="cells side by side (default: as many as processors)")
    parser.add_argument("--fresh", action="store_true", help="observe everything again")
    add_limits(parser)


def run(arguments: argparse.Namespace) -> int:
    """Measures and packs."""
    jobs = default_jobs() if arguments.jobs is None else arguments.jobs
    if jobs < 1:
        raise UsageError(f"{jobs} cells cannot run side by side.", where="--jobs", remedy="Give 1 or more.")
    selection = selection_of(arguments)
    options = Options(
        selection=selection,
        places=default_places(arguments.out, narrowed=bool(selection.narrowing)),
        jobs=jobs,
        limits=limits_of(arguments),
        fresh=arguments.fresh,
    )
    return measure_shard(arguments.names, options, Console())
