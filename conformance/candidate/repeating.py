"""What differs is measured again, on both sides: what does not come back is no finding, and is listed apart."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Sequence

import msgspec

from conformance.candidate.result import CandidateEffect, CandidateFinding
from conformance.changes import Comparison
from conformance.evidence import Record
from conformance.grouping import grouped
from conformance.judging.judge import WHOLE_CELL
from conformance.results import Results
from conformance.words import Outcome

_OF_A_CAUSE = 3  # probes of a cell that differ alike: so many are measured again for all of them
Where = tuple[str, str]  # cell and probe


class Sides(msgspec.Struct, frozen=True):
    """Cells that were measured without and with the candidates, and what differs."""

    without: Sequence[Record]
    with_them: Sequence[Record]
    results: Results  # of those with them
    comparison: Comparison
    findings: Sequence[CandidateFinding]


class Settled(msgspec.Struct, frozen=True):
    """What is left after what differs was measured again."""

    sides: Sides  # what was seen at first; of what did not come back, what was seen afterwards
    findings: tuple[CandidateFinding, ...]  # what came back, or differs in the same way as what did
    unsteady: tuple[CandidateFinding, ...] = ()  # what did not come back, each as an unclear finding
    asked: int = 0  # how many were measured again
    unmeasured: int = 0  # of those, how many were not observed on both sides, so that the first time counts


def settle(
    first: Sides,
    measure: Callable[[Sequence[CandidateFinding]], Sides],
    compare: Callable[[Sequence[Record], Sequence[Record]], Sides],
) -> Settled:
    """Measures again what differs: some of each cause; then all the rest of those of which nothing came back."""
    sides, steady, unmeasured = first, set[Where](), set[Where]()
    unsteady: dict[Where, CandidateFinding] = {}
    for most in (_OF_A_CAUSE, None):
        asked = _samples(sides.findings, {*steady, *unmeasured, *unsteady}, most)
        if not asked:
            break
        second = measure(asked)
        effects = {_where(one): one.effect for one in second.findings}
        gone: set[Where] = set()
        for one in asked:
            before, after = (_outcome(records, one) for records in (second.without, second.with_them))
            if effects.get(_where(one)) is one.effect:
                steady.add(_where(one))
            elif before is None or after is None:
                unmeasured.add(_where(one))
            else:
                gone.add(_where(one))
                unsteady[_where(one)] = _as_unclear(one, before, after)
        if gone:
            sides = compare(
                _replaced(sides.without, second.without, gone), _replaced(sides.with_them, second.with_them, gone)
            )
    kept = tuple(one for one in sides.findings if _where(one) not in unsteady)
    count = len(steady) + len(unsteady) + len(unmeasured)
    return Settled(sides, kept, tuple(unsteady.values()), count, len(unmeasured))


def _samples(
    findings: Iterable[CandidateFinding], known: Collection[Where], most: int | None
) -> list[CandidateFinding]:
    """The first findings of each cause of which nothing is known yet."""
    causes = grouped(((one.cell, one.cause), one) for one in findings if one.effect is not CandidateEffect.UNCLEAR)
    open_causes = (alike for alike in causes.values() if not any(_where(one) in known for one in alike))
    return [one for alike in open_causes for one in alike[:most]]


def _where(finding: CandidateFinding) -> Where:
    return finding.cell, finding.probe


def _as_unclear(finding: CandidateFinding, before: Outcome, after: Outcome) -> CandidateFinding:
    first = f"{finding.before or 'none'} → {finding.after or 'none'}{f' ({finding.error})' if finding.error else ''}"
    return msgspec.structs.replace(
        finding,
        effect=CandidateEffect.UNCLEAR,
        error=f"not seen again: {first} at first, {before} → {after} when measured again",
        forecast="",
    )


def _outcome(records: Iterable[Record], finding: CandidateFinding) -> Outcome | None:
    """What was observed of the probe; of a whole cell, whether it could be imported."""
    record = next((one for one in records if one.header.cell == finding.cell), None)
    if record is None:
        return None
    if finding.probe == WHOLE_CELL:
        return Outcome.UNAVAILABLE if record.unavailable else Outcome.WORKS
    return next((one.outcome for one in record.observations if one.probe == finding.probe), None)


def _replaced(records: Iterable[Record], second: Iterable[Record], probes: Collection[Where]) -> list[Record]:
    """The records, with what was observed of these probes the second time."""
    again = {(record.header.cell, one.probe): one for record in second for one in record.observations}
    return [
        msgspec.structs.replace(
            record,
            observations=tuple(
                again[where] if (where := (record.header.cell, one.probe)) in probes else one
                for one in record.observations
            ),
        )
        for record in records
    ]
