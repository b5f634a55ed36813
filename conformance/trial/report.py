"""Reports a trial, by the library or by mutants: in lines for the terminal, as Markdown to read, and as JSON."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path

from conformance import json_file
from conformance.trial.findings import DefectEffect, DefectFinding, DefectState
from conformance.trial.mutation import MutantTrial, Sampled
from conformance.trial.trial import Trial

_SHOWN = 6  # probes listed per finding in the Markdown; the JSON has them all
_NOT_REACHED = "No probe reaches the changed line."


def write(found: Trial | MutantTrial, reports: Path) -> tuple[Path, Path]:
    """Writes `trial.json` and `trial.md`, or `mutants.json` and `mutants.md`, into the folder of reports."""
    name, text = ("trial", markdown(found)) if isinstance(found, Trial) else ("mutants", markdown_of_mutants(found))
    as_json, as_text = reports / f"{name}.json", reports / f"{name}.md"
    json_file.replace({as_json: json_file.encode(found), as_text: ("\n".join(text) + "\n").encode()})
    return as_json, as_text


def summary(found: Trial | MutantTrial) -> Iterator[str]:
    """The result, one line per thing to see to."""
    if isinstance(found, Trial):
        for finding in found.of(DefectState.UNNOTICED):
            called = "" if finding.reached else "; no probe ever called what it breaks"
            yield f"UNNOTICED  {finding.defect} in {finding.cell}{called}"
        yield from _troubles(found)
        yield (
            f"{rate(found)} defects noticed; {len(found.false_alarms)} false alarms in {len(found.clean)} cells"
            f" ({sum(found.clean.values())} probes)."
        )
        return
    for one in found.survivors:
        yield f"SURVIVED   {one.id} in {one.cell} ({one.function}){'' if one.line_reached else ': line not reached'}"
    yield from _troubles(found.trial)
    yield from (f"{cell}: {rate_of_mutants(found, cell)} mutants noticed" for cell in found.candidates)
    yield (
        f"{rate_of_mutants(found)} mutants noticed, {found.noticed_by_import} of them by the import alone."
        f" Seed {found.seed}."
    )


def _troubles(trial: Trial) -> Iterator[str]:
    for finding in trial.of(DefectState.DID_NOT_TAKE):
        yield f"NOT TRIED  {finding.defect} in {finding.cell}: {finding.why}"
    for cell, why in trial.broken.items():
        yield f"NOT TRIED  {cell}: {why}"
    if trial.untried:
        yield f"NOT TRIED  {len(trial.untried)} runs: the trial was interrupted"
    for alarm in trial.false_alarms:
        yield f"FALSE ALARM  {alarm.probe} in {alarm.cell}: {' and '.join(alarm.outcomes)}, with nothing planted"


def rate(trial: Trial) -> str:
    """How many of the defects that were tried were noticed."""
    return f"{len(trial.noticed)} of {len({finding.defect for finding in trial.findings})}"


def markdown(trial: Trial) -> Iterator[str]:
    """The whole of it, to read."""
    subtle = [defect.id for defect in trial.defects if defect.subtle]
    alarms = [finding for finding in trial.findings if finding.alarm]
    yield from ("# The harness on trial", "")
    yield f"Harness {trial.harness}, {trial.started}."
    yield ""
    yield f"- **{rate(trial)} planted defects were noticed** ({len(subtle)} of them subtle)."
    yield f"- {len(trial.false_alarms)} false alarms: outcomes that differ between two runs with nothing planted."
    yield f"- {len(trial.of(DefectState.DID_NOT_TAKE))} trials in which the defect did not take, which say nothing."
    if trial.probes:
        yield f"- Only some probes were run: {', '.join(f'`{glob}`' for glob in trial.probes)}."
    if trial.untried:
        yield f"- {len(trial.untried)} trials were not run: it was interrupted."
    whole = [finding for finding in trial.findings if not finding.ended_early]
    if whole:
        yield f"- In {len(alarms)} of {len(whole)} whole runs the harness would have changed its exit code."
    if len(whole) < len(trial.findings):
        yield f"- {len(trial.findings) - len(whole)} runs were ended once a probe had noticed (--brief)."
    yield ""
    yield from (f"- `{cell}`: {probes} probes" for cell, probes in trial.clean.items())
    for title, state in (
        ("Not noticed", DefectState.UNNOTICED),
        ("Did not take", DefectState.DID_NOT_TAKE),
        ("Noticed", DefectState.NOTICED),
    ):
        if trial.of(state):
            yield from ("", f"## {title}", "")
            yield from _table(trial, trial.of(state))
    if trial.false_alarms:
        yield from ("", "## False alarms", "")
        yield from (f"- `{one.probe}` in `{one.cell}`: {', '.join(one.outcomes)}" for one in trial.false_alarms)


def _table(trial: Trial, findings: Iterable[DefectFinding]) -> Iterator[str]:
    about = {defect.id: defect for defect in trial.defects}
    yield "| defect | what breaks | cell | probes that noticed | verdicts that changed | exit code |"
    yield "|---|---|---|---|---|---|"
    for finding in findings:
        defect = about[finding.defect]
        name = f"`{finding.defect}`{' (subtle)' if defect.subtle else ''}"
        probes = finding.why or _list(finding.probes)
        verdicts = "not judged" if finding.ended_early else _list(finding.verdicts)
        code = "" if finding.ended_early else "changes" if finding.alarm else "same"
        yield f"| {name} | {defect.breaks} | `{finding.cell}` | {probes} | {verdicts} | {code} |"


def _list(changes: tuple[DefectEffect, ...]) -> str:
    shown = [f"`{change.name}`: {change.before} → {change.after}" for change in changes[:_SHOWN]]
    more = len(changes) - len(shown)
    return "<br>".join(shown + [f"and {more} more"] * (more > 0)) or "none"


def rate_of_mutants(found: MutantTrial, cell: str | None = None) -> str:
    """How many of the mutants that were tried were noticed, in one cell or in all."""

    def count(mutants: Iterable[Sampled]) -> int:
        return sum(cell in (None, one.cell) for one in mutants)

    noticed = count(one for one, _ in found.of(DefectState.NOTICED))
    return f"{noticed} of {noticed + count(found.survivors)}"


def markdown_of_mutants(found: MutantTrial) -> Iterator[str]:
    """The whole of it, to read."""
    yield from ("# The harness on trial: mutants", "")
    yield f"Harness {found.trial.harness}, {found.trial.started}, seed {found.seed}, of {', '.join(found.modules)}."
    yield ""
    yield f"**{rate_of_mutants(found)} mutants were noticed**, {found.noticed_by_import} of them by the import alone."
    yield ""
    yield "| cell | noticed | drawn from, in functions that probes reach |"
    yield "|---|---|---|"
    for cell, candidates in found.candidates.items():
        yield f"| `{cell}` | {rate_of_mutants(found, cell)} | {candidates} |"
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
