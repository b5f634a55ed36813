"""Reports a trial by mutants: as a few lines for the terminal, as Markdown to read, and as JSON."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path

from conformance import json_file
from conformance.trial.findings import DefectState
from conformance.trial.mutation import MutantTrial, Sampled

_NOT_REACHED = "No probe reaches the changed line."


def write(found: MutantTrial, reports: Path) -> tuple[Path, Path]:
    """Writes `mutants.json` and `mutants.md` into the folder of reports."""
    as_json, as_text = reports / "mutants.json", reports / "mutants.md"
    json_file.replace({as_json: json_file.encode(found), as_text: ("\n".join(markdown(found)) + "\n").encode()})
    return as_json, as_text


def summary(found: MutantTrial) -> Iterator[str]:
    """The result, one line per mutant to look at."""
    for one in found.survivors:
        yield f"SURVIVED   {one.id} in {one.cell} ({one.function}){'' if one.line_reached else ': line not reached'}"
    for one, finding in found.of(DefectState.DID_NOT_TAKE):
        yield f"NOT TRIED  {one.id} in {one.cell}: {finding.why}"
    for cell, why in found.trial.broken.items():
        yield f"NOT TRIED  {cell}: {why}"
    if found.trial.untried:
        yield f"NOT TRIED  {len(found.trial.untried)} runs: the trial was interrupted"
    for alarm in found.trial.false_alarms:
        yield f"FALSE ALARM  {alarm.probe} in {alarm.cell}: {' and '.join(alarm.outcomes)}, with nothing planted"
    yield from (f"{cell}: {rate(found, cell)} mutants noticed" for cell in found.candidates)
    yield f"{rate(found)} mutants noticed, {found.noticed_by_import} of them by the import alone. Seed {found.seed}."


def rate(found: MutantTrial, cell: str | None = None) -> str:
    """How many of the mutants that were tried were noticed, in one cell or in all."""

    def count(mutants: Iterable[Sampled]) -> int:
        return sum(cell in (None, one.cell) for one in mutants)

    noticed = count(one for one, _ in found.of(DefectState.NOTICED))
    return f"{noticed} of {noticed + count(found.survivors)}"


def markdown(found: MutantTrial) -> Iterator[str]:
    """The whole of it, to read."""
    yield from ("# The harness on trial: mutants", "")
    yield f"Harness {found.trial.harness}, {found.trial.started}, seed {found.seed}, of {', '.join(found.modules)}."
    yield ""
    yield f"**{rate(found)} mutants were noticed**, {found.noticed_by_import} of them by the import alone."
    yield ""
    yield "| cell | noticed | drawn from, in functions that probes reach |"
    yield "|---|---|---|"
    for cell, candidates in found.candidates.items():
        yield f"| `{cell}` | {rate(found, cell)} | {candidates} |"
    if found.survivors:
        yield from ("", "## Survived", "", "A survivor is a missing probe, or changes nothing that a user can meet.")
        for one in found.survivors:
            yield from _survivor(one)
    if untaken := found.of(DefectState.DID_NOT_TAKE):
        yield from ("", "## Not tried", "")
        yield from (f"- `{one.id}` in `{one.cell}`: {finding.why}" for one, finding in untaken)
    yield from ("", "## Functions that no probe reaches", "")
    for cell, functions in found.unreached.items():
        yield f"- `{cell}`: {', '.join(f'`{function}`' for function in functions) or 'none'}"
    yield from ("", "## Noticed", "")
    yield from ("| mutant | function | cell | the first probes that noticed |", "|---|---|---|---|")
    for one, finding in found.of(DefectState.NOTICED):
        probes = "<br>".join(f"`{change.name}`: {change.after}" for change in finding.probes[:2])
        yield f"| `{one.id}` | `{one.function}` | `{one.cell}` | {probes} |"


def _survivor(one: Sampled) -> Iterator[str]:
    yield from ("", f"### `{one.id}` in `{one.cell}`", "")
    yield f"In `{one.function}`. {'' if one.line_reached else _NOT_REACHED}".rstrip()
    yield from ("", "```diff", one.diff, "```", "", f"    python -m conformance plant {one.id} {one.cell}")
