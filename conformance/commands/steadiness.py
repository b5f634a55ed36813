"""`steadiness`: repeats cells, whose outcomes must not differ."""

from __future__ import annotations

from conformance import json_file
from conformance.command_line.declaration import CommandResult
from conformance.command_line.maintaining import STEADY_CELLS
from conformance.command_line.parsing import Arguments
from conformance.commands.selecting import jobs_of
from conformance.commands.trial import empty_folder, print_end
from conformance.environments.catalogue import load_releases
from conformance.errors import UsageError
from conformance.fixtures import load_models, verify_fixtures
from conformance.running.places import default_places
from conformance.trial.runs import RunSettings
from conformance.trial.steadiness import describe, repeat


def run(arguments: Arguments) -> CommandResult:
    """Repeats the cells; 0 only where no outcome differed."""
    releases = load_releases()
    cells = [cell.id for cell in releases.cells_matching(arguments.cell or STEADY_CELLS)]
    if arguments.repeat < 2:
        raise UsageError("one run cannot differ.", where="steadiness, --repeat", remedy="Give 2 or more.")
    verify_fixtures(load_models(releases))
    places = default_places(arguments.reports)
    with empty_folder(places, "steadiness") as folder:
        found = repeat(cells, arguments.repeat, RunSettings(folder, places.root, jobs_of(arguments), print_end))
    json_file.replace({places.reports / "steadiness.json": json_file.encode(found)})
    for line in describe(found):
        print(line)
    return CommandResult(found.exit_code, found)
