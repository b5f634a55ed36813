"""`jobs`: the jobs that a CI system fans out into, from nox's own listing."""

from __future__ import annotations

import argparse
import sys

import msgspec

from conformance.claims.catalogue import load_claims
from conformance.commands.selecting import add_selection, selection_of
from conformance.environments.catalogue import load_releases
from conformance.errors import ExitCode
from conformance.running.selection import select
from conformance.sharding.jobs import COMMAND, jobs_of

EPILOG = f"""\
example:
  {COMMAND} | python -m conformance jobs --quick

Prints one line of JSON, {{"include": [...]}}, which GitHub Actions takes as `strategy.matrix` by way of fromJSON().
Each job has `environment` (to be measured by `nox -s shard -- ENVIRONMENT`), `python` (which its cells need beside the
host's), `cells` (how many) and `cache` (a key that stays the same as long as the environment's lock does).
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Adds the command's options."""
    parser.description = "Turn nox's listing (on standard input) into one job for each environment of a selection."
    parser.epilog = EPILOG
    add_selection(parser)


def run(arguments: argparse.Namespace) -> int:
    """Prints the jobs."""
    cells = select(selection_of(arguments), load_releases(), load_claims())
    jobs = jobs_of(sys.stdin.buffer.read(), cells)
    print(msgspec.json.encode({"include": jobs}).decode())
    return ExitCode.AS_EXPECTED
