"""A snapshot: what a run observed, without the evidence behind it; what baselines and the history are made of.

It keeps the outcomes and the installed packages. It leaves out messages, times and reproduction commands, so that it
has a tenth of the size of `results.json`; and verdicts, since they are derived: `records_of` gives back records that
the judge takes, so that an old run and a new one are compared under the same claims, and differ in what was observed.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import msgspec

from conformance import json_file
from conformance.evidence import SCHEMA as RECORD_SCHEMA
from conformance.evidence import Error, Footer, Header, Observation, Record, Tested, Unavailable, Versions
from conformance.grouping import grouped
from conformance.results import ObservationRow, Results, Setting
from conformance.words import Keras, Mode, Outcome

SCHEMA = "snapshot/1"


class CellSnapshot(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What was observed in one cell."""

    cell: str
    environment: str
    mode: Mode
    keras: Keras
    tf: str
    hub: str
    python: str
    keras_version: str
    packages: dict[str, str]
    lock: str  # sha256 of the lock it was built from, as "sha256:<hex>"; empty if there was none
    started: str  # ISO 8601, UTC, as the cell's record has it
    outcomes: dict[Outcome, tuple[str, ...]]  # the probes by their outcome, each in alphabetical order
    errors: dict[str, str] = {}  # the class of what a probe raised, by probe
    repeated: tuple[str, ...] = ()  # the probes whose outcome was the same at a second attempt
    missing: str = ""  # what keeps the cell's evidence from being complete; empty where nothing does
    unavailable: str = ""  # why there is nothing to observe; empty where there is


class Snapshot(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What was observed in the cells of a run.

    Attributes:
        finished: ISO 8601, UTC: when the run ended; empty if it observed nothing.
        harness: the commit that judged it.
        selection: what was selected, in the user's words.
        probes: what each probe speaks to, in whichever cell; what applies in a cell, its claims know.
        cells: in the order of the matrix.
    """

    schema: str
    finished: str
    harness: str
    selection: str
    probes: dict[str, tuple[Tested, ...]]
    cells: tuple[CellSnapshot, ...]


def snapshot_of(results: Results) -> Snapshot:
    """What `results` observed."""
    by_cell = grouped((row.cell, row) for row in results.observations)
    probes = grouped((row.probe, tested) for row in results.observations for tested in row.claims)
    probes |= {row.probe: [] for row in results.observations if not row.claims and row.probe not in probes}
    missing = results.run.cells_missing
    return Snapshot(
        schema=SCHEMA,
        finished=results.run.finished,
        harness=results.run.harness,
        selection=results.run.selection,
        probes={
            probe: tuple(sorted(set(probes[probe]), key=lambda one: (one.id, one.standing, one.way)))
            for probe in sorted(probes)
        },
        cells=tuple(
            _cell(setting, by_cell.get(setting.cell, ()), missing.get(setting.cell, ""))
            for setting in results.environments
        ),
    )


def records_of(snapshot: Snapshot, source: Path) -> list[Record]:
    """The cells of `snapshot` as records that can be judged; `source` is where it is said to come from in errors."""
    return [_record(cell, snapshot.probes, source) for cell in snapshot.cells]


def decode_snapshot(raw: bytes, where: str) -> Snapshot:
    """Reads and validates a snapshot.

    Raises:
        EvidenceError: it is damaged, or is of an older or newer schema.
    """
    return json_file.decode(
        raw,
        Snapshot,
        SCHEMA,
        where=where,
        remedy="Restore it, e.g. from version control, or remove it; what was observed since is untouched.",
    )


def _cell(setting: Setting, rows: Iterable[ObservationRow], missing: str) -> CellSnapshot:
    ordered = sorted(rows, key=lambda row: row.probe)
    outcomes = grouped((row.outcome, row.probe) for row in ordered)
    return CellSnapshot(
        cell=setting.cell,
        environment=setting.environment,
        mode=setting.mode,
        keras=setting.keras,
        tf=setting.tf,
        hub=setting.hub,
        python=setting.python,
        keras_version=setting.keras_version,
        packages=setting.packages,
        lock=setting.lock,
        started=setting.started,
        outcomes={outcome: tuple(outcomes[outcome]) for outcome in Outcome if outcome in outcomes},
        errors={row.probe: row.error.type for row in ordered if row.error},
        repeated=tuple(row.probe for row in ordered if row.attempt > 1),
        missing=missing,
        unavailable=setting.unavailable,
    )


def _record(cell: CellSnapshot, probes: dict[str, tuple[Tested, ...]], source: Path) -> Record:
    outcome_of = {probe: outcome for outcome, names in cell.outcomes.items() for probe in names}
    observations = tuple(
        Observation(
            probe=probe,
            claims=probes.get(probe, ()),
            fixture="",
            outcome=outcome_of[probe],
            error=Error(cell.errors[probe], "", "") if probe in cell.errors else None,
            notes=(),
            seconds=0.0,
            attempt=2 if probe in cell.repeated else 1,
        )
        for probe in sorted(outcome_of)
    )
    return Record(
        path=source / f"{cell.cell}.jsonl",
        header=Header(
            schema=RECORD_SCHEMA,
            cell=cell.cell,
            environment=cell.environment,
            mode=cell.mode,
            keras=cell.keras,
            lock=cell.lock,
            started=cell.started,
            harness="",
        ),
        setting=_setting(cell),
        plan=tuple(sorted(outcome_of)),
        observations=observations,
        unavailable=Unavailable("snapshot", cell.unavailable) if cell.unavailable else None,
        footer=None if cell.missing else Footer(len(observations), 0.0, 0.0, cell.started),
    )


def _setting(cell: CellSnapshot) -> Versions | None:
    """What the cell turned out to be; a cell whose import failed has no packages, only versions asked for."""
    if not cell.packages:
        return None
    return Versions(cell.tf, cell.hub, cell.python, cell.keras_version, cell.packages)
