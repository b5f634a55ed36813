"""`ops`: writes the table of the ops that each release registers, and the definitions of a SavedModel's messages."""

from __future__ import annotations

from conformance import json_file
from conformance.command_line.parsing import Arguments
from conformance.environments import virtualenv
from conformance.environments.catalogue import load_releases
from conformance.environments.unavailable import UnavailableError
from conformance.errors import EvidenceError, ExitCode
from conformance.inspecting.asking import cells_to_ask, message_definitions, registrations
from conformance.inspecting.messages import DEFINITIONS
from conformance.inspecting.ops_table import OPS_FILE, Registrations, encode_ops_table, table_of
from conformance.running.cell import lock_for
from conformance.running.places import default_places


def run(_: Arguments) -> int:
    """Asks one environment of each release; nothing is written before all have answered."""
    places = default_places()
    answered: list[tuple[str, Registrations]] = []
    definitions = b""
    try:
        for cell in cells_to_ask(load_releases()):
            release = cell.environment.release
            lock = lock_for(cell.environment, places.resolutions)
            python = virtualenv.build(cell, root=places.virtualenvs, lock=lock)
            answered.append((release.tf, registrations(python)))
            if not release.floating:  # the newest numbered one's, in the end
                definitions = message_definitions(python) if release.tf_keras else definitions
            print(f"{cell.environment.id}: {len(answered[-1][1].ops)} ops", flush=True)
    except (EvidenceError, UnavailableError) as error:
        print(f"error: {error}")
        return ExitCode.INCOMPLETE
    json_file.replace({OPS_FILE: encode_ops_table(table_of(answered)), DEFINITIONS: definitions})
    return ExitCode.AS_EXPECTED
