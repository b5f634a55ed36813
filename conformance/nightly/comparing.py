"""Compares a night with the newest release and with the night before: what is suspected, what stands, what differs.

Pure: it reads no file, runs nothing, and asks no clock.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

import msgspec

from conformance.changes import OutcomeChange
from conformance.comparing.comparison import compare, compare_cells, package_changes, part_of
from conformance.comparing.direction import SeenOutcome, outcome_change, promises
from conformance.comparing.error_texts import one_line
from conformance.environments.unpinned import UnpinnedInstall
from conformance.night import (
    Difference,
    Night,
    NightFinding,
    PackageDifference,
    Status,
    Tried,
    UnpinnedChange,
    UnpinnedState,
)
from conformance.results import ObservationRow, Results
from conformance.words import Change, Outcome

BASELINE = "the baseline"  # what a finding was reviewed by, where it was no expectation

_Key = tuple[str, str]  # cell and probe


class EarlierNight(msgspec.Struct, frozen=True):
    """The night before, for the cells that it was the last to measure."""

    night: Night
    results: Results  # what it observed in these cells, judged under today's claims

    @property
    def name(self) -> str:
        """What it is called in reports."""
        return name_of(self.night.date)

    @property
    def findings(self) -> dict[_Key, NightFinding]:
        """What it found in these cells."""
        cells = {row.cell for row in self.results.environments}
        return {(one.cell, one.probe): one for one in self.night.findings if one.cell in cells}

    def settled(self) -> Results:
        """What it observed; where it could not find out whether something regressed, what was there before counts.

        Else the next night would call what is flaky fixed, or unchanged.
        """
        doubtful = {key: one for key, one in self.findings.items() if not one.stands}
        rows = tuple(
            msgspec.structs.replace(row, outcome=doubtful[row.cell, row.probe].before, error=None, attempt=1)
            if (row.cell, row.probe) in doubtful
            else row
            for row in self.results.observations
        )
        return msgspec.structs.replace(self.results, observations=rows)


class Comparisons(msgspec.Struct, frozen=True):
    """What came of the comparisons."""

    suspects: tuple[NightFinding, ...]  # regressions to be repeated: unconfirmed for now
    standing: tuple[NightFinding, ...]  # regressions that an earlier night confirmed
    differences: tuple[Difference, ...]


def compare_night(
    results: Results,
    references: Mapping[str, str],
    earlier: Sequence[EarlierNight],
    *,
    accepted: Mapping[_Key, Outcome],
    date: str,
) -> Comparisons:
    """Compares each cell with the newest release's, and with the night before.

    Args:
        references: cell -> the newest release's cell of the same mode and Keras.
        accepted: the outcomes of the baseline, by cell and probe.
    """
    worse: dict[_Key, dict[str, OutcomeChange]] = {}
    differences: list[Difference] = []
    worse_than_before: set[_Key] = set()
    for each in earlier:
        cells = {row.cell for row in each.results.environments}
        for row in compare(part_of(results, cells), reference=each.settled()).outcomes:
            if row.change is Change.REGRESSION:
                worse.setdefault((row.cell, row.probe), {})[each.name] = row
                worse_than_before.add((row.cell, row.probe))
            else:
                differences.append(_difference(row, each.name))
    for row in compare_cells(results, references).outcomes:
        against = references[row.cell]
        if row.change is Change.REGRESSION:
            worse.setdefault((row.cell, row.probe), {})[against] = row
        else:
            differences.append(_difference(row, against))
    known = {key: one for each in earlier for key, one in each.findings.items() if one.stands}
    fresh = {key: rows for key, rows in worse.items() if key not in known or key in worse_than_before}
    suspects = (_suspect(rows, date) for rows in fresh.values())
    standing = _still_there([one for key, one in known.items() if key not in fresh], worse, results)
    return Comparisons(
        suspects=tuple(_reviewed(finding, accepted) for finding in suspects),
        standing=tuple(_reviewed(finding, accepted) for finding in standing),
        differences=tuple(differences),
    )


def package_differences(
    environments: Sequence[Tried], measure: str, earlier: Sequence[Night]
) -> tuple[PackageDifference, ...]:
    """The packages of each environment that are not those of the newest release, or of the latest night that had it."""
    of = {each.environment: each.packages for each in environments}
    found: list[PackageDifference] = []
    for each in environments:
        if not each.packages:
            continue
        if each.environment != measure and of.get(measure):
            changes = package_changes(of[measure], each.packages)
            found.append(PackageDifference(each.environment, measure, changes))
        before = [
            (night, one) for night in earlier for one in night.environments if one.environment == each.environment
        ]
        if night_and_one := next(((night, one) for night, one in before if one.packages), None):
            night, one = night_and_one
            changes = package_changes(one.packages, each.packages)
            found.append(PackageDifference(each.environment, name_of(night.date), changes))
    return tuple(found)


def compare_unpinned(seen: UnpinnedInstall, earlier: Sequence[Night]) -> UnpinnedChange:
    """What became of the unpinned install since the latest night that could observe it."""
    before = next((night for night in earlier if not night.plain.seen.unobserved), None)
    if before is None or seen.unobserved:
        state = UnpinnedState.UNOBSERVED if seen.unobserved else UnpinnedState.FIRST
        return UnpinnedChange(seen, state, before.date if before else "", ())
    was = before.plain.seen
    packages = package_changes(was.packages, seen.packages)
    if seen.imports is not was.imports:
        state = UnpinnedState.WORKS_AGAIN if seen.imports else UnpinnedState.BROKE
    elif seen.error != was.error:
        state = UnpinnedState.FAILS_DIFFERENTLY
    else:
        state = UnpinnedState.PACKAGES_CHANGED if packages else UnpinnedState.UNCHANGED
    return UnpinnedChange(seen, state, before.date, packages)


def name_of(date: str) -> str:
    """What a night is called."""
    return f"the night of {date}"


def _suspect(rows: Mapping[str, OutcomeChange], date: str) -> NightFinding:
    first = next(iter(rows.values()))
    assert first.before is not None  # else it would be new
    assert first.after is not None  # else it would be missing
    return NightFinding(
        cell=first.cell,
        environment=first.environment,
        probe=first.probe,
        claims=first.claims,
        status=Status.UNCONFIRMED,
        against=tuple(rows),
        before=first.before,
        observed=(first.after,),
        error=first.error,
        since=date,
        reproduce=first.reproduce,
        reviewed=next((row.forecast for row in rows.values() if row.forecast), ""),
    )


def _still_there(
    known: Iterable[NightFinding], worse: Mapping[_Key, Mapping[str, OutcomeChange]], results: Results
) -> Iterable[NightFinding]:
    """Those of the known regressions that are still there: worse still than what was there before them."""
    rows = {(row.cell, row.probe): row for row in results.observations}
    for one in known:
        row = rows.get((one.cell, one.probe))
        if row and outcome_change(SeenOutcome(one.before), SeenOutcome.of(row), promised=True) is Change.REGRESSION:
            yield msgspec.structs.replace(
                one,
                status=Status.STANDING,
                against=tuple(worse.get((one.cell, one.probe), ())) or one.against,
                observed=(row.outcome,),
                error=one_line(row.error) if row.error else "",
                reviewed=_forecast(row, results),
                reproduce=row.reproduce,
                note="",
            )


def _reviewed(finding: NightFinding, accepted: Mapping[_Key, Outcome]) -> NightFinding:
    """The finding, calm where somebody has accepted that very outcome."""
    if finding.reviewed or accepted.get((finding.cell, finding.probe)) is not finding.observed[0]:
        return finding
    return msgspec.structs.replace(finding, reviewed=BASELINE)


def _forecast(row: ObservationRow, results: Results) -> str:
    """The expectation that covers every promise which the observation speaks to; empty if there is none."""
    promised = [
        verdict
        for verdict in results.verdicts
        if verdict.cell == row.cell and row.probe in verdict.outcomes and promises(verdict.level)
    ]
    forecasts = [verdict.expectation.id if verdict.expectation else "" for verdict in promised]
    return forecasts[0] if forecasts and all(forecasts) else ""


def _difference(row: OutcomeChange, against: str) -> Difference:
    return Difference(row.change, row.cell, row.probe, against, row.before, row.after, row.error)
