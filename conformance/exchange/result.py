"""What came of an exchange: who made what, who could use it, why not, and what that says of the promises."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import msgspec
from packaging.version import InvalidVersion, Version

from conformance import json_file
from conformance.environments.catalogue import Cell
from conformance.errors import ExitCode
from conformance.evidence import Error, Observation, Record
from conformance.exchange.causes import Causes, GraphCause
from conformance.exchange.promises import Promise, covering
from conformance.exchange.store import MadeModel, ModelClass
from conformance.judging.verdicts import SEVERITY, counted, reach_verdict
from conformance.running.exchange_subject import USE
from conformance.words import Keras, Mode, Outcome, Verdict

SCHEMA = "exchange/1"
FILE, SCHEMA_FILE = "exchange.json", "exchange.schema.json"
RIGHT = (Outcome.WORKS, Outcome.DEGRADED)
LOADING = ("values", "call", "assets")  # the uses of a model as it is; the others change it or make another of it


class ExchangeCell(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A cell that made or used models.

    Attributes:
        release: as in releases.toml.
        unavailable: why nothing was observed; "" where something was.
    """

    cell: str
    release: str
    tensorflow: str
    mode: Mode
    keras: Keras
    unavailable: str = ""


class ObservedUse(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What came of one use of a model of a class in a cell.

    Attributes:
        use: "values", "call", "training", "assets" or "saved_again".
        observed: when, where it was taken over from an earlier run.
        cause: why it did not work, as far as the model's graph shows it.
    """

    model: str
    cell: str
    use: str
    outcome: Outcome
    error: Error | None
    notes: tuple[str, ...]
    seconds: float
    observed: str
    cause: GraphCause | None


class PromiseVerdict(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What the uses of a class in a cell say of a promise.

    Attributes:
        producers: the releases among those that made the class of which the promise speaks here.
    """

    promise: str
    model: str
    producers: tuple[str, ...]
    cell: str
    release: str
    verdict: Verdict
    qualifier: str
    why: str


class ExchangeResult(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The whole of it.

    Attributes:
        producers: the cells that made models, oldest release first; consumers: those that used them.
        pairs: how many pairs of a producer's model and a consumer it speaks of; measured: how many of these were tried
            outright, one of each class; the others are equal but for names to one that was.
        missing: uses that were planned and left no observation, as "CELL: PROBE".
    """

    schema: str
    selection: str
    harness: str
    started: str
    seconds: float
    promises: tuple[Promise, ...]
    producers: tuple[ExchangeCell, ...]
    consumers: tuple[ExchangeCell, ...]
    models: tuple[ModelClass, ...]
    uses: tuple[ObservedUse, ...]
    verdicts: tuple[PromiseVerdict, ...]
    pairs: int
    measured: int
    missing: tuple[str, ...]

    @property
    def exit_code(self) -> ExitCode:
        """1 where a promise is contradicted, 4 where something planned is missing."""
        if any(one.verdict is Verdict.CONTRADICTS for one in self.verdicts):
            return ExitCode.UNEXPECTED
        gone = any(one.unavailable for one in self.consumers) or not self.uses
        return ExitCode.INCOMPLETE if self.missing or gone else ExitCode.AS_EXPECTED


class ExchangeEvidence(msgspec.Struct, frozen=True):
    """What a result is made of."""

    cells: tuple[Cell, ...]
    records: tuple[Record, ...]
    models: tuple[ModelClass, ...]
    manifests: tuple[MadeModel, ...]


def result_of(
    evidence: ExchangeEvidence, promises: Sequence[Promise], causes: Causes, about: Mapping[str, Any]
) -> ExchangeResult:
    """Judges what was observed.

    Args:
        about: selection, harness, started and seconds.
    """
    records = {record.header.cell: record for record in evidence.records}
    consumers = tuple(_consumer(cell, records.get(cell.id)) for cell in evidence.cells)
    by_id = {one.id: one for one in evidence.models}
    uses = tuple(
        use
        for consumer in consumers
        if consumer.cell in records
        for one in records[consumer.cell].observations
        if (use := _use(one, consumer, by_id, causes))
    )
    uses = tuple(_without_wrong_causes(uses))
    producers = _producers(evidence)
    tried = {(use.model, use.cell) for use in uses}
    return ExchangeResult(
        schema=SCHEMA,
        promises=tuple(promises),
        producers=producers,
        consumers=consumers,
        models=evidence.models,
        uses=uses,
        verdicts=tuple(_verdicts(uses, consumers, producers, evidence, promises)),
        pairs=sum(len(by_id[model].producers) for model, _ in tried),
        measured=len(tried),
        missing=tuple(f"{name}: {probe}" for name, record in records.items() for probe in record.missing),
        **about,
    )


def worst(uses: Iterable[ObservedUse]) -> ObservedUse | None:
    """The use that went worst; None where there is none."""
    return max(uses, key=lambda one: SEVERITY.index(one.outcome), default=None)


def refused(uses: Iterable[ObservedUse]) -> ObservedUse | None:
    """What went wrong with a model as it is; None where it can be loaded and computes what it should."""
    bad = worst(one for one in uses if one.use in LOADING)
    return bad if bad and bad.outcome not in RIGHT else None


def lacking(uses: Iterable[ObservedUse]) -> list[ObservedUse]:
    """The other uses, training and saving again, that do not work."""
    return [one for one in uses if one.use not in LOADING and one.outcome not in RIGHT]


def version_of(cell: ExchangeCell) -> Version | None:
    """The TensorFlow version of a cell; None where it is not known."""
    try:
        return Version(cell.tensorflow or cell.release)
    except InvalidVersion:
        return None


def exchange_schema() -> dict[str, Any]:
    """The JSON Schema of exchange.json."""
    return json_file.json_schema(ExchangeResult, SCHEMA)


def _consumer(cell: Cell, record: Record | None) -> ExchangeCell:
    unavailable = "it left no record" if record is None else record.unavailable.reason if record.unavailable else ""
    version = record.setting.tf if record and record.setting else cell.environment.release.presumed_tf
    return ExchangeCell(cell.id, cell.environment.release.tf, version, cell.mode, cell.keras, unavailable)


def _producers(evidence: ExchangeEvidence) -> tuple[ExchangeCell, ...]:
    used = dict.fromkeys(name for one in evidence.models for name in one.producers)
    known = {one.cell: one for one in evidence.manifests}
    return tuple(
        ExchangeCell(name, one.release, one.tensorflow, one.mode, one.keras) for name in used if (one := known[name])
    )


def _use(
    one: Observation, consumer: ExchangeCell, models: Mapping[str, ModelClass], causes: Causes
) -> ObservedUse | None:
    use, _, rest = one.probe.removeprefix(f"{USE}.").partition("[")
    made = models.get(rest.removesuffix("]"))
    if made is None:
        return None
    outcome = counted(one.outcome, one.attempt)
    cause = None if outcome in RIGHT else causes.of(made, consumer.release, consumer.mode, outcome, one.error)
    return ObservedUse(made.id, consumer.cell, use, outcome, one.error, one.notes, one.seconds, one.observed, cause)


def _without_wrong_causes(uses: Sequence[ObservedUse]) -> Iterable[ObservedUse]:
    """Where another use of the model works in the cell, its graph is no obstacle, unless the error itself names it.

    What computes wrong values has been loaded, as has what works.
    """
    loads = {(one.model, one.cell) for one in uses if one.outcome in RIGHT}
    for one in uses:
        failed = one.cause and not one.cause.named and one.outcome is not Outcome.WRONG_VALUES
        wrong = failed and (one.model, one.cell) in loads
        yield msgspec.structs.replace(one, cause=None) if wrong else one


def _verdicts(
    uses: Sequence[ObservedUse],
    consumers: Sequence[ExchangeCell],
    producers: Sequence[ExchangeCell],
    evidence: ExchangeEvidence,
    promises: Sequence[Promise],
) -> Iterable[PromiseVerdict]:
    by_pair: dict[tuple[str, str], list[ObservedUse]] = {}
    for use in uses:
        by_pair.setdefault((use.model, use.cell), []).append(use)
    of_cell = {one.cell: one for one in (*producers, *consumers)}
    makers = {one.cell: one for one in producers}
    models = {one.id: one for one in evidence.models}
    for (model, cell), every in by_pair.items():
        found = [use for use in every if use.outcome is not Outcome.API_MISSING]  # a name of tensorflow_hub
        consumer, made = of_cell[cell], models[model]
        version = version_of(consumer)
        said: dict[str, tuple[Promise, list[str], dict[str, Outcome]]] = {}
        for name in made.producers:
            producer = version_of(makers[name])
            if version is None or producer is None:
                continue
            for use in found:
                for promise in covering(promises, made.role, use.use, producer, version):
                    _, releases, outcomes = said.setdefault(promise.id, (promise, [], {}))
                    releases.append(makers[name].release)
                    outcomes[use.use] = use.outcome
        for promise, releases, outcomes in said.values():
            reached = reach_verdict(promise.level, list(outcomes.values()))
            yield PromiseVerdict(
                promise.id,
                model,
                tuple(dict.fromkeys(releases)),
                cell,
                consumer.release,
                reached.verdict,
                reached.qualifier,
                reached.why,
            )
