"""A run that lies on disk, with its alarms."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import msgspec

from conformance.alarms.alarm import Alarm, ProbeInCell, alarms_of
from conformance.alarms.nights import alarms_of_night, read_night
from conformance.alarms.promises import alarms_of_exchange, read_exchange, seen_in
from conformance.comparing.direction import SeenOutcome
from conformance.results import Results, Run, read_results, results_at
from conformance.words import Outcome


class AlarmingRun(msgspec.Struct, frozen=True):
    """A run with its alarms, and all that was observed in it."""

    run: Run
    alarms: tuple[Alarm, ...]
    seen: Mapping[ProbeInCell, Outcome]


def read_run(results_path: Path, night_path: Path | None = None, exchange_path: Path | None = None) -> AlarmingRun:
    """A run with its alarms: of a nightly run, those of its night.json; and those of an exchange that belongs to it."""
    results = read_results(results_at(results_path))
    alarms = alarms_of(results) if night_path is None else alarms_of_night(read_night(night_path))
    run = AlarmingRun(results.run, alarms, _seen(results))
    if exchange_path is None:
        return run
    exchange = read_exchange(exchange_path)
    return AlarmingRun(run.run, (*alarms_of_exchange(exchange), *alarms), {**run.seen, **seen_in(exchange)})


def _seen(results: Results) -> dict[ProbeInCell, Outcome]:
    """What was observed, but for what is inconclusive."""
    return {
        ProbeInCell(row.cell, row.probe): row.outcome
        for row in results.observations
        if not SeenOutcome.of(row).inconclusive
    }
