"""The alarms of a night: only what a repeat confirmed is a regression."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import msgspec

from conformance.alarms.alarm import Alarm, Kind, Pair, key_of, regression_title, worsened
from conformance.errors import EvidenceError
from conformance.nightly.night import SCHEMA, Finding, Night, PlainState, Status


def read_night(path: Path) -> Night:
    """Reads and validates a night.json.

    Raises:
        EvidenceError: it cannot be read, is damaged, or is of an older or newer schema.
    """
    try:
        raw = path.read_bytes()
        stated = msgspec.json.decode(raw, type=_Stated).schema
        if stated == SCHEMA:
            return msgspec.json.decode(raw, type=Night)
        what = f'is of schema "{stated}", but this version reads "{SCHEMA}".'
    except (OSError, msgspec.DecodeError, UnicodeDecodeError) as error:
        what = f"cannot be read as a night ({error})."
    raise EvidenceError(what, where=str(path), remedy="Hold the night again: `nox -s nightly`.")


def alarms_of_night(night: Night) -> tuple[Alarm, ...]:
    """The alarms of a night, the most urgent first."""
    return (*_regressions(night), *_plain(night), *_incomplete(night), *_flaky(night))


def _regressions(night: Night) -> Iterator[Alarm]:
    groups: dict[tuple[str, str, str], list[Finding]] = {}
    for finding in night.findings:
        if finding.alarming:
            same = worsened(finding.before, finding.observed[0], finding.error, finding.probe)
            groups.setdefault(same, []).append(finding)
    for same, findings in groups.items():
        first = findings[0]
        yield Alarm(
            kind=Kind.REGRESSION,
            key=key_of(*same),
            title=regression_title(first.before, first.observed[0], first.error, first.probe),
            detail=f"since the night of {min(finding.since for finding in findings)}",
            cells=_cells(findings),
            pairs=tuple(Pair(finding.cell, finding.probe) for finding in findings),
            claims=tuple(dict.fromkeys(claim for finding in findings for claim in finding.claims)),
            packages=_packages(findings, night),
            reproduce=first.reproduce,
        )


def _plain(night: Night) -> Iterator[Alarm]:
    if night.plain.state is PlainState.BROKE:
        title = "pip install tensorflow tensorflow_hub imported the night before, and no longer does"
        packages = tuple(map(str, night.plain.packages))
        yield Alarm(Kind.REGRESSION, key_of("plain"), title, "", ("the plain line",), packages=packages)


def _incomplete(night: Night) -> Iterator[Alarm]:
    reasons: dict[str, list[str]] = {}
    for finding in night.of(Status.UNCONFIRMED):
        if not finding.reviewed:
            why = f"suspected, and could not be repeated: {finding.probe}: {finding.note}"
            reasons.setdefault(why, []).append(finding.cell)
    for unmeasured in night.unmeasured:
        reasons.setdefault(f"not measured: {unmeasured.reason}", []).append(unmeasured.cell)
    if night.plain.state is PlainState.UNOBSERVED:
        reasons.setdefault("pip install tensorflow tensorflow_hub could not be tried", []).append("the plain line")
    for reason, cells in reasons.items():
        yield Alarm(Kind.INCOMPLETE, key_of(reason), reason, "", tuple(dict.fromkeys(cells)))


def _flaky(night: Night) -> Iterator[Alarm]:
    for finding in night.of(Status.FLAKY):
        observed = ", ".join(str(outcome or "nothing") for outcome in finding.observed)
        title = f"{finding.probe}: {finding.before} before; observed now, one after the other: {observed}"
        pair = Pair(finding.cell, finding.probe)
        yield Alarm(Kind.FLAKY, key_of(finding.probe), title, finding.error, (finding.cell,), (pair,), finding.claims)


def _packages(findings: list[Finding], night: Night) -> tuple[str, ...]:
    """What changed in the environments of the findings, against that than which they are worse."""
    wanted = {(finding.environment, against) for finding in findings for against in finding.against}
    rows = (row for row in night.packages if (row.environment, row.against) in wanted)
    return tuple(sorted({str(package) for row in rows for package in row.packages}))


def _cells(findings: list[Finding]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(finding.cell for finding in findings))


class _Stated(msgspec.Struct):
    schema: str = ""
