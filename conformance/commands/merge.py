"""`merge`: judges shards as one run."""

from __future__ import annotations

import argparse
from pathlib import Path

from rich.console import Console

from conformance.commands.selecting import add_reports, add_selection, selection_of
from conformance.running.places import default_places
from conformance.sharding.merging import merge

EPILOG = """\
examples:
  nox -s merge -- shards/*                 the run that the shards are parts of
  nox -s merge -- shards/* --quick         likewise, and it must be this one; also where no shard came back

What the whole run is, the shards say; options, where given, must say the same. A planned cell that no shard has is
reported as missing. The shards are only read. Refused are: a shard without a manifest or with a record that is not the
one that was packed; one that was measured with another commit, other probes, claims, releases, locks or fixture models
than this checkout has, or with changes that are in no commit; one of another run; two different records of one cell.
Then the reports stay as they were.

exit codes: as those of `matrix`; 4 also for a shard that is refused
  0  as expected   1  unexpected   2  usage   3  a stale expectation   4  incomplete evidence
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Adds the command's options."""
    parser.epilog = EPILOG
    parser.add_argument("shards", nargs="*", type=Path, metavar="SHARD", help="the folder of a shard")
    add_selection(parser)
    add_reports(parser)


def run(arguments: argparse.Namespace) -> int:
    """Merges, judges and reports."""
    return merge(arguments.shards, selection_of(arguments), default_places(arguments.reports), Console())
