"""Repeats what is suspected before it alarms: a regression that a fresh environment does not show is none to act on."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import msgspec

from conformance.comparing.direction import SeenOutcome, outcome_change
from conformance.grouping import grouped
from conformance.night import NightFinding, Status
from conformance.words import Change


class Repeat(msgspec.Struct, frozen=True):
    """What a repeat of some probes in one cell saw."""

    seen: dict[str, SeenOutcome] = {}
    problem: str = ""  # why the others were not observed


Repeater = Callable[[str, tuple[str, ...], int], Repeat]
"""Observes probes of a cell again, in an environment and processes of their own; the number is that of the repeat."""


def confirm(suspects: Sequence[NightFinding], repeat: Repeater) -> tuple[NightFinding, ...]:
    """Repeats each suspected regression, once; and once more where the repeat saw something else."""
    once = _repeated(suspects, repeat, 1)
    unclear = [finding for finding in once if finding.status is Status.FLAKY]
    twice = {(finding.cell, finding.probe): finding for finding in _repeated(unclear, repeat, 2)}
    return tuple(twice.get((finding.cell, finding.probe), finding) for finding in once)


def _repeated(findings: Sequence[NightFinding], repeat: Repeater, number: int) -> tuple[NightFinding, ...]:
    """The findings after a repeat, with what it saw; one that was flaky stays so."""
    by_cell = grouped((finding.cell, finding) for finding in findings)
    settled: dict[tuple[str, str], NightFinding] = {}
    for cell, members in by_cell.items():
        result = repeat(cell, tuple(finding.probe for finding in members), number)
        settled.update({(cell, finding.probe): _after(finding, result) for finding in members})
    return tuple(settled[finding.cell, finding.probe] for finding in findings)


def _after(finding: NightFinding, repeat: Repeat) -> NightFinding:
    seen = repeat.seen.get(finding.probe)
    observed = (*finding.observed, seen.outcome if seen else None)
    if finding.status is Status.FLAKY:
        return msgspec.structs.replace(finding, observed=observed)
    change = outcome_change(SeenOutcome(finding.before), seen, promised=True)
    if seen is None or change is Change.MISSING:
        note = repeat.problem or (f"the repeat ended as {seen.outcome}" if seen else "the repeat left no observation")
        return msgspec.structs.replace(finding, status=Status.UNCONFIRMED, observed=observed, note=note)
    status = Status.CONFIRMED if change is Change.REGRESSION else Status.FLAKY
    return msgspec.structs.replace(finding, status=status, observed=observed)
