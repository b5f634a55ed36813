"""`models`: remakes the golden fixture models from their recipes."""

from __future__ import annotations

import argparse
from pathlib import Path

from conformance import fixtures
from conformance.environments.catalogue import load_releases
from conformance.running.places import default_places


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Adds the command's options."""
    parser.add_argument("model", nargs="*", help="the fixture models to make; all if none is named")
    parser.add_argument(
        "--into",
        type=Path,
        metavar="FOLDER",
        help="make them in another folder than fixtures/models",
    )


def run(arguments: argparse.Namespace) -> int:
    """Makes the models."""
    releases = load_releases()
    models = fixtures.choose(fixtures.load_models(releases), arguments.model)
    fixtures.remake(
        models,
        releases,
        virtualenvs=default_places().work / "cells",
        folder=arguments.into or fixtures.FIXTURES,
    )
    return 0
