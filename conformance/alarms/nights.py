"""The alarms of a night: only what a repeat confirmed is a regression."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from conformance import json_file
from conformance.alarms.alarm import Alarm, AlarmKind, ProbeInCell, incomplete, key_of, regression_alarm
from conformance.comparing.groups import RegressionGroup, by_cause
from conformance.night import SCHEMA, Night, NightFinding, Status, UnpinnedState


def read_night(path: Path) -> Night:
    """Reads and validates a night.json."""
    return json_file.read(path, Night, SCHEMA, remedy="Run it again: `nox -s nightly`.")


def alarms_of_night(night: Night) -> tuple[Alarm, ...]:
    """The alarms of a nightly run, the most urgent first."""
    alarming = by_cause(finding for finding in night.findings if finding.alarming)
    return (
        *(
            regression_alarm(
                group, _packages(group, night), f"since the night of {min(finding.since for finding in group.rows)}"
            )
            for group in alarming
        ),
        *_unpinned(night),
        *incomplete(_missing(night)),
        *_flaky(night),
    )


def _packages(group: RegressionGroup[NightFinding], night: Night) -> tuple[str, ...]:
    """What changed in the environments of the findings, against that than which they are worse."""
    wanted = {(finding.environment, against) for finding in group.rows for against in finding.against}
    rows = (row for row in night.packages if (row.environment, row.against) in wanted)
    return tuple(sorted({str(package) for row in rows for package in row.packages}))


def _unpinned(night: Night) -> Iterator[Alarm]:
    if night.plain.state is UnpinnedState.BROKE:
        title = "pip install tensorflow tensorflow_hub imported the night before, and no longer does"
        packages = tuple(map(str, night.plain.packages))
        yield Alarm(AlarmKind.REGRESSION, key_of("plain"), title, "", ("the unpinned install",), packages=packages)


def _missing(night: Night) -> Iterator[tuple[str, str]]:
    for finding in night.of(Status.UNCONFIRMED):
        if not finding.reviewed:
            yield f"suspected, and could not be repeated: {finding.probe}: {finding.note}", finding.cell
    for unmeasured in night.unmeasured:
        yield f"not measured: {unmeasured.reason}", unmeasured.cell
    if night.plain.state is UnpinnedState.UNOBSERVED:
        yield "pip install tensorflow tensorflow_hub could not be tried", "the unpinned install"


def _flaky(night: Night) -> Iterator[Alarm]:
    for finding in night.of(Status.FLAKY):
        observed = ", ".join(str(outcome or "nothing") for outcome in finding.observed)
        title = f"{finding.probe}: {finding.before} before; observed now, one after the other: {observed}"
        pair = ProbeInCell(finding.cell, finding.probe)
        yield Alarm(
            AlarmKind.FLAKY, key_of(finding.probe), title, finding.error, (finding.cell,), (pair,), finding.claims
        )
