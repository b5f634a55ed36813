"""Steadiness: the same cells again and again, in which no outcome may differ."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence

import msgspec

from conformance.errors import ExitCode
from conformance.grouping import grouped
from conformance.trial.findings import differences, outcomes_of
from conformance.trial.runs import RunSettings, TrialRun, run_all

SCHEMA = "steadiness/1"


class Steadiness(msgspec.Struct, frozen=True):
    """What repeating showed.

    Attributes:
        repeats: cell -> how many of its runs left a whole record.
        probes: cell -> how many probes ran.
        unsteady: cell -> the probes whose outcome differed, with the outcome in each run.
    """

    schema: str
    wanted: int
    repeats: dict[str, int]
    probes: dict[str, int]
    unsteady: dict[str, dict[str, tuple[str, ...]]]

    @property
    def exit_code(self) -> ExitCode:
        """0 where nothing differed; 4 where a run is missing."""
        if any(self.unsteady.values()):
            return ExitCode.UNEXPECTED
        whole = all(count == self.wanted for count in self.repeats.values())
        return ExitCode.AS_EXPECTED if whole else ExitCode.INCOMPLETE


def repeat(cells: Sequence[str], times: int, settings: RunSettings) -> Steadiness:
    """Runs each cell `times` times and compares the outcomes."""
    runs = [TrialRun(str(number), cell) for number in range(1, times + 1) for cell in cells]
    run_all(runs, settings)
    records = grouped((run.cell, run.record(settings.folder)) for run in runs)
    outcomes = {cell: [outcomes_of(record) for record in records[cell] if record and record.footer] for cell in cells}
    return Steadiness(
        schema=SCHEMA,
        wanted=times,
        repeats={cell: len(found) for cell, found in outcomes.items()},
        probes={cell: len(found[0]) if found else 0 for cell, found in outcomes.items()},
        unsteady={cell: differences(found) for cell, found in outcomes.items()},
    )


def describe(steadiness: Steadiness) -> Iterator[str]:
    """The result in words."""
    for cell, count in steadiness.repeats.items():
        unsteady = steadiness.unsteady[cell]
        yield f"{cell}: {count} of {steadiness.wanted} runs, {steadiness.probes[cell]} probes, {len(unsteady)} unsteady"
        for probe, outcomes in unsteady.items():
            counted = ", ".join(f"{number} {outcome}" for outcome, number in Counter(outcomes).items())
            yield f"  UNSTEADY  {probe}: {counted}"
