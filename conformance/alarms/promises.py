"""The alarms of an exchange: a broken promise of TensorFlow's version guide alarms like a regression."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

from conformance import json_file
from conformance.alarms.alarm import Alarm, AlarmKind, ProbeInCell, incomplete, key_of
from conformance.comparing.direction import SeenOutcome
from conformance.comparing.error_texts import alike_but_for_numbers
from conformance.exchange.result import RIGHT, SCHEMA, ExchangeResult, ObservedUse
from conformance.exchange.text import plain, reason_of
from conformance.grouping import grouped
from conformance.running.exchange_subject import USE
from conformance.words import Outcome, Verdict


def read_exchange(path: Path) -> ExchangeResult:
    """Reads and validates an exchange.json."""
    return json_file.read(path, ExchangeResult, SCHEMA, remedy="Make it again: `nox -s exchange`.")


def alarms_of_exchange(result: ExchangeResult) -> tuple[Alarm, ...]:
    """One for each promise, role and reason, with all the consumers in which it is broken; then what is missing."""
    roles = {one.id: one.role for one in result.models}
    broken = grouped(
        ((promise, roles[use.model], plain(use.use), alike_but_for_numbers(reason_of(use))), use)
        for promise, use in _breaking(result)
    )
    return (*(_alarm(result, about, uses) for about, uses in broken.items()), *incomplete(_missing(result)))


def seen_in(result: ExchangeResult) -> Mapping[ProbeInCell, Outcome]:
    """What was observed of each use, but for what says nothing: nobody is to take it for mended."""
    return {_pair(use): use.outcome for use in result.uses if not SeenOutcome(use.outcome).inconclusive}


def _breaking(result: ExchangeResult) -> Iterator[tuple[str, ObservedUse]]:
    """The promises that are contradicted, each with the uses that contradict it."""
    covered = {promise.id: promise.uses for promise in result.promises}
    of_pair = grouped(((use.model, use.cell), use) for use in result.uses if use.outcome not in RIGHT)
    for one in result.verdicts:
        if one.verdict is Verdict.CONTRADICTS:
            for use in of_pair.get((one.model, one.cell), ()):
                if use.use in covered[one.promise]:
                    yield one.promise, use


def _alarm(result: ExchangeResult, about: tuple[str, str, str, str], uses: list[ObservedUse]) -> Alarm:
    """`about`: the promise, the role, the use, and the reason without what varies."""
    promise, role, use, _reason = about
    first = uses[0]
    [maker, *_rest] = next(one.producers for one in result.models if one.id == first.model)
    return Alarm(
        kind=AlarmKind.REGRESSION,
        key=key_of(*about),
        title=f"{promise}: {use} of {role}: {first.outcome}",
        detail=reason_of(first),
        cells=tuple(dict.fromkeys(one.cell for one in uses)),
        pairs=tuple(_pair(one) for one in uses),
        claims=(promise,),
        reproduce=f"nox -s exchange -- --from {maker} --only {first.cell} --role {role}",
    )


def _missing(result: ExchangeResult) -> Iterator[tuple[str, str]]:
    for one in result.consumers:
        if one.unavailable:
            yield f"used no models: {one.unavailable}", one.cell
    for what in result.missing:
        yield "a use of a model left no observation", what.partition(": ")[0]


def _pair(use: ObservedUse) -> ProbeInCell:
    return ProbeInCell(use.cell, f"{USE}.{use.use}[{use.model}]")
