"""`schemas`: writes the JSON Schemas of the data files anew, after a change of the types that they are read to."""

from __future__ import annotations

from conformance.command_line.parsing import Arguments
from conformance.editor_schemas import write_schemas
from conformance.errors import ExitCode
from conformance.running.places import ROOT


def run(_: Arguments) -> int:
    """Writes the schemas; `git diff` then shows what changed."""
    for path in write_schemas():
        print(path.relative_to(ROOT))
    return ExitCode.AS_EXPECTED
