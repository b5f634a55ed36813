"""`model`: says of a user's own model what it is and where it can load, from its files alone."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterable, Sequence
from fnmatch import fnmatchcase

from conformance import json_file
from conformance.command_line.declaration import CommandResult
from conformance.command_line.parsing import Arguments
from conformance.errors import ExitCode, UsageError, near_miss
from conformance.inspecting.files import ModelFileError
from conformance.inspecting.inspection import Inspection, inspection_schema, load_inspector
from conformance.inspecting.locating import found_models
from conformance.inspecting.text import lines_of, one_line
from conformance.running.places import Places, default_places

FILE, SCHEMA_FILE = "model.json", "model.schema.json"


def run(arguments: Arguments) -> CommandResult:
    """Looks at each model that is meant; one that cannot be read keeps no other from being looked at."""
    places = default_places(arguments.reports)
    inspector = load_inspector(places.baseline)
    required = _required(arguments.require, [one.release for one in inspector.table.releases])
    inspections: list[Inspection] = []
    unreadable = False
    with found_models(arguments.path) as found:
        for model in found:
            try:
                inspection = inspector.inspect(model)
            except ModelFileError as error:
                unreadable = True
                print(f"error: {_one_paragraph(error)}", file=sys.stderr)
                continue
            inspections.append(inspection)
            _write(inspection, places)
            print("\n".join(lines_of(inspection)), end="\n\n")
    failing = dict.fromkeys(_failing(inspections, required))
    for line in failing:
        print(line)
    return CommandResult(_exit_code(inspections, unreadable, bool(failing)), inspections)


def _required(globs: Iterable[str], releases: Sequence[str]) -> tuple[str, ...]:
    names = {f"tf{release}": release for release in releases}
    for glob in globs:
        if not any(fnmatchcase(name, glob) for name in names):
            raise UsageError(f'no release matches "{glob}".', where="--require", remedy=near_miss(glob, names))
    return tuple(release for name, release in names.items() if any(fnmatchcase(name, glob) for glob in globs))


def _failing(inspections: Iterable[Inspection], required: Sequence[str]) -> Iterable[str]:
    for inspection in inspections:
        for answer in inspection.releases:
            if answer.release in required and not answer.can_load:
                yield f"{inspection.name}: cannot load in TensorFlow {answer.release}, where it is required to."


def _exit_code(inspections: Iterable[Inspection], unreadable: bool, failing: bool) -> ExitCode:
    if unreadable or any(one.description.faults for one in inspections):
        return ExitCode.INCOMPLETE
    return ExitCode.UNEXPECTED if failing else ExitCode.AS_EXPECTED


def _write(inspection: Inspection, places: Places) -> None:
    json_file.replace_files(
        places.reports / "models" / inspection.name,
        {FILE: json_file.encode(inspection), SCHEMA_FILE: json_file.encode(inspection_schema())},
        remedy="Give another folder with --reports.",
        what="what was found of the model",
    )


def _one_paragraph(error: ModelFileError) -> str:
    return one_line(str(error)) if len(str(error)) > 400 else " ".join(re.split(r"\s+", str(error)))
