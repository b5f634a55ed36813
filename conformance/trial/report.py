"""Reports a trial: as a few lines for the terminal, as Markdown to read, and as JSON."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path

from conformance import json_file
from conformance.trial.findings import DefectEffect, DefectFinding, DefectState
from conformance.trial.trial import Trial

_SHOWN = 6  # probes listed per finding in the Markdown; the JSON has them all


def write(trial: Trial, reports: Path) -> tuple[Path, Path]:
    """Writes `trial.json` and `trial.md` into the folder of reports."""
    as_json, as_text = reports / "trial.json", reports / "trial.md"
    json_file.replace({as_json: json_file.encode(trial), as_text: ("\n".join(markdown(trial)) + "\n").encode()})
    return as_json, as_text


def summary(trial: Trial) -> Iterator[str]:
    """The result, one line per thing to see to."""
    for finding in trial.of(DefectState.UNNOTICED):
        called = "" if finding.reached else "; no probe ever called what it breaks"
        yield f"UNNOTICED  {finding.defect} in {finding.cell}{called}"
    for finding in trial.of(DefectState.DID_NOT_TAKE):
        yield f"NOT TRIED  {finding.defect} in {finding.cell}: {finding.why}"
    for cell, why in trial.broken.items():
        yield f"NOT TRIED  {cell}: {why}"
    if trial.untried:
        yield f"NOT TRIED  {len(trial.untried)} runs: the trial was interrupted"
    for alarm in trial.false_alarms:
        yield f"FALSE ALARM  {alarm.probe} in {alarm.cell}: {' and '.join(alarm.outcomes)}, with nothing planted"
    yield (
        f"{rate(trial)} defects noticed; {len(trial.false_alarms)} false alarms in {len(trial.clean)} cells"
        f" ({sum(trial.clean.values())} probes)."
    )


def rate(trial: Trial) -> str:
    """How many of the defects that were tried were noticed."""
    tried = {finding.defect for finding in trial.findings}
    return f"{len(trial.noticed)} of {len(tried)}"


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
