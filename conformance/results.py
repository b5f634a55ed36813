"""`results.json`: the observations of a run with the verdicts derived from them, as others read it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import msgspec

from conformance import json_file
from conformance.changes import Comparison
from conformance.evidence import Error, Tested
from conformance.words import Keras, Level, Mode, Outcome, Package, Standing, Verdict

SCHEMA = "results/1"
RESULTS_FILE = "results.json"
SCHEMA_FILE = "results.schema.json"


class Run(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The run as a whole.

    Attributes:
        started, finished: ISO 8601, UTC, of the earliest and the latest record; empty if there was none.
        selection: what was selected, in the user's words.
        cells_planned: ids of the cells that were selected.
        cells_missing: those of them without a complete record, with what is wrong: "no record", "cut short after ...".
    """

    started: str
    finished: str
    harness: str
    selection: str
    cells_planned: tuple[str, ...]
    cells_missing: dict[str, str]


class Setting(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One cell, as it turned out to be.

    Attributes:
        release: "2.15", "rc", "nightly": the order of the timeline.
        tf: the version that was imported, or where none could be, the one asked for; empty for a floating release.
        hub: likewise.
        lock: sha256 of the lock it was built from, as "sha256:<hex>"; empty if there was none.
        seconds, cpu_seconds: what it took; 0 where its record was cut short.
        unavailable: why there is nothing to observe; empty where there is.
        import_error: what importing raised, where that is why.
        reused: how many of its observations were made by earlier runs, and reused since what they depend on is as it
            was; `reused_from` is when the first of those runs began (ISO 8601, UTC).
    """

    cell: str
    environment: str
    release: str
    mode: Mode
    keras: Keras
    tf: str
    hub: str
    python: str
    keras_version: str
    packages: dict[str, str]
    lock: str
    seconds: float
    cpu_seconds: float
    started: str
    unavailable: str = ""
    reused: int = 0
    reused_from: str = ""
    import_error: Error | None = None


class ObservationRow(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One probe in one cell.

    Attributes:
        reused_from: when the earlier run began that made it (ISO 8601, UTC); empty where this run did.
        errors_met: the errors that the probe met beside `error`: refusals that it confirmed, and what led to an error.
    """

    probe: str
    claims: tuple[Tested, ...]
    fixture: str
    environment: str
    cell: str
    tf: str
    hub: str
    python: str
    keras: Keras
    mode: Mode
    outcome: Outcome
    error: Error | None
    notes: tuple[str, ...]
    seconds: float
    reproduce: str
    steps: str = ""
    attempt: int = 1
    reused_from: str = ""
    errors_met: tuple[Error, ...] = ()


class ExpectationRow(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The reviewed forecast that a verdict met.

    Attributes:
        instead: all the advice it gives, proved or not; what is proved for a verdict stands in `VerdictRow.instead`.
        cause: the reason in a few words, for places where `reason` is too long.
        notice: how to notice what raises nothing; "" where an error says it, or nobody has written it down.
    """

    id: str
    blame: Package
    reason: str
    upstream: tuple[str, ...]
    instead: str
    review: str
    cause: str = ""
    notice: str = ""


class Instead(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What to do instead, proved.

    Attributes:
        cell: where it was observed to work: the verdict's own cell, or the sibling of it that the advice names.
        probes: what proves it: they all worked there.
    """

    do: str
    cell: str
    probes: tuple[str, ...]


class VerdictRow(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What one cell says about one claim (in one way of trying it).

    Attributes:
        standing: `literal` for the claim's verdict; `implied` for the one shown beside it, never mixed in.
        outcomes: probe -> outcome, of the probes it was derived from.
        qualifier: "" or one of "minor", "noted", "hazard", "unclear", "dangerous": see the table in DESIGN's rules.
        why: one sentence that explains the verdict ("control not green", "2 of 3 probes rejected", ...).
        expected: whether it is what the page says, or a reviewed expectation forecasts it.
        instead: of the expectation's advice, what the run's own observations prove for this cell.
    """

    claim: str
    way: str
    standing: Standing
    level: Level
    environment: str
    cell: str
    release: str
    tf: str
    hub: str
    mode: Mode
    keras: Keras
    verdict: Verdict
    qualifier: str
    why: str
    outcomes: dict[str, Outcome]
    expected: bool
    expectation: ExpectationRow | None = None
    instead: tuple[Instead, ...] = ()


class StaleExpectation(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """An expectation whose forecast no longer comes true: good news, to be removed or narrowed."""

    id: str
    cells: tuple[str, ...]
    observed: str


class Results(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Everything a run observed and what follows from it.

    Attributes:
        notes: what a reader should know and no exit code says, e.g. that an expectation is due for review.
        changes: what became of the reviewed baseline; None where there is none to compare with.
    """

    schema: str
    run: Run
    environments: tuple[Setting, ...]
    observations: tuple[ObservationRow, ...]
    verdicts: tuple[VerdictRow, ...]
    stale_expectations: tuple[StaleExpectation, ...] = ()
    notes: tuple[str, ...] = ()
    changes: Comparison | None = None


def json_schema() -> dict[str, Any]:
    """The JSON Schema of `results.json`."""
    return json_file.json_schema(Results, SCHEMA)


def results_at(path: Path) -> Path:
    """The results file that is meant by `path`: itself, or the one in that folder."""
    return path / RESULTS_FILE if path.is_dir() else path


def read_results(path: Path) -> Results:
    """Reads and validates a results file."""
    return json_file.read(path, Results, SCHEMA, remedy="Render it again from its records: `nox -s report`.")


def encode_results(results: Results) -> bytes:
    """The bytes of a results file, checked to read back as the same results before anything is overwritten."""
    encoded = json_file.encode(results)
    if msgspec.json.decode(encoded, type=Results) != results:  # pragma: no cover - no results are known that would
        raise AssertionError("results do not survive their own encoding")
    return encoded
