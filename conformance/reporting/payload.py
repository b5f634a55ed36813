"""The page's data: the evidence and the advice as compact JSON, of which its script renders what somebody asks for.

- observations stand in the order of their cells, so that a cell is a range of them;
- a probe is a number, and runs of consecutive numbers (a cell runs its probes in order) are one pair of numbers;
- an outcome is one character; what few observations have (an error, notes, a second attempt) is a list of pairs;
- every text stands once, and of very many different errors the rarest are shortened (`errors_index.within`).

`html.py` writes it into a script element, compressed (`packing.packed`).
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from itertools import groupby
from typing import Any

import msgspec

from conformance.cells import CellInfo
from conformance.comparing.comparison import package_changes
from conformance.environments.catalogue import load_releases
from conformance.environments.without_pins import read_tries
from conformance.explaining.index import index_of, stated
from conformance.explaining.installing import install_entries
from conformance.explaining.known_errors import entries_of_models
from conformance.explaining.payload import payload as errors_for_page
from conformance.fixtures import Model
from conformance.plain_text import printable, without_machine_paths
from conformance.reporting import legend
from conformance.reporting.advice_payload import advice_payload
from conformance.reporting.guidance import Guidance
from conformance.reporting.headline import REST, ClaimState, claim_state
from conformance.reporting.installing import needed_pins
from conformance.reporting.model import ClaimView, Report
from conformance.reporting.packing import Interned, runs, sparse
from conformance.reporting.timeline import MarkState, lane_of
from conformance.results import ObservationRow, Setting, VerdictRow
from conformance.words import Mode, Outcome, Standing

OUTCOME_SIGNS = "0123456789"  # one character per outcome, in the vocabulary's order


def page_data(report: Report, guidance: Guidance, models: Sequence[Model]) -> dict[str, Any]:
    """Everything that the page's script shows on demand."""
    texts = Interned("")
    cells = [cell.id for cell in report.cells]
    views = [*report.claim_views(), *report.companion_views()]
    claims = Interned(*(view.claim.id for view in views))
    causes = Interned("")
    rows = _verdicts([row for row in report.results.verdicts if row.claim in claims], cells, claims, causes, texts)
    observations = _observations(report, cells, claims, texts)
    return {
        "claims": [_claim(view, report) for view in views],
        "releases": report.releases,
        "newest": report.newest,
        "cells": _cells(report),
        "models": {model.id: {"about": model.about, "recipe": model.recipe, "by": model.producer} for model in models},
        "verdicts": rows,
        "causes": causes.values,
        **observations,
        **advice_payload(report, guidance),
        "claimStates": {state: [sign.glyph, sign.meaning] for state, sign in legend.CLAIM_STATES.items()},
        "rest": REST,
        "labels": {
            "format": legend.FORMATS,
            "operation": legend.OPERATIONS,
            "mode": legend.MODES,
            "keras": legend.KERAS,
            "state": legend.STATE_WORDS,
        },
        "errorIndex": errors_for_page(
            (
                *install_entries(read_tries(), load_releases()),
                *entries_of_models(),
                *index_of(report.results, stated((view.claim, view.place) for view in views)),
            )
        ),
        "pins": [msgspec.structs.asdict(one) for one in needed_pins(load_releases(), report.releases)],
        "glyphs": {
            **{outcome: sign.glyph for outcome, sign in legend.OUTCOMES.items()},
            **{state: sign.glyph for state, sign in legend.STATES.items()},
        },
        "outcomes": list(Outcome),
        "comparedWith": f"{report.since.noun} of {report.since.dated}" if report.since else "",
        "states": list(MarkState),
        "texts": [printable(without_machine_paths(text)) for text in texts.values],
    }


_STATE_LETTERS = {state: state[0] if state is not ClaimState.NONE else "-" for state in ClaimState}


def _claim(view: ClaimView, report: Report) -> dict[str, Any]:
    """A claim; `states` has a letter per release, the first of its `ClaimState`, or "-"."""
    return {
        "id": view.claim.id,
        "says": view.claim.statement,
        "level": legend.LEVELS[view.claim.level],
        "call": view.claim.call.strip(),
        "format": view.place.format or "",
        "operation": view.place.operation,
        "source": view.claim.source,
        "states": "".join(_STATE_LETTERS[claim_state(release, view.literal)] for release in report.releases),
    }


def _cells(report: Report) -> list[dict[str, Any]]:
    """The cells with their versions, and what changed in their locks since the release before."""
    settings = {row.cell: row for row in report.results.environments}
    neighbours = _neighbours(report.cells)
    return [_cell(cell, settings.get(cell.id), settings.get(neighbours.get(cell.id, ""))) for cell in report.cells]


def _cell(cell: CellInfo, setting: Setting | None, before: Setting | None) -> dict[str, Any]:
    described: dict[str, Any] = {
        "id": cell.id,
        "release": cell.release,
        "hub": ".".join(cell.hub.split(".")[:2]),
        "mode": cell.mode,
        "keras": cell.keras,
        "why": cell.reason,
    }
    if setting is not None:
        described["versions"] = [
            f"TensorFlow {setting.tf}",
            f"tensorflow_hub {setting.hub}",
            f"Keras {setting.keras_version} ({legend.KERAS[setting.keras]})",
            f"Python {setting.python}",
        ]
        described["lock"] = setting.lock
        described["reused"] = (
            f"{setting.reused} observations, the oldest of {setting.reused_from}" if setting.reused else ""
        )
    if setting is not None and before is not None:
        described["before"] = before.cell
        described["changes"] = [str(change) for change in package_changes(before.packages, setting.packages)]
    return {key: _clean(value) for key, value in described.items()}


class _Lanes:
    """What was last seen per subject and lane, to find what the release before says; filled oldest release first."""

    def __init__(self) -> None:
        self._seen: dict[tuple[object, str, str], list[tuple[str, str]]] = {}

    def add(self, subject: object, at: CellInfo | VerdictRow, value: str) -> str:
        """Notes a value, and returns the one of the release before: of the same Keras, or else of the default one."""
        hub, flavour = lane_of(at)
        mine = self._seen.setdefault((subject, hub, flavour), [])
        before = next(
            (
                value
                for lane in (mine, self._seen.get((subject, hub, "default"), []))
                for release, value in reversed(lane)
                if release != at.release
            ),
            "",
        )
        mine.append((at.release, value))
        return before


def _neighbours(cells: Iterable[CellInfo]) -> dict[str, str]:
    """Cell -> the cell of the release before it in the same lane; "" if there is none."""
    lanes = _Lanes()
    return {cell.id: lanes.add(cell.mode is Mode.TF2, cell, cell.id) for cell in cells}


def _observations(report: Report, cells: Sequence[str], claims: Interned, texts: Interned) -> dict[str, Any]:
    numbers = {cell: number for number, cell in enumerate(cells)}
    rows = sorted(report.results.observations, key=lambda row: numbers.get(row.cell, -1))
    rows = [row for row in rows if row.cell in numbers]
    probes, commands = Interned(), Interned()
    column = [probes.number(_probe(row, claims, texts)) for row in rows]
    counts = {number: len(list(group)) for number, group in groupby(numbers[row.cell] for row in rows)}
    signs = dict(zip(Outcome, OUTCOME_SIGNS, strict=True))
    columns = [commands.number(_command(row)) for row in rows]
    since = _since(report)
    reused = {setting.cell: setting.reused for setting in report.results.environments}
    partly = {cell for cell, number in numbers.items() if 0 < reused.get(cell, 0) < counts.get(number, 0)}
    return {
        "probes": probes.values,
        "commands": [printable(command) for command in commands.values],
        "observations": {
            "perCell": [counts.get(number, 0) for number in range(len(cells))],
            "probe": runs(column),
            "outcome": "".join(signs[row.outcome] for row in rows),
            "centiseconds": [round(row.seconds * 100) for row in rows],
            "error": sparse(int(report.error_index.id_of(row.error)[6:]) if row.error else 0 for row in rows),
            "notes": sparse(texts.number("\n".join(_notes(row, partly))) for row in rows),
            "attempt": sparse(row.attempt - 1 for row in rows),
            "command": sparse(columns),
            "since": sparse(texts.number(since.get((row.cell, row.probe), "")) for row in rows),
        },
    }


def _notes(row: ObservationRow, partly_reused: Collection[str]) -> tuple[str, ...]:
    """An observation's notes, with its date where its cell has observations of several runs."""
    dated = row.reused_from and row.cell in partly_reused
    return (*row.notes, f"Reused: observed by the run that began {row.reused_from}.") if dated else row.notes


def _since(report: Report) -> dict[tuple[str, str], str]:
    """What became of an observation since the baseline, in words, by cell and probe: "regression: works → failed"."""
    return {
        (row.cell, row.probe): f"{row.change}: {row.before or 'not tried'} → {row.after}"
        + (f", error before: {row.error_before}" if row.error_before else "")
        for row in (report.since.comparison.outcomes if report.since else ())
        if row.after
    }


def _probe(row: ObservationRow, claims: Interned, texts: Interned) -> tuple[Any, ...]:
    tested = tuple(
        (claims.number(one.id), int(one.standing is Standing.LITERAL), texts.number(one.way))
        for one in row.claims
        if one.id in claims
    )
    return printable(row.probe), texts.number(row.steps), printable(row.fixture), tested


def _command(row: ObservationRow) -> str:
    """The reproduce command with its cell and its probe taken out, if that can be undone."""
    template = row.reproduce.replace(row.probe, "{probe}").replace(row.cell, "{cell}")
    undone = template.replace("{cell}", row.cell).replace("{probe}", row.probe)
    return template if undone == row.reproduce else row.reproduce


def _verdicts(
    rows: Sequence[VerdictRow], cells: Sequence[str], claims: Interned, causes: Interned, texts: Interned
) -> list[tuple[int, ...]]:
    """(claim, cell, literal, state, words, why, cause, way, changed) of every verdict, all but `literal` as numbers."""
    numbers = {cell: number for number, cell in enumerate(cells)}
    states = {state.value: number for number, state in enumerate(MarkState)}
    lanes = _Lanes()
    packed: list[tuple[int, ...]] = []
    for row in sorted((row for row in rows if row.cell in numbers), key=lambda row: numbers[row.cell]):
        before = lanes.add((row.claim, row.way, row.standing), row, row.verdict.value)
        packed.append(
            (
                claims.number(row.claim),
                numbers[row.cell],
                int(row.standing is Standing.LITERAL),
                states[row.verdict.value],
                texts.number(legend.verdict_words(row)),
                texts.number(row.why),
                causes.number(row.expectation.id if row.expectation else ""),
                texts.number(row.way),
                int(before not in ("", row.verdict.value)),
            )
        )
    return packed


def _clean(value: object) -> object:
    if isinstance(value, tuple | list):
        return [_clean(item) for item in value]
    return printable(str(value)) if isinstance(value, str) else value
