"""`cell`: measures one cell into its record."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from functools import partial

from conformance.claims.catalogue import Catalogue, load_claims
from conformance.command_line.parsing import Arguments
from conformance.commands.selecting import limits_of, narrowing_of, places_of
from conformance.environments.catalogue import Releases, load_releases
from conformance.errors import ExitCode
from conformance.evidence import Record
from conformance.fixtures import load_models, verify_fixtures
from conformance.running.cell import Task, measure_cell
from conformance.running.exchange_keys import ExchangeKeys
from conformance.running.exchange_subject import TriedExchange, read_exchange_subject
from conformance.running.keys import KeyMaker, Keys
from conformance.running.models_in_cell import try_models
from conformance.running.places import Places
from conformance.running.subject import read_subjects


def _keys(arguments: Arguments, places: Places, releases: Releases, catalogue: Catalogue) -> Callable[[], KeyMaker]:
    if arguments.exchange:
        return partial(ExchangeKeys, places.root, read_exchange_subject(arguments.exchange))
    models = load_models(releases)
    verify_fixtures(models)
    return partial(Keys, places.root, catalogue, models)


def run(arguments: Arguments) -> int:
    """Measures the cell. That it was measured is success, whatever was observed."""
    narrowing, limits = narrowing_of(arguments), limits_of(arguments)
    places = places_of(arguments, narrowing, arguments.virtualenvs)
    releases, catalogue = load_releases(), load_claims()
    cell = releases.cell(arguments.cell)
    if arguments.models:
        subjects = read_subjects(arguments.models)
        places.prepare()
        same = Task(cell, lock=arguments.lock, reuse=arguments.reuse)
        for record in try_models(same, subjects, places, catalogue, limits):
            _say(record)
        return ExitCode.AS_EXPECTED
    keys = _keys(arguments, places, releases, catalogue)
    places.prepare()
    task = Task(
        cell,
        narrowing,
        arguments.lock,
        keys=keys,
        subject=TriedExchange(arguments.exchange) if arguments.exchange else None,
        first=arguments.first,
        reuse=arguments.reuse,
    )
    _say(measure_cell(task, places, catalogue, limits))
    return ExitCode.AS_EXPECTED


def _say(record: Record) -> None:
    name = record.header.cell
    if record.unavailable:
        print(f"{name} is unavailable: {record.unavailable.reason} {record.unavailable.remedy}")
    if record.missing:
        print(f"{len(record.missing)} of {len(record.plan)} probes left no observation: {', '.join(record.missing)}")
    counts = Counter(str(observation.outcome) for observation in record.observations)
    print(f"{name}: {', '.join(f'{count} {outcome}' for outcome, count in counts.items()) or 'no observation'}")
    print(f"Record: {record.path}")
