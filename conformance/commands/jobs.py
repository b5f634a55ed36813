"""`jobs`: the jobs that a CI system fans out into."""

from __future__ import annotations

import msgspec

from conformance.claims.catalogue import load_claims
from conformance.command_line.parsing import Arguments
from conformance.commands.selecting import selection_of
from conformance.environments.catalogue import load_releases
from conformance.errors import ExitCode
from conformance.running.selection import select
from conformance.sharding.jobs import jobs_of


def run(arguments: Arguments) -> int:
    """Prints the jobs."""
    cells = select(selection_of(arguments), load_releases(), load_claims())
    print(msgspec.json.encode({"include": jobs_of(cells)}).decode())
    return ExitCode.AS_EXPECTED
