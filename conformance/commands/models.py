"""`models`: remakes the golden fixture models from their recipes."""

from __future__ import annotations

from conformance.command_line.parsing import Arguments
from conformance.environments.catalogue import load_releases
from conformance.errors import ExitCode
from conformance.fixtures import choose, load_models, remake
from conformance.running.places import default_places


def run(arguments: Arguments) -> int:
    """Remakes the models; `git diff fixtures` then shows what became different."""
    releases = load_releases()
    chosen = choose(load_models(releases), arguments.model)
    remake(chosen, releases, virtualenvs=default_places().virtualenvs)
    return ExitCode.AS_EXPECTED
